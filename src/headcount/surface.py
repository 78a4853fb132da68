"""What a window needs of a connection and of a session, whoever made them.

`connection.Broker` and `session.Session` have it, and so have those of `headcount.sge`, which
speak two protocols.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol, Self, Unpack, runtime_checkable

from headcount.core import events as e
from headcount.core.messages import AnyAsk
from headcount.core.state import SessionState
from headcount.mail import Gap, Message
from headcount.options import CreateOptions, JoinOptions
from headcount.updates import Updater


class AnySession(Protocol):
    """One's part in one session; see `headcount.Session`."""

    @property
    def state(self) -> SessionState:
        """The newest state, whole; after the end the last one."""

    @property
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""

    async def __aenter__(self) -> Self:
        """Enter."""

    async def leave(self) -> None:
        """Leave."""

    def events(self) -> AsyncIterator[e.Notice]:
        """Iterate over all notices from now on."""

    def messages(self) -> AsyncIterator[Message | Gap]:
        """Iterate over the application messages."""

    async def request(self, ask: AnyAsk) -> int:
        """Ask the host for anything."""

    async def update(self, change: Updater, max_retries: int = 3) -> int:
        """Change the properties."""

    async def set_ready(self, ready: bool = True) -> int:
        """Say whether one is ready to start."""

    async def claim_role(self, role: str) -> int:
        """Take a role."""

    async def release_role(self) -> int:
        """Give one's role up."""

    async def start(self, countdown: float = 0.0) -> int:
        """Start the session."""

    async def cancel(self) -> int:
        """Stop a countdown."""

    async def kick(self, client_id: str) -> int:
        """Take a member's seat away."""

    async def close(self) -> int:
        """End the session for everyone."""

    def send(self, payload: Any) -> bool:
        """Send an application message to all members."""


class AnyBroker(Protocol):
    """One client's connection to a broker; see `headcount.Broker`."""

    @property
    def address(self) -> str:
        """The address of the broker that answered last, without a password."""

    @property
    def is_up(self) -> bool:
        """Whether there is a connection just now."""

    async def __aenter__(self) -> Self:
        """Connect."""

    async def close(self) -> None:
        """Leave all sessions and disconnect."""

    def create(self, model_name: str, **options: Unpack[CreateOptions]) -> AnySession:
        """Return a new session to enter as its host."""

    def join(self, id: str, **options: Unpack[JoinOptions]) -> AnySession:
        """Return a session to enter as a member."""

    def watch(self, id: str) -> AnySession:
        """Return a session to look at without a seat in it."""

    def watch_sessions(self) -> AsyncIterator[list[SessionState]]:
        """Iterate over the list of live sessions."""


@runtime_checkable
class Limited(Protocol):
    """A connection on which not everything can travel."""

    @property
    def trouble(self) -> str | None:
        """What this broker cannot carry, in a sentence for people; None if all."""
