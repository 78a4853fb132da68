"""The existing instances in a session of ours: who is there, under which ids, by which clock.

All that tells of them is what they say. A joiner takes a new client id when its game launches,
and nothing says whose it is: whoever of them has been silent since may be its owner, and which
one makes no difference to anybody.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from headcount.sge.protocol import wire
from headcount.sge.protocol.wire import Heard, Word

MAX_GUESTS = 250
MAX_KNOWN = 1000
"""So many ids are remembered, whoever they are of."""
UNKNOWN_FOR = 5.0
"""Seconds after which an unknown id that tells the seed is a launched joiner: one that joins has
said by then that it is ready."""
LAPSES = 30.0
"""Seconds for which a silent one may take its place again, as members of ours may."""
NEAR = 5.0
"""A clock that is less than this ahead, in seconds, is right."""
FAR = 26 * 3600.0
"""No time zone is further ahead than this, in seconds."""
NEVER = float("-inf")


V = TypeVar("V")


class Guests:
    """Who of them is there. Times are seconds on one monotonic clock."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lapsed: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        self._ahead: dict[str, float] = {}
        self._aliases: dict[str, str] = {}
        self._unknown: dict[str, float] = {}
        self._late: dict[str, None] = {}
        self._over: dict[str, None] = {}

    @property
    def ids(self) -> list[str]:
        """The client ids under which they joined."""
        return list(self._until)

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._until

    def __len__(self) -> int:
        return len(self._until)

    def __bool__(self) -> bool:
        return bool(self._until)

    # --- coming and going --------------------------------------------------------------------

    def add(self, client_id: str, now: float) -> bool:
        """Count one more; return False if there are too many."""
        if len(self._until) >= MAX_GUESTS:
            return False
        self._lapsed.pop(client_id, None)
        self._over.pop(client_id, None)
        self._until[client_id] = now + wire.SILENT
        return True

    def remove(self, client_id: str) -> bool:
        """Let one go for good, with all its ids; return whether it was there."""
        if not client_id:
            return False
        self._heard.pop(client_id, None)
        self._ahead.pop(client_id, None)
        speakers = {alias for alias, seat in self._aliases.items() if seat == client_id}
        if client_id not in self._aliases:
            speakers.add(client_id)
        for speaker in speakers:
            self._aliases.pop(speaker, None)
            _note(self._over, speaker, None)
        known = self._lapsed.pop(client_id, None) is not None
        return self._until.pop(client_id, None) is not None or known

    def lapse(self, now: float) -> list[str]:
        """Return who has been silent for too long; they may come back for a while."""
        self._lapsed = {c: until for c, until in self._lapsed.items() if now < until}
        silent = [client_id for client_id, until in self._until.items() if now >= until]
        for client_id in silent:
            del self._until[client_id]
            self._lapsed[client_id] = now + LAPSES
        return silent

    def has_lapsed(self, client_id: str, now: float) -> bool:
        """Tell whether one that was silent may come back."""
        return now < self._lapsed.get(client_id, NEVER)

    def restart(self, now: float) -> None:
        """Give everybody a whole lease: until now nobody could be heard."""
        self._until = dict.fromkeys(self._until, now + wire.SILENT)

    def next_deadline(self) -> float | None:
        """Return when the next one is silent for too long."""
        return min(self._until.values(), default=None)

    # --- what is heard -----------------------------------------------------------------------

    def renew(self, client_id: str, now: float, ahead: float | None) -> None:
        """Note a sign of life, and what its clock says."""
        if not client_id:
            return
        _note(self._heard, client_id, now)
        if ahead is not None:
            _note(self._ahead, client_id, ahead)
        if client_id in self._until:
            self._until[client_id] = now + wire.SILENT

    def heard_lately(self, client_id: str, now: float) -> bool:
        """Tell whether it showed a sign of life."""
        return now - self._heard.get(client_id, NEVER) < wire.SILENT

    @property
    def ahead(self) -> float:
        """How far the fastest of their clocks is ahead of ours, in seconds; 0 if none is."""
        clocks = [self._ahead.get(client_id, 0.0) for client_id in self._until]
        fastest = max((ahead for ahead in clocks if abs(ahead) < FAR), default=0.0)
        return fastest if fastest > NEAR else 0.0

    def owner(self, message: Heard, ours: Collection[str], started: bool, now: float) -> str:
        """Return under which id the sender of a message joined; its own if that is not known.

        Args:
            message: what was heard.
            ours: the members of the session.
            started: whether the game is on: ids do not change before.
            now: the present moment.
        """
        client_id = message.client_id
        if not started or not client_id:
            return client_id
        if client_id in self._over:
            return ""
        if client_id in self._aliases:
            return self._aliases[client_id]
        if client_id in self._until or client_id in self._lapsed:
            return self._swapped(client_id)
        if client_id in ours:
            return client_id
        if message.word is Word.READY:
            _note(self._late, client_id, None)
        if client_id in self._late:
            return client_id
        since = self._unknown.get(client_id, now)
        _note(self._unknown, client_id, since)
        if message.word is Word.SEED and now - since < UNKNOWN_FOR:
            return client_id
        return self._named(client_id, since)

    def seat_of(self, client_id: str) -> str:
        """Return under which id one joined; nothing for one that has gone."""
        return "" if client_id in self._over else self._aliases.get(client_id, client_id)

    def _named(self, client_id: str, since: float) -> str:
        """Give a new id to the one that fell silent last before it was first heard."""
        owner = self._silent(since)
        if owner is None:
            return client_id
        self._aliases[client_id] = owner
        return owner

    def _swapped(self, client_id: str) -> str:
        """Take one that speaks on under its first id, which another's new id was given, for it.

        It was not launched after all. Who of two sits on which seat is all the same.
        """
        alias = next((a for a, seat in self._aliases.items() if seat == client_id), None)
        if alias is None:
            return client_id
        since = self._unknown.get(alias, NEVER)
        owner = self._silent(since)
        if owner is None:
            return client_id
        self._aliases[client_id] = owner
        self._unknown[client_id] = since
        return owner

    def _silent(self, since: float) -> str | None:
        """Return who without a new id was heard last, but not after a moment."""
        taken = {*self._aliases.values(), *self._aliases}
        silent = [
            (heard, guest)
            for guest in (*self._until, *self._lapsed)
            if guest not in taken and (heard := self._heard.get(guest, NEVER)) <= since
        ]
        return max(silent)[1] if silent else None


def _note(table: dict[str, V], client_id: str, value: V) -> None:
    """Put something down; of too many what was put down first goes."""
    table.pop(client_id, None)
    table[client_id] = value
    if len(table) > MAX_KNOWN:
        del table[next(iter(table))]
