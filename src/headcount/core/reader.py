"""Reading a session's state: never back within a uid, never from one live uid to another."""

from __future__ import annotations

from enum import Enum, auto

from headcount.core.messages import Heartbeat
from headcount.core.state import SessionState

NOBODY = 0.8
"""Seconds without any answer after which nobody hosts a session (rule R10)."""
PROBE_AGAIN = 0.3
"""Seconds after which a probe is repeated, once (rule R10)."""
READ_SOON = 0.5
"""The most a reader waits before it reads a version that it lacks, in seconds (rule R8)."""
MAX_CLOSED = 64
BELIEVABLE_EPOCHS = 64
BELIEVABLE_VERSIONS = 2**32


class Verdict(Enum):
    """What a reader makes of a state that it is shown."""

    LATER = auto()
    SAME = auto()
    EARLIER = auto()
    FOREIGN = auto()
    """Of another uid than the live one that is being read."""
    DEAD = auto()
    """Of a uid that is known to be closed."""
    UNINFORMED = auto()
    """A claim that does not build on what has been read: versions never restart (rule R4)."""
    DOUBTED = auto()
    """Later, but so strange that more than its own word is needed (rule R13)."""


class Reader:
    """What one display shows: the greatest state seen, and whether its host is known to live."""

    def __init__(self) -> None:
        self.state: SessionState | None = None
        self.confirmed = False
        self._closed: dict[str, SessionState] = {}

    def judge(self, offered: SessionState) -> Verdict:
        """Compare `offered` with what has been read; nothing changes."""
        current = self.state
        if offered.session_uid in self._closed:
            return Verdict.DEAD
        if current is None:
            return Verdict.LATER
        if offered.session_uid != current.session_uid:
            return Verdict.FOREIGN if self.confirmed and not current.is_closed else Verdict.LATER
        if offered.same_as(current):
            return Verdict.SAME
        if not offered.supersedes(current):
            return Verdict.EARLIER
        if not offered.is_closed and offered.version <= current.version:
            return Verdict.UNINFORMED
        return Verdict.DOUBTED if self.confirmed and _strange(offered, current) else Verdict.LATER

    def accept(self, state: SessionState) -> None:
        """Show `state` from now on."""
        if self.state is not None and self.state.session_uid != state.session_uid:
            self.confirmed = False
        self.state = state
        if state.is_closed:
            self._closed[state.session_uid] = state
            if len(self._closed) > MAX_CLOSED:
                del self._closed[next(iter(self._closed))]

    def superior(self, heartbeat: Heartbeat) -> SessionState | None:
        """Return what one has read and the host that says this has not, or None."""
        closed = self._closed.get(heartbeat.uid)
        if closed is not None:
            return closed
        state = self.state
        if state is None or self.confirmed or heartbeat.uid != state.session_uid:
            return None
        if heartbeat.epoch == state.epoch:
            return state if heartbeat.host > state.host_client_id else None
        return state if heartbeat.epoch < state.epoch else None

    def matches(self, heartbeat: Heartbeat) -> bool:
        """Tell whether `heartbeat` is of the host that wrote the state one reads."""
        return self.state is not None and is_of(heartbeat, self.state)


def is_of(heartbeat: Heartbeat, state: SessionState) -> bool:
    """Tell whether `heartbeat` comes from the host named in `state`, in the same epoch."""
    return (
        heartbeat.uid == state.session_uid
        and heartbeat.epoch == state.epoch
        and heartbeat.host == state.host_client_id
        and heartbeat.incarnation.nonce == state.incarnation.nonce
    )


def _strange(offered: SessionState, current: SessionState) -> bool:
    known = offered.host_client_id in current.members
    return (
        not known
        or offered.epoch > current.epoch + BELIEVABLE_EPOCHS
        or offered.version > current.version + BELIEVABLE_VERSIONS
    )
