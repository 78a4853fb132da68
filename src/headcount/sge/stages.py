"""`SGConnectionStateManager`: the five states of the connection dialog (protocol "SGE", 3)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class ConnectionState(StrEnum):
    """What the dialog is doing."""

    SETUP = "setup"
    CONNECTING = "connecting"
    WAITING = "waiting"
    READY_MIN = "ready_min"
    READY_MAX = "ready_max"


S = ConnectionState
ALLOWED = {
    S.SETUP: {S.CONNECTING},
    S.CONNECTING: {S.SETUP, S.WAITING, S.READY_MIN, S.READY_MAX},
    S.WAITING: {S.SETUP, S.CONNECTING, S.READY_MIN, S.READY_MAX},
    S.READY_MIN: {S.SETUP, S.CONNECTING, S.WAITING, S.READY_MAX},
    S.READY_MAX: {S.SETUP, S.CONNECTING, S.WAITING, S.READY_MIN},
}
"""Where each state may lead."""

Listener = Callable[[ConnectionState, ConnectionState], None]


class SGConnectionStateManager:
    """The state of one dialog; whoever listens is told of every change.

    Args:
        initial_state: where to begin.
    """

    def __init__(self, initial_state: ConnectionState = ConnectionState.SETUP) -> None:
        self._state = ConnectionState(initial_state)
        self._listeners: list[Listener] = []

    @property
    def current_state(self) -> ConnectionState:
        """The present state."""
        return self._state

    def on_state_changed(self, callback: Listener) -> None:
        """Call `callback(old, new)` at every change from now on."""
        self._listeners.append(callback)

    def transition_to(self, new_state: ConnectionState, force: bool = False) -> bool:
        """Go on to another state; return whether that was possible.

        Args:
            new_state: the state, or its name.
            force: go there from anywhere.
        """
        new = ConnectionState(new_state)
        if new is self._state or not (force or new in ALLOWED[self._state]):
            return False
        old, self._state = self._state, new
        for listener in list(self._listeners):
            listener(old, new)
        return True


def state_for(count: int, low: int, high: int) -> ConnectionState:
    """Return the state of a session with `count` instances for `low` to `high`."""
    if count >= high:
        return ConnectionState.READY_MAX
    return ConnectionState.READY_MIN if count >= low else ConnectionState.WAITING
