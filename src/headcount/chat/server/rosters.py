"""Who came to each live session and who left, from the states that this server has seen.

It calculates only: times are given. Of two changes within one state the order is not known:
then those who went come first, so that the count after an event is never above what it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from headcount.chat.server.live import Live
from headcount.chat.server.times import iso

EVENTS: Final = 5_000
"""Events of one session that are kept, the newest."""
ALL_EVENTS: Final = 200_000
"""Events of all sessions together, shared out evenly; each may keep `FEWEST` all the same."""
FEWEST: Final = 100
SESSIONS: Final = 1_000
"""Live sessions that are recorded at once."""
ENDED: Final = 100
"""Sessions that are remembered after their end."""
KEPT: Final = timedelta(minutes=30)
"""For how long what was recorded of a session outlives it."""

_Key = tuple[str, str]
"""An id and a name: a seat that is taken again by somebody else is another one's."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change: `what` is `joined`, `left`, `away`, `back` or `role`."""

    number: int
    at: datetime
    what: str
    id: str
    name: str
    role: str | None
    """The role afterwards; before, for who has left."""
    count: int
    """The session's count after it."""

    @property
    def shown(self) -> dict[str, Any]:
        """It as clients read it."""
        return {
            "number": self.number,
            "at": iso(self.at),
            "event": self.what,
            "id": self.id,
            "name": self.name,
            "role": self.role,
            "count": self.count,
        }


class Roster:
    """The history of one session's people.

    Args:
        live: the session as it was seen first; who is in it has come when it says they have.
        now: the time.
        most: how many events are kept.
    """

    def __init__(self, live: Live, now: datetime, most: int = EVENTS) -> None:
        self.id = live.id
        self.uid = live.uid
        self.since = now
        """When it was seen first."""
        self.ended: datetime | None = None
        """When it was seen no more."""
        self.last = 0
        """The number of the newest event."""
        self._events: deque[Event] = deque(maxlen=most)
        self._roles: dict[_Key, str | None] = {}
        self._here: set[_Key] = set()
        self.observe(live, now, first=True)

    @property
    def first(self) -> int:
        """The number of the oldest event that is kept."""
        return self._events[0].number if self._events else 1

    def events(self, after: int = 0) -> list[Event]:
        """Return the events that are kept, oldest first, from number `after` + 1 on."""
        return [event for event in self._events if event.number > after]

    def keep(self, most: int) -> None:
        """Keep so many events from now on."""
        if most != self._events.maxlen:
            self._events = deque(self._events, maxlen=most)

    def observe(self, live: Live, now: datetime, *, first: bool = False) -> None:
        """Take in what the session is now; the same again changes nothing."""
        here = {id for id, _ in live.people}
        members = {(each["id"], each["name"]): each for each in live.shown["members"]}
        went = [("left", key, now) for key in self._roles if key not in members]
        came: list[tuple[str, _Key, datetime]] = []
        for key, member in members.items():
            joined = _joined(member, now) if first else now
            if key not in self._roles:
                came.append(("joined", key, joined))
                if key[0] not in here:
                    came.append(("away", key, now))
            elif (key in self._here) is not (key[0] in here):
                away = key in self._here
                (went if away else came).append(("away" if away else "back", key, now))
            if member["role"] != self._roles.get(key):
                came.append(("role", key, joined))
        for what, key, at in sorted([*went, *came], key=lambda each: each[2]):
            self._note(what, key, members.get(key, {}).get("role"), at)

    def _note(self, what: str, key: _Key, role: str | None, at: datetime) -> None:
        if what == "left":
            role = self._roles.pop(key)
        elif what == "role":
            self._roles[key] = role
        else:
            role = self._roles.setdefault(key, None)
        if what in ("joined", "back"):
            self._here.add(key)
        elif what != "role":
            self._here.discard(key)
        if self._events:  # a clock that was set back does not turn the history over
            at = max(at, self._events[-1].at)
        self.last += 1
        self._events.append(Event(self.last, at, what, *key, role, len(self._here)))


class Rosters:
    """The histories of all live sessions, and of some that have ended."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str], Roster] = {}

    def __len__(self) -> int:
        return len(self._all)

    def observe(self, sessions: Iterable[Live], now: datetime) -> None:
        """Take in all live sessions; of one that comes back nothing was forgotten."""
        live = {(each.id, each.uid): each for each in sessions}
        for key, roster in self._all.items():
            if key not in live and roster.ended is None:
                roster.ended = now
        self._forget(now)
        for key, each in live.items():
            if (known := self._all.get(key)) is not None:
                known.ended = None
                known.observe(each, now)
            elif len(self._all) < SESSIONS + ENDED:
                self._all[key] = Roster(each, now)
        most = min(EVENTS, max(FEWEST, ALL_EVENTS // max(1, len(self._all))))
        for roster in self._all.values():
            roster.keep(most)

    def get(self, id: str, now: datetime) -> Roster | None:
        """Return the history of a session: of the live one, else of the last that ended."""
        self._forget(now)
        found = [roster for roster in self._all.values() if roster.id == id]
        return max(found, key=lambda each: (each.ended is None, each.ended or now), default=None)

    def last(self, live: Live) -> int:
        """Return the number of a session's newest event, 0 where none is recorded."""
        roster = self._all.get((live.id, live.uid))
        return 0 if roster is None else roster.last

    def _forget(self, now: datetime) -> None:
        """Forget what has ended long ago, and the oldest of what is too much."""
        ended = sorted(
            (roster.ended, key) for key, roster in self._all.items() if roster.ended is not None
        )
        spare = len(ended) - ENDED
        for number, (at, key) in enumerate(ended):
            if number < spare or now - at > KEPT:
                del self._all[key]


def _joined(member: dict[str, Any], now: datetime) -> datetime:
    """Return when a member says it has joined: by the host's clock, but not in the future."""
    try:
        at = datetime.fromisoformat(str(member["joinedAt"]))
    except ValueError:
        return now
    return min(at, now) if at.tzinfo is not None else now
