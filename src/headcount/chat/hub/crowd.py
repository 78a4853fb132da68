"""Who counts: the set whose length is the lobby's number.

There is no counter. What is told is the length of one of two indexes of the live connections:
by id (`count=connections`, K1) or by name (`count=names`, K2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from headcount.chat.hub.model import Connection
from headcount.chat.wire.outgoing import Here

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""Signs that show nothing (Unicode, `Default_Ignorable_Code_Point`, and the empty Braille one)."""


def visible(name: str) -> str:
    """Return a name without what nobody sees in it."""
    return INVISIBLE.sub("", name)


def folded(name: str) -> str:
    """Return the form in which two spellings of one name are equal."""
    return unicodedata.normalize("NFKC", visible(name)).casefold()


class Crowd:
    """The live connections that count, in the order in which they came.

    Args:
        count: what the number is.
        changed: called when somebody came, went or has another name.
    """

    def __init__(self, count: Literal["connections", "names"], changed: Callable[[], None]) -> None:
        self._by_names = count == "names"
        self._changed = changed
        self._here: dict[str, Here] = {}
        self._named: dict[str, dict[str, Here]] = {}
        self._name_of: dict[str, str] = {}

    def __contains__(self, connection: str) -> bool:
        return connection in self._here

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._named) if self._by_names else len(self._here)

    def people(self) -> tuple[Here, ...]:
        """Return who there is: as many as `count` says."""
        if not self._by_names:
            return tuple(self._here.values())
        firsts = [next(iter(same.values())).name for same in self._named.values()]
        return tuple(Here(name, name) for name in firsts)

    def update(self, connection: Connection, now: float) -> None:
        """Note how a connection is now: whether it counts, and its name."""
        known = connection.is_named or connection.counts_from <= now
        if not known or connection.contending:
            self.discard(connection)
            return
        here = Here(connection.id, connection.name)
        if self._here.get(connection.id) != here:
            self._here[connection.id] = here
            self._index(here, connection.is_named)
            self._changed()

    def discard(self, connection: Connection) -> None:
        """Note that a connection does not count, or not any more."""
        if self._here.pop(connection.id, None) is not None:
            self._unindex(connection.id)
            self._changed()

    def named(self, name: str) -> list[str]:
        """Return the ids of the connections that have a name, in any spelling."""
        return list(self._named.get(folded(name), ()))

    def _index(self, here: Here, named: bool) -> None:
        self._unindex(here.id)
        if named:
            key = self._name_of[here.id] = folded(here.name)
            self._named.setdefault(key, {})[here.id] = here

    def _unindex(self, connection: str) -> None:
        key = self._name_of.pop(connection, None)
        if key is not None:
            same = self._named[key]
            del same[connection]
            if not same:
                del self._named[key]
