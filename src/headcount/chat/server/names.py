"""How rooms are called in the store.

A session's id may be used again by another session, which must not find what was said in the
first. So its room is stored under its id and its uid; the lobby under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping

from headcount.chat.hub.model import LOBBY


class RoomNames:
    """The rooms that there are now, and how they are called in the store."""

    def __init__(self) -> None:
        self._uids: dict[str, str] = {}

    def __contains__(self, room: str) -> bool:
        return room == LOBBY or room in self._uids

    def stored(self, room: str) -> str:
        """Return what a room is called in the store."""
        uid = self._uids.get(room)
        return room if room == LOBBY or uid is None else f"{room}/{uid}"

    def update(self, uids: Mapping[str, str]) -> set[str]:
        """Take over the live sessions as (id, uid); return ids that are another session's now."""
        reused = {id for id, uid in uids.items() if self._uids.get(id, uid) != uid}
        self._uids = dict(uids)
        return reused
