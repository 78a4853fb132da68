"""What old SGE instances write and read: effects, the session state, the list.

From the facts of the old system's protocol; nothing here knows the package under test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

Clock = Callable[[], datetime]
"""A wall clock: naive local time, right or wrong."""

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a message raises when the old code drops it; a time with an offset is one case."""
EXPIRY = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish a message."""

    topic: str
    payload: bytes
    retain: bool
    qos: int = 1


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Subscribe to a filter, at QoS 1."""

    topic: str


Effect = Publish | Subscribe


def encode(fields: Mapping[str, Any]) -> bytes:
    """Return a payload; the order of the fields is kept."""
    return json.dumps(fields).encode()


def decode(payload: bytes) -> dict[str, Any]:
    """Return the fields of a payload.

    Raises:
        ValueError: it is no JSON object.
    """
    fields = json.loads(payload)
    if not isinstance(fields, dict):
        raise ValueError("no object")
    return fields


def is_old(time: str, now: datetime) -> bool:
    """Tell whether `time` is more than 15 s ago.

    Raises:
        TypeError: it has an offset, so it cannot be compared with a naive time.
        ValueError: it is no time.
    """
    return now - datetime.fromisoformat(time) > EXPIRY


@dataclass(frozen=True, slots=True)
class OldState:
    """One `{sid}/session_state`: eleven fields, all others are lost."""

    session_id: str
    creator_client_id: str
    model_name: str
    state: str
    connected_instances: tuple[str, ...]
    version: int
    last_heartbeat: str
    created_at: str
    last_updated: str
    num_players_min: int
    num_players_max: int

    @classmethod
    def decode(cls, payload: bytes, now: datetime) -> Self:
        """Read a state as the old `from_dict` does.

        Raises:
            Exception: one of `UNREADABLE`; the old code drops the update.
        """
        fields = decode(payload)
        creator, time = str(fields["creator_client_id"]), now.isoformat()
        state = cls(
            session_id=str(fields["session_id"]),
            creator_client_id=creator,
            model_name=fields.get("model_name", "Unknown"),
            state=fields.get("state", "open"),
            connected_instances=tuple(fields.get("connected_instances", [creator])),
            version=int(fields.get("version", 1)),
            last_heartbeat=fields.get("last_heartbeat", time),
            created_at=fields.get("created_at", time),
            last_updated=fields.get("last_updated", time),
            num_players_min=int(fields.get("num_players_min", 1)),
            num_players_max=int(fields.get("num_players_max", 4)),
        )
        for each in (state.last_heartbeat, state.created_at, state.last_updated):
            is_old(each, now)  # raises what the old comparison raises
        return state

    def encode(self) -> bytes:
        """Return the payload."""
        return encode(asdict(self))

    def with_instance(self, client_id: str, now: datetime) -> OldState:
        """Return it with an instance more, over the maximum too; a closed one takes nobody."""
        if client_id in self.connected_instances or self.state == "closed":
            return self
        return self.changed(now, connected_instances=(*self.connected_instances, client_id))

    def without_instance(self, client_id: str, now: datetime) -> OldState:
        """Return it with an instance less."""
        if client_id not in self.connected_instances:
            return self
        left = tuple(each for each in self.connected_instances if each != client_id)
        return self.changed(now, connected_instances=left)

    def changed(self, now: datetime, **changes: Any) -> OldState:
        """Return its next version: one more than the one it was made from."""
        return replace(self, version=self.version + 1, last_updated=now.isoformat(), **changes)

    def beaten(self, now: datetime) -> OldState:
        """Return it with a new heartbeat, and the same version."""
        time = now.isoformat()
        return replace(self, last_heartbeat=time, last_updated=time)

    def bottom_line(self) -> str:
        """Return what the bottom of the dialog says."""
        if self.state == "closed":
            return "Instances: Session closed"
        count, least, most = self._numbers()
        if count == 0:
            return "Instances: No instances connected yet"
        if count >= most:
            end = " ✓"
        elif count >= least:
            end = " ✓ (min)"
        else:
            end = f" (waiting for {least - count} more...)"
        return f"Instances: {count}/{_range(least, most)} connected{end}"

    def _numbers(self) -> tuple[int, int, int]:
        return len(self.connected_instances), self.num_players_min, self.num_players_max


@dataclass(frozen=True, slots=True)
class Listed:
    """One session of the list, as `session_discovery/{sid}` tells it."""

    session_id: str
    model_name: str
    num_players_min: int
    num_players_max: int

    @classmethod
    def decode(cls, payload: bytes, *, retained: bool, now: datetime) -> Self | None:
        """Read an announcement; a retained one that is older than 15 s gives None.

        Raises:
            Exception: one of `UNREADABLE`; the old code drops it.
        """
        fields = decode(payload)
        if retained and is_old(fields["timestamp"], now):
            return None
        return cls(
            fields["session_id"],
            fields.get("model_name", "Unknown"),
            int(fields["num_players_min"]),
            int(fields["num_players_max"]),
        )

    def row(self, count: int, *, own: bool) -> str:
        """Return the row of the list."""
        least, most = self.num_players_min, self.num_players_max
        word = "Full" if count >= most else "Available"
        if least != most and least <= count < most:
            word = "Ready"
        shown = f"{count}/{most if count >= most else _range(least, most)} instances ({word})"
        return f"{self.model_name}{' ✓' if own else ''} ({shown})"


def _range(least: int, most: int) -> str:
    return str(most) if least == most else f"{least}-{most}"
