"""What the window of an old SGE instance shows, and the messages it writes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from tests.interop.old_roles import RoleDialog
from tests.interop.old_timeline import Timeline
from tests.interop.old_wire import Clock, Effect, Listed, OldState, Publish, Subscribe, encode

HIGHEST_SEED = 1_000_000
CLOSED_MESSAGE = "The session creator has disconnected. The session has been closed."


class Phase(StrEnum):
    """Where a window is."""

    SETUP = "setup"
    FROZEN = "frozen"
    WAITING = "waiting"
    CLOSED = "closed"
    STARTED = "started"
    LEFT = "left"


class OldWindow:
    """The part of an old instance that shows and writes; see `OldInstance`."""

    def __init__(
        self, client_id: str, clock: Clock, seed: int | None, new_id: Callable[[], str]
    ) -> None:
        self.client_id = client_id
        self.phase = Phase.SETUP
        self.session_id = ""
        self.is_creator = False
        self.seed = random.Random(client_id).randint(1, HIGHEST_SEED) if seed is None else seed
        self.synchronized = False
        """A seed was agreed on: once, for all sessions that follow."""
        self.states: dict[str, OldState] = {}
        """Its copies of session states: the last ones it could read."""
        self.roles: RoleDialog | None = None
        """The role dialog, from the start of the game."""
        self.actions: list[tuple[str, dict[str, Any]]] = []
        """Turns and game actions of others, in order: the topic's end and the fields."""
        self.dropped = 0
        """Messages it could not read, or compare with its clock."""
        self._clock = clock
        self._new_id = new_id
        self._leader = False
        self._ready: set[str] = set()
        self._listed: dict[str, Listed] = {}
        self._timeline = Timeline()
        self._out: list[Effect] = []

    # --- what it shows -------------------------------------------------------------------------

    @property
    def state(self) -> OldState | None:
        """Its copy of its session's state."""
        return self.states.get(self.session_id)

    @property
    def count(self) -> int:
        """The number of instances at the bottom of the window; 0 outside of a session."""
        if self.phase not in (Phase.WAITING, Phase.STARTED):
            return 0
        return len(self.state.connected_instances if self.state else self._ready)

    @property
    def bottom_line(self) -> str:
        """The bottom of the dialog."""
        if self.phase is Phase.CLOSED:
            return "Instances: Session closed"
        if self.state is None or not self.count:
            return "Instances: No instances connected yet"
        return self.state.bottom_line()

    @property
    def rows(self) -> dict[str, str]:
        """The rows of the list, by session; one that is known not to be open is not listed."""
        rows = {}
        for session_id, listed in sorted(self._listed.items()):
            state = self.states.get(session_id)
            if state is None or state.state == "open":
                own = session_id == self.session_id and self.phase is Phase.WAITING
                count = len(state.connected_instances) if state else 0
                rows[session_id] = listed.row(count, own=own)
        return rows

    @property
    def seed_line(self) -> str:
        """The seed's state."""
        return f"Seed: {'Synchronized ✓' if self.synchronized else 'Not synchronized'}"

    @property
    def message(self) -> str | None:
        """The message box of a session that was closed."""
        return CLOSED_MESSAGE if self.phase is Phase.CLOSED else None

    # --- what it writes ------------------------------------------------------------------------

    def _topic(self, name: str) -> str:
        return f"{self.session_id}/{name}"

    def _time(self) -> str:
        return self._clock().isoformat()

    def _subscribe(self, topic: str) -> None:
        self._out.append(Subscribe(topic))

    def _publish(self, topic: str, payload: bytes, *, retain: bool, qos: int = 1) -> None:
        self._out.append(Publish(topic, payload, retain, qos))

    def _send(self, name: str, fields: Mapping[str, Any], *, retain: bool) -> None:
        """Publish with the client id before and the time behind, or where `timestamp` stands."""
        whole = {"clientId": self.client_id, **fields}
        whole["timestamp"] = self._time()
        self._publish(self._topic(name), encode(whole), retain=retain)

    def _publish_seed(self) -> None:
        fields = {"seed": self.seed, "is_leader": self._leader}
        self._send("session_seed_sync", fields, retain=True)

    def _publish_seed_again(self) -> None:
        """The other of the two timers, with the fields in another order."""
        who = {"clientId": self.client_id, "is_leader": False, "timestamp": self._time()}
        topic = self._topic("session_seed_sync")
        self._publish(topic, encode({"seed": self.seed, **who}), retain=True)

    def _publish_ready(self) -> None:
        fields = {"timestamp": "", "seed_synced": True, "game_start_subscribed": True}
        self._send(f"session_instance_ready/{self.client_id}", fields, retain=True)

    def _publish_discovery(self) -> None:
        state = self.state
        assert state is not None
        fields = {
            "session_id": self.session_id,
            "clientId": self.client_id,
            "num_players_min": state.num_players_min,
            "num_players_max": state.num_players_max,
            "model_name": state.model_name,
            "timestamp": self._time(),
        }
        self._publish(f"session_discovery/{self.session_id}", encode(fields), retain=True)

    def _clear_discovery(self, session_id: str) -> None:
        self._publish(f"session_discovery/{session_id}", b"", retain=True)

    def _publish_disconnect(self, session_id: str, player: str | None) -> None:
        fields = {
            "clientId": self.client_id,
            "assigned_player_name": player,
            "timestamp": self._time(),
        }
        topic = f"{session_id}/session_player_disconnect/{player or self.client_id}"
        self._publish(topic, encode(fields), retain=False)

    def _publish_state(self) -> None:
        assert self.state is not None
        self._publish(self._topic("session_state"), self.state.encode(), retain=True)

    def _change(self, change: Callable[[OldState], OldState]) -> None:
        """Rewrite the session's state from the own copy, whatever others have written since."""
        state = self.state
        if state is not None and (changed := change(state)) is not state:
            self.states[self.session_id] = changed
            self._publish_state()
