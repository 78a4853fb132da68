"""What the role dialog and the status window show, worked out from one state. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass

from headcount.core.names import printable
from headcount.core.state import SessionState
from headcount.qt.display import high_of
from headcount.qt.texts import Language, text

SPECTATOR = "Admin"
"""The role of one who looks on: nobody chooses it from a list."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One role, and whether one may take it."""

    role: str
    text: str
    is_mine: bool
    is_free: bool


@dataclass(frozen=True, slots=True)
class RoleDisplay:
    """All that the role dialog shows; `complete` once everybody connected has a role."""

    choices: tuple[Choice, ...]
    information: str
    chosen: bool
    complete: bool


def role_display(language: Language, state: SessionState, client_id: str) -> RoleDisplay:
    """Return what the role dialog shows to one member."""
    roles = [role for role in state.roles if role != SPECTATOR]
    choices = tuple(_choice(language, state, role, client_id) for role in roles)
    free = sum(state.role_holder(role) is None for role in roles)
    without = sum(state.members[cid].role is None for cid in state.connected_instances)
    missing = min(without, free)
    own = state.members.get(client_id)
    chosen = own is not None and own.role is not None
    complete = missing == 0 and state.count > 0
    if complete:
        information = text(language, "roles_ready")
    elif chosen:
        information = text(language, "roles_waiting", k=missing)
    else:
        information = text(language, "roles_choose")
    return RoleDisplay(choices, information, chosen, complete)


def _choice(language: Language, state: SessionState, role: str, client_id: str) -> Choice:
    holder = state.role_holder(role)
    shown = printable(role)
    if holder is None:
        return Choice(role, shown, False, True)
    if holder == client_id:
        return Choice(role, text(language, "role_mine", role=shown), True, True)
    away = state.members[holder].status == "away"
    key = "role_taken" if away else "role_connected"
    return Choice(role, text(language, key, role=shown), False, False)


@dataclass(frozen=True, slots=True)
class PeopleDisplay:
    """All that the status window shows."""

    lines: tuple[str, ...]
    total: str


def people_display(language: Language, state: SessionState, client_id: str) -> PeopleDisplay:
    """Return who is there: a line for each role, and for each member without one."""
    lines = []
    for role in state.roles:
        holder = state.role_holder(role)
        if holder is None:
            lines.append(text(language, "person_waiting", name=printable(role)))
        else:
            lines.append(_person(language, state, holder, client_id, role))
    for other, member in state.members.items():
        if member.role is None:
            lines.append(_person(language, state, other, client_id, member.name))
    total = text(language, "people", count=state.count, high=high_of(state))
    return PeopleDisplay(tuple(lines), total)


def _person(language: Language, state: SessionState, who: str, own: str, name: str) -> str:
    key = "person_you" if who == own else f"person_{state.members[who].status}"
    return text(language, key, name=printable(name))
