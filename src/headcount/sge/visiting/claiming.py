"""Taking a role in a session of existing SGE instances, where nobody decides who gets it.

All hear the reservations in one order. Who reserves a player first has it, and says so again when
somebody else writes over it; an existing instance that hears so within half a second gives way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Publish, Word

REGISTERS_AFTER = 0.56
"""Seconds between a reservation and the registration that follows, as existing instances wait."""
REGISTERS_AGAIN = 0.6
"""Seconds until it is told once more."""
ASKS_AGAIN = 1.0
"""Seconds to wait for one's own reservation to come back."""
TRIES = 3
MAX_PLAYERS = 1000
"""So many players are remembered, whoever reserves them."""
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one's claim of a role."""

    role: str
    outcome: Literal["ACCEPTED", "ROLE_TAKEN", "TIMEOUT"]


@dataclass(frozen=True, slots=True)
class RolesChanged:
    """Somebody has another role than before, or everybody has one now."""


Effect = Publish | Answered | RolesChanged


class Claiming:
    """The roles of one session. Times are seconds on one monotonic clock.

    Args:
        session_id: the session's id.
        client_id: who one is.
    """

    def __init__(self, session_id: str, client_id: str) -> None:
        self.roles: dict[str, str] = {}
        """Who has each role: the client id that reserved it."""
        self.all_selected = False
        """Whether everybody is said to have a role."""
        self._session_id, self._client_id = session_id, client_id
        self._asked: str | None = None
        self._tries = 0
        self._asks_at = NEVER
        self._registered: dict[str, str] = {}
        self._registers = 0
        self._registers_at = NEVER
        self._started = False

    @property
    def own(self) -> str | None:
        """One's own role, or None."""
        return next((r for r, who in self.roles.items() if who == self._client_id), None)

    # --- what one wants ----------------------------------------------------------------------

    def claim(self, role: str, now: float, utc: float) -> list[Effect]:
        """Take a role, giving up the one that one has."""
        holder = self.roles.get(role)
        if holder is not None:
            outcome: Literal["ACCEPTED", "ROLE_TAKEN"]
            outcome = "ACCEPTED" if holder == self._client_id else "ROLE_TAKEN"
            return [Answered(role, outcome)]
        out = self.release(utc)
        self._asked, self._tries = role, 0
        return [*out, *self._ask(now, utc)]

    def release(self, utc: float) -> list[Effect]:
        """Give up the role that one has."""
        role = self.own or self._asked
        self._asked, self._asks_at, self._registers_at = None, NEVER, NEVER
        if role is None:
            return []
        self.roles.pop(role, None)
        self._registered.pop(role, None)
        return [*self._free(role, self._client_id, utc), RolesChanged()]

    def start(self, now: float) -> None:
        """Begin to tell registrations: the role dialogs are open now."""
        self._started = True
        self._register_soon(now)

    # --- what is heard -----------------------------------------------------------------------

    def heard(
        self, message: Heard, session: SGDistributedSession, now: float, utc: float
    ) -> list[Effect]:
        """Take a message of theirs, or the echo of one's own."""
        if len(self.roles) >= MAX_PLAYERS and message.name not in self.roles:
            return []
        before = dict(self.roles), self.all_selected
        match message.word:
            case Word.RESERVATION if wire.is_reserved(message):
                out = self._reserved(message.name, message.client_id, now, utc)
            case Word.RESERVATION:
                out = self._released(message, utc)
            case Word.REGISTRATION if message.client_id and not message.retained:
                out = self._registration(message.name, message.client_id, session, now, utc)
            case Word.DISCONNECT:
                out = self._disconnected(message.client_id, utc)
            case Word.ALL_SELECTED if self._started:
                out = []
                self.all_selected = self.all_selected or message.fields is not None
            case _:
                return []
        changed = before != (self.roles, self.all_selected)
        return [*out, RolesChanged()] if changed else out

    def tick(self, session: SGDistributedSession, now: float, utc: float) -> list[Effect]:
        """Ask or tell again, if that is due."""
        out: list[Effect] = []
        if now >= self._asks_at:
            out += self._ask(now, utc)
        if now >= self._registers_at:
            out += self._register(session, now, utc)
        return out

    def next_deadline(self) -> float:
        """Return when `tick` has something to do."""
        return min(self._asks_at, self._registers_at)

    # --- inside ------------------------------------------------------------------------------

    def _ask(self, now: float, utc: float) -> list[Effect]:
        assert self._asked is not None
        if self._tries == TRIES:
            return self._answer("TIMEOUT")
        self._tries += 1
        self._asks_at = now + ASKS_AGAIN
        return [self._reservation(self._asked, self._client_id, utc)]

    def _answer(self, outcome: Literal["ACCEPTED", "ROLE_TAKEN", "TIMEOUT"]) -> list[Effect]:
        role, self._asked, self._asks_at = self._asked, None, NEVER
        assert role is not None
        return [Answered(role, outcome)]

    def _reserved(self, role: str, who: str, now: float, utc: float) -> list[Effect]:
        holder = self.roles.setdefault(role, who)
        if who == self._client_id:
            if holder == who:
                if role != self._asked:
                    return []
                self._register_soon(now)
                return self._answer("ACCEPTED")
            # Somebody was first, and the topic is to say so again.
            restored = self._reservation(role, holder, utc)
            return [restored, *(self._answer("ROLE_TAKEN") if role == self._asked else [])]
        return [self._reservation(role, holder, utc)] if holder == self._client_id else []

    def _released(self, message: Heard, utc: float) -> list[Effect]:
        role, holder = message.name, self.roles.get(message.name)
        if holder == self._client_id:
            if message.client_id == holder:
                return []
            return [self._reservation(role, holder, utc)]
        if message.fields is None or message.client_id == holder:
            self.roles.pop(role, None)
        return []

    def _registration(
        self, role: str, who: str, session: SGDistributedSession, now: float, utc: float
    ) -> list[Effect]:
        new = self._registered.get(role) != who
        self._registered[role] = who
        if self.roles.get(role) != self._client_id:
            self.roles[role] = who
        if new and who != self._client_id:
            self._register_soon(now)
        counted = len(self._registered) >= session.get_num_connected()
        if not counted or self.all_selected or self.own not in self._registered:
            return []
        self.all_selected = True
        return [wire.all_selected(self._session_id, self._client_id, utc)]

    def _disconnected(self, client_id: str, utc: float) -> list[Effect]:
        """Free the role of one that goes: existing instances leave it reserved for ever."""
        out: list[Effect] = []
        for role in [r for r, who in self.roles.items() if who == client_id != self._client_id]:
            del self.roles[role]
            out += self._free(role, client_id, utc)
        return out

    def _register_soon(self, now: float) -> None:
        if self._started and self.own is not None:
            self._registers, self._registers_at = 0, now + REGISTERS_AFTER

    def _register(self, session: SGDistributedSession, now: float, utc: float) -> list[Effect]:
        self._registers += 1
        self._registers_at = now + REGISTERS_AGAIN if self._registers < 2 else NEVER
        own = self.own
        return [] if own is None else [wire.registration(session, self._client_id, own, utc)]

    def _reservation(self, role: str, who: str, utc: float) -> Publish:
        return wire.reservation(self._session_id, who, role, utc)

    def _free(self, role: str, who: str, utc: float) -> list[Effect]:
        topic = wire.topic(Word.RESERVATION, self._session_id, role)
        return [wire.release(self._session_id, who, role, utc), wire.clear(topic)]
