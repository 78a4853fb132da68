"""Who plays whom, in a session of ours: told to existing instances, and asked for by them.

Each player has a topic that keeps a reservation. What is kept there is to name who has the role
in our state: whatever an existing instance writes over it is a wish first, and one that cannot be
granted is overwritten in turn, so that its window says "Already taken". Registrations are not
kept, so they are told again whenever an existing instance begins to count them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge.protocol import wire
from headcount.sge.protocol.translation import session_of
from headcount.sge.protocol.wire import Heard, Publish, Word

MAX_PLAYERS = 1000
"""So many players are remembered, whoever reserves them."""
AGAIN = 1.0
"""Seconds after which a registration is told once more, as existing instances do."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An existing instance takes a role; None gives up the one it has."""

    client_id: str
    role: str | None


class _Kept(NamedTuple):
    """What the broker keeps of a player: who wrote it, and whether it is taken."""

    client_id: str
    reserved: bool


class Casting:
    """The roles of one session. Times are seconds on one monotonic clock.

    Args:
        host: the host's client id.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._state: SessionState | None = None
        self._guests: set[str] = set()
        self._kept: dict[str, _Kept] = {}
        self._wishes: dict[str, str | None] = {}
        self._speaks: dict[str, str] = {}
        self._speakers: dict[str, str] = {}
        self._registered: set[str] = set()
        self._told: dict[str, str] = {}
        self._again: float | None = None
        self._all_selected = False

    def show(
        self, state: SessionState, guests: Collection[str], now: float, utc: float
    ) -> list[Publish]:
        """Take a newer state of the session, and who of its members are existing instances."""
        self._state, self._guests = state, set(guests)
        for guest, wish in list(self._wishes.items()):
            member = state.members.get(guest)
            if guest not in self._guests or member is None or member.role == wish:
                del self._wishes[guest]
        self._registered &= self._guests
        return self._settle(now, utc)

    def heard(self, message: Heard, guest: str, now: float, utc: float) -> list[Claim | Publish]:
        """Take a message about roles; `guest` is under which id its sender joined."""
        too_many = len(self._kept) >= MAX_PLAYERS and message.name not in self._kept
        if self._state is None or (too_many and message.word is Word.RESERVATION):
            return []
        asked: list[Claim] = []
        told: list[Publish] = []
        if guest in self._guests and message.client_id:
            self._speaks[guest] = message.client_id
            self._speakers[message.client_id] = guest
        match message.word:
            case Word.RESERVATION if message.fields is None:
                self._kept.pop(message.name, None)
            case Word.RESERVATION:
                taken = wire.is_reserved(message)
                self._kept[message.name] = _Kept(message.client_id, taken)
                asked = self._take(guest, message.name) if taken else self._give(guest, message)
            case Word.REGISTRATION if guest in self._guests and not message.retained:
                self._registered.add(guest)
                asked = self._take(guest, message.name)
                told = self._register(self._told, now, utc)
            case Word.ALL_SELECTED if self._state.phase is Phase.STARTED:
                self._all_selected = message.fields is not None
            case Word.ALL_SELECTED if message.fields is not None:
                told = [wire.clear(wire.topic(Word.ALL_SELECTED, message.session_id))]
        return [*asked, *told, *self._settle(now, utc)]

    def refused(self, guest: str, now: float, utc: float) -> list[Publish]:
        """Note that an existing instance did not get the role it asked for."""
        self._wishes.pop(guest, None)
        return self._settle(now, utc)

    def tick(self, now: float, utc: float) -> list[Publish]:
        """Tell the registrations once more, if that is due."""
        if self._again is None or now < self._again:
            return []
        self._again = None
        return [self._registration(role, who, utc) for role, who in sorted(self._told.items())]

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        return self._again

    # --- what they ask for -------------------------------------------------------------------

    def _take(self, guest: str, role: str) -> list[Claim]:
        state = self._state
        assert state is not None
        if guest not in self._guests or role not in state.roles:
            return []
        if role in self._holders() or self._wishes.get(guest, "") == role:
            return []
        self._wishes[guest] = role
        return [Claim(guest, role)]

    def _give(self, guest: str, message: Heard) -> list[Claim]:
        state = self._state
        assert state is not None
        member = state.members.get(guest)
        if guest not in self._guests or member is None:
            return []
        if self._wishes.get(guest, member.role) != message.name:
            return []
        self._wishes[guest] = None
        return [Claim(guest, None)]

    # --- what they are told ------------------------------------------------------------------

    def _holders(self) -> dict[str, str]:
        """Return who has each role, or is about to: the id that is to stand in its reservation."""
        state = self._state
        assert state is not None
        if not self._guests:
            return {}
        holders = {}
        for client_id, member in state.members.items():
            if member.role and not (client_id in self._guests and client_id in self._wishes):
                holders[member.role] = self._speaks.get(client_id, client_id)
        for guest, wish in self._wishes.items():
            if wish is not None:
                holders.setdefault(wish, self._speaks.get(guest, guest))
        return {role: who for role, who in holders.items() if wire.fits(role)}

    def _settle(self, now: float, utc: float) -> list[Publish]:
        """Publish what makes the topics say what is so."""
        state = self._state
        assert state is not None
        out: list[Publish] = []
        holders = self._holders()
        for role in sorted(holders.keys() | self._kept.keys()):
            kept = self._kept.get(role)
            holder = holders.get(role)
            if holder is not None and kept != (holder, True):
                self._kept[role] = _Kept(holder, True)
                out.append(wire.reservation(state.session_id, holder, role, utc))
            elif holder is None and kept is not None and self._is_void(role, kept):
                out += self._free(role, kept, utc)
        ours = {r: c for r, c in holders.items() if c in state.members and c not in self._guests}
        new = {role: who for role, who in ours.items() if self._told.get(role) != who}
        self._told = ours
        out += self._register(new, now, utc)
        if not self._all_selected and self._is_complete(holders):
            self._all_selected = True
            out.append(wire.all_selected(state.session_id, self._host, utc))
        return out

    def _is_void(self, role: str, kept: _Kept) -> bool:
        """Tell whether a reservation of a role that nobody has is a leftover."""
        state = self._state
        assert state is not None
        if not kept.reserved or state.phase is not Phase.STARTED:
            return True
        if kept.client_id in state.members and kept.client_id not in self._guests:
            return True
        guest = self._speakers.get(kept.client_id, kept.client_id)
        # A role that only they know stays theirs for as long as they are there.
        return guest in self._speaks and (guest not in self._guests or role in state.roles)

    def _free(self, role: str, kept: _Kept, utc: float) -> list[Publish]:
        state = self._state
        assert state is not None
        del self._kept[role]
        clear = wire.clear(wire.topic(Word.RESERVATION, state.session_id, role))
        if not kept.reserved:
            return [clear]
        return [wire.release(state.session_id, kept.client_id, role, utc), clear]

    def _register(self, told: dict[str, str], now: float, utc: float) -> list[Publish]:
        """Tell who of ours plays whom, now and once more."""
        if told:
            self._again = now + AGAIN
        return [self._registration(role, who, utc) for role, who in sorted(told.items())]

    def _registration(self, role: str, who: str, utc: float) -> Publish:
        assert self._state is not None
        return wire.registration(session_of(self._state), who, role, utc)

    def _is_complete(self, holders: dict[str, str]) -> bool:
        """Tell whether everybody for whom there is a role has one."""
        state = self._state
        assert state is not None
        if state.phase is not Phase.STARTED or not self._registered:
            return False
        full = bool(state.roles) and not set(state.roles) - holders.keys()
        waiting = self._guests - self._registered
        if state.roles:
            present = set(state.connected_instances) - self._guests
            waiting |= {client_id for client_id in present if state.members[client_id].role is None}
        return full or not waiting
