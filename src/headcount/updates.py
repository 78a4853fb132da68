"""Changing properties together: what a function changed, as a patch; and again on a conflict."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any

from headcount.arguments import json_bytes
from headcount.core.messages import Change, Patch
from headcount.errors import BadInputError, ConflictError

Updater = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Changes the properties it is given, or returns new ones. It may be called several times."""

PATIENCE = 5.0
"""Seconds for which an update is tried again, however often it conflicts."""
MAX_KEY = 245
MAX_CHANGES = 256
_PREFIX = "properties."


class Update:
    """One update, until it is applied or given up.

    Args:
        change: changes the properties; called anew on the values that moved.
        max_retries: how often it is tried again at least.
        until: when to give up after these retries, on the caller's clock.
    """

    def __init__(self, change: Updater, max_retries: int, until: float) -> None:
        if not callable(change):
            raise BadInputError(f"an update is a function of the properties, not {change!r}")
        if isinstance(max_retries, bool) or not isinstance(max_retries, int) or max_retries < 0:
            raise BadInputError(f"max_retries is a whole number from 0, not {max_retries!r}")
        self._change = change
        self._max_retries = max_retries
        self._until = until
        self._moved: dict[str, Any] = {}
        self.conflicts = 0

    def patch(self, properties: Mapping[str, Any]) -> Patch | None:
        """Return what to ask the host for, or None when nothing changes.

        Args:
            properties: as the newest state has them; what the host said of those that moved
                goes before.

        Raises:
            BadInputError: the properties cannot be written as JSON, or the keys are no text.
        """
        base = copy.deepcopy(dict(properties))
        for key, value in self._moved.items():
            # "No value" may mean null or no such key; a second conflict tells which.
            if value is None and self.conflicts % 2 == 1:
                base.pop(key, None)
            else:
                base[key] = value
        given = copy.deepcopy(base)
        wanted = self._change(given)
        changes = difference(base, given if wanted is None else wanted)
        return Patch(changes) if changes else None

    def conflicted(self, conflict: ConflictError, now: float) -> None:
        """Take note of a conflict.

        Raises:
            ConflictError: it was the last one.
        """
        if self.conflicts >= self._max_retries and now >= self._until:
            raise conflict
        self.conflicts += 1
        self._moved = {
            path.removeprefix(_PREFIX): value for path, value in conflict.current.items()
        }

    def pause(self) -> float:
        """Return how long to wait before the next try, in seconds; longer where many contend."""
        return random.uniform(0.0, min(0.005 * self.conflicts, 0.1))


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the keys that differ, with both values, as changes of properties.

    Raises:
        BadInputError: a key is no text or too long, a value is no JSON, or there are too many.
    """
    if not isinstance(after, Mapping):
        raise BadInputError(f"an update returns a dict or None, not {type(after).__name__}")
    changes = []
    for key in [*before, *(key for key in after if key not in before)]:
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
            raise BadInputError(f"a property's name is a text of 1 to {MAX_KEY} characters")
        was, will = key in before, key in after
        old, new = before.get(key), after.get(key)
        what = f"property {key!r}"
        same = json_bytes(new, what) == json_bytes(old, what)
        if not same or was != will:
            changes.append(Change(_PREFIX + key, old, new, not was, not will))
    if len(changes) > MAX_CHANGES:
        raise BadInputError(f"an update changes at most {MAX_CHANGES} properties at once")
    return changes
