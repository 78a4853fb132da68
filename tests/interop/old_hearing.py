"""What an old SGE instance makes of the messages it hears."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tests.interop.old_window import OldWindow, Phase
from tests.interop.old_wire import UNREADABLE, Clock, Listed, OldState, decode


class Hearing(OldWindow, ABC):
    """The part of an old instance that hears; see `OldInstance`."""

    def __init__(
        self, client_id: str, clock: Clock, seed: int | None, new_id: Callable[[], str]
    ) -> None:
        super().__init__(client_id, clock, seed, new_id)
        self._reading = False
        self._read: OldState | None = None
        """The state that was read while joining: the first that came."""

    @abstractmethod
    def _close(self) -> None:
        """Reset the dialog."""

    @abstractmethod
    def _opened(self, state: OldState) -> None:
        """Look at a new state of the own session, which is not closed."""

    @abstractmethod
    def _launch(self) -> None:
        """Start the game."""

    def _overhear(self, topic: str, payload: bytes) -> bool:
        """Take in a frozen window what is waited for; return False for what must wait itself."""
        with contextlib.suppress(*UNREADABLE):
            if topic == self._topic("session_seed_sync"):
                self._on_seed(decode(payload))
                return True
            if topic == self._topic("session_state") and self._read is None:
                if self._reading:
                    self._read = OldState.decode(payload, self._clock())
                return True
        return False

    def _handle(self, topic: str, payload: bytes, retained: bool) -> None:
        try:
            if topic.startswith("session_discovery/"):
                self._on_discovery(topic.partition("/")[2], payload, retained)
            elif topic.endswith("/session_state"):
                self._on_state(topic.removesuffix("/session_state"), payload)
            elif topic.startswith(self._topic("")) and self.phase is not Phase.LEFT:
                kind, _, rest = topic.removeprefix(self._topic("")).partition("/")
                self._on_message(kind, rest, payload)
        except UNREADABLE:
            self.dropped += 1

    def _on_discovery(self, session_id: str, payload: bytes, retained: bool) -> None:
        if not payload:
            self._listed.pop(session_id, None)
            return
        listed = Listed.decode(payload, retained=retained, now=self._clock())
        if listed is not None:
            if session_id not in self._listed:
                self._subscribe(f"{session_id}/session_state")
            self._listed[session_id] = listed

    def _on_state(self, session_id: str, payload: bytes) -> None:
        """Take the newest for true; versions are not compared."""
        state = OldState.decode(payload, self._clock())
        self.states[session_id] = state
        if session_id == self.session_id and self.phase is Phase.WAITING:
            if state.state == "closed":
                self._close()
            else:
                self._opened(state)

    def _on_message(self, kind: str, rest: str, payload: bytes) -> None:
        if kind == "session_instance_ready":
            (self._ready.add if payload else self._ready.discard)(rest)
            return
        if not payload:
            return
        fields = decode(payload)
        own = fields["clientId"] == self.client_id
        if kind == "session_seed_sync":
            self._on_seed(fields)
        elif kind == "session_player_disconnect":
            self._ready.discard(fields["clientId"])
        elif kind == "session_game_start" and not own and self.phase is Phase.WAITING:
            self._launch()
        elif kind.startswith("game_") and not own:
            self.actions.append((kind, fields))
        elif self.roles is not None and kind in self.roles.handlers:
            self.roles.handlers[kind](rest, fields)

    def _on_seed(self, fields: dict[str, Any]) -> None:
        """Adopt the first one of another client, leader or not; 0 is none."""
        if not self.synchronized and fields["clientId"] != self.client_id and fields["seed"]:
            self.seed, self.synchronized = int(fields["seed"]), True
