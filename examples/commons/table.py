"""What the players of one session share: the pasture, and what each has in mind for the round.

A plan is an application message, so all see it at once. Once everybody has ended the turn, the
host writes the plans of the round into the session's properties. That list of rounds is the
truth: a window that opens late, or again, plays it from the beginning and is level with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pasture
from pasture import REACH, Cell
from qtpy.QtCore import QObject, Signal

from headcount.core.state import SessionState
from headcount.mail import Message
from headcount.qt import QtSession


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells that one role has chosen, and whether it has ended the turn."""

    cells: tuple[Cell, ...] = ()
    done: bool = False


class Table(QObject):
    """One player's side of the game; `changed` says that there is something new to show."""

    changed = Signal()

    def __init__(self, session: QtSession) -> None:
        super().__init__()
        self.session = session
        self.pasture = pasture.fresh(session.rng)
        self.is_up = True
        """Whether there is a connection; what one plans without it is sent when it is back."""
        self._plans: dict[tuple[int, str], Plan] = {}
        self._written = -1
        session.state_changed.connect(self._state_changed)
        session.message.connect(self._heard)
        session.link_changed.connect(self._link_changed)
        session.refused.connect(self._refused)
        self._catch_up()
        session.send({"again": True})

    # --- what can be read --------------------------------------------------------------------

    @property
    def role(self) -> str:
        """One's own role."""
        return self.session.role or ""

    @property
    def plans(self) -> dict[str, Plan]:
        """What each role has in mind for this round."""
        return {role: self._plans.get((self.pasture.round, role), Plan()) for role in REACH}

    @property
    def held(self) -> list[str]:
        """The roles that somebody has, who may be away."""
        state = self.session.state
        return [role for role in REACH if state is not None and state.role_holder(role)]

    @property
    def waited_for(self) -> list[str]:
        """The roles that somebody has, and that have not ended the turn."""
        return [role for role in self.held if not self.plans[role].done]

    @property
    def can_plan(self) -> bool:
        """Whether one may still choose in this round."""
        playing = not self.pasture.is_over and not self.session.is_over
        return playing and self.role in REACH and not self.plans[self.role].done

    # --- what one does -----------------------------------------------------------------------

    def choose(self, cell: Cell) -> None:
        """Choose a cell, or take it back."""
        if not self.can_plan:
            return
        cells = self.plans[self.role].cells
        if cell in cells:
            cells = tuple(other for other in cells if other != cell)
        elif len(cells) < REACH[self.role]:
            cells = (*cells, cell)
        self._plan(Plan(cells))

    def end_turn(self) -> None:
        """Let the others know that one is ready."""
        if self.can_plan:
            self._plan(Plan(self.plans[self.role].cells, done=True))

    def next_turn(self) -> None:
        """Write down the plans of this round, once, and so play it. The host does."""
        number = self.pasture.round
        if not self.session.is_host or self.pasture.is_over or self._written == number:
            return
        self._written = number
        plans = {role: [list(cell) for cell in plan.cells] for role, plan in self.plans.items()}

        def write(properties: dict[str, Any]) -> None:
            rounds = properties.setdefault("rounds", [])
            if len(rounds) == number:
                rounds.append(plans)

        self.session.update(write)

    def _plan(self, plan: Plan) -> None:
        self._plans[self.pasture.round, self.role] = plan
        self._send()
        self._show()

    def _send(self) -> None:
        number, plan = self.pasture.round, self.plans.get(self.role)
        if plan is not None:
            cells = [list(cell) for cell in plan.cells]
            self.session.send({"round": number, "cells": cells, "done": plan.done})

    # --- what happens ------------------------------------------------------------------------

    def _state_changed(self, state: SessionState) -> None:
        self._catch_up()
        self._show()

    def _catch_up(self) -> None:
        """Play the rounds that were written down since."""
        state = self.session.state
        rounds = [] if state is None else state.properties.get("rounds", [])
        for plans in rounds[self.pasture.round :]:
            read = pasture.read_plans(plans)
            self.pasture = pasture.play(self.pasture, read, self.session.rng)
        now = self.pasture.round
        self._plans = {key: plan for key, plan in self._plans.items() if key[0] >= now}

    def _heard(self, item: object) -> None:
        """Take somebody's plan; who may have missed some asks for all of them again."""
        if not isinstance(item, Message):
            self.session.send({"again": True})
        elif isinstance(item.payload, dict) and item.payload.get("again") is True:
            self._send()
        elif item.sender != self.session.client_id:
            self._take(item)

    def _take(self, message: Message) -> None:
        state, said = self.session.state, message.payload
        member = None if state is None else state.members.get(message.sender)
        if member is None or member.role is None or not isinstance(said, dict):
            return
        cells, number = pasture.read_cells(member.role, said.get("cells")), said.get("round")
        if cells is not None and number in (self.pasture.round, self.pasture.round + 1):
            self._plans[number, member.role] = Plan(tuple(cells), said.get("done") is True)
            self._show()

    def _link_changed(self, up: bool) -> None:
        self.is_up = up
        if up:
            self.session.send({"again": True})
        self._show()

    def _refused(self, word: str, code: str, message: str) -> None:
        if word == "update":
            self._written = -1

    def _show(self) -> None:
        if self.held and not self.waited_for:
            self.next_turn()
        self.changed.emit()
