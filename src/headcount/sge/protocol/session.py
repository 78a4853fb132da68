"""`SGDistributedSession`: a session as SGE's modellers know it, and as its instances send it.

Eleven fields travel (protocol "SGE", section 1); their times are naive and local, since an
existing instance cannot compare any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self, cast

SessionPhase = Literal["open", "started", "closed"]

EXPIRES = 15.0
"""Seconds after which a session without a heartbeat counts as dead."""


class SGDistributedSession:
    """One session's state.

    The creator is connected from the beginning, and `version` starts at 1.

    Args:
        session_id: the session's id.
        creator_client_id: who created it.
        model_name: the model's name.
        num_players_min: so many instances are needed to start.
        num_players_max: so many find room.
    """

    def __init__(
        self,
        session_id: str,
        creator_client_id: str,
        model_name: str = "Unknown",
        num_players_min: int = 1,
        num_players_max: int = 4,
    ) -> None:
        now = datetime.now()
        self.session_id = session_id
        self.creator_client_id = creator_client_id
        self.model_name = model_name
        self.state: SessionPhase = "open"
        self.connected_instances: list[str] = [creator_client_id]
        self.version = 1
        self.last_heartbeat = now
        self.created_at = now
        self.last_updated = now
        self.num_players_min = num_players_min
        self.num_players_max = num_players_max
        self.properties: dict[str, Any] = {}
        """What all share besides; it travels between instances of headcount only."""

    # --- as it travels -----------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return the eleven fields, ready to be written as JSON."""
        return {
            "session_id": self.session_id,
            "creator_client_id": self.creator_client_id,
            "model_name": self.model_name,
            "state": self.state,
            "connected_instances": list(self.connected_instances),
            "version": self.version,
            "last_heartbeat": self.last_heartbeat.isoformat(),
            "created_at": self.created_at.isoformat(),
            "last_updated": self.last_updated.isoformat(),
            "num_players_min": self.num_players_min,
            "num_players_max": self.num_players_max,
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the session that `to_dict` gave; unknown fields are ignored.

        Raises:
            ValueError: `session_id` or `creator_client_id` is missing, or a field is not what
                it should be.
        """
        session = cls(
            _text(fields, "session_id"),
            _text(fields, "creator_client_id"),
            _text(fields, "model_name", "Unknown"),
            _number(fields, "num_players_min", 1),
            _number(fields, "num_players_max", 4),
        )
        phase = fields.get("state", "open")
        if phase not in ("open", "started", "closed"):
            raise ValueError(f"no state of a session: {phase!r}")
        session.state = cast(SessionPhase, phase)
        instances = fields.get("connected_instances", [])
        if not isinstance(instances, list) or not all(isinstance(i, str) for i in instances):
            raise ValueError("connected_instances is no list of ids")
        session.connected_instances = list(dict.fromkeys(instances))
        session.version = _number(fields, "version", 1)
        session.last_heartbeat = _time(fields, "last_heartbeat", session.last_heartbeat)
        session.created_at = _time(fields, "created_at", session.created_at)
        session.last_updated = _time(fields, "last_updated", session.last_updated)
        return session

    # --- changing it -------------------------------------------------------------------------

    def add_instance(self, client_id: str) -> bool:
        """Count an instance; return whether that changed anything."""
        if client_id in self.connected_instances or not self.can_accept_more_instances():
            return False
        self.connected_instances.append(client_id)
        self._changed()
        return True

    def remove_instance(self, client_id: str) -> bool:
        """Count an instance no longer; return whether that changed anything."""
        if client_id not in self.connected_instances:
            return False
        self.connected_instances.remove(client_id)
        self._changed()
        return True

    def close(self) -> None:
        """End it."""
        self.state = "closed"
        self._changed()

    def start(self) -> None:
        """Start it."""
        self.state = "started"
        self._changed()

    def update_heartbeat(self) -> None:
        """Note that its creator lives; the version stays."""
        self.last_heartbeat = datetime.now()

    def _changed(self) -> None:
        self.version += 1
        self.last_updated = datetime.now()

    # --- asking it ---------------------------------------------------------------------------

    def is_expired(self, timeout_seconds: float = EXPIRES) -> bool:
        """Tell whether its creator has been silent for so long, or it is closed."""
        if self.is_closed():
            return True
        return datetime.now() - self.last_heartbeat > timedelta(seconds=timeout_seconds)

    def can_accept_more_instances(self) -> bool:
        """Tell whether there is room, and it is not closed."""
        return not self.is_closed() and self.get_num_connected() < self.num_players_max

    def get_num_connected(self) -> int:
        """Return how many instances are connected."""
        return len(self.connected_instances)

    def is_creator(self, client_id: str) -> bool:
        """Tell whether this instance created it."""
        return client_id == self.creator_client_id

    def is_open(self) -> bool:
        """Tell whether it waits for instances."""
        return self.state == "open"

    def is_started(self) -> bool:
        """Tell whether the game is on."""
        return self.state == "started"

    def is_closed(self) -> bool:
        """Tell whether it is over."""
        return self.state == "closed"

    def is_joinable(self) -> bool:
        """Tell whether another instance may join now."""
        return self.is_open() and self.can_accept_more_instances()

    def is_active(self) -> bool:
        """Tell whether it is not over."""
        return not self.is_closed()


def local(time: datetime) -> datetime:
    """Return a time as existing instances want it: local, without a zone."""
    return time if time.tzinfo is None else time.astimezone().replace(tzinfo=None)


def local_now(utc: float) -> str:
    """Return a moment in seconds since the epoch as those instances write it."""
    return local(datetime.fromtimestamp(utc, UTC)).isoformat()


def _text(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing or no text")
    return value


def _number(fields: Mapping[str, Any], name: str, default: int) -> int:
    value = fields.get(name, default)
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(f"{name} is no number: {value!r}")
    return value


def _time(fields: Mapping[str, Any], name: str, default: datetime) -> datetime:
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise ValueError(f"{name} is no time: {value!r}")
    return local(datetime.fromisoformat(value))
