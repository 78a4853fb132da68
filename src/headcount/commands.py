"""What the host of a session may be asked for, each as a call of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod

from headcount import arguments
from headcount.core import messages as m


class Commands(ABC):
    """The commands of a session; each returns the version of the state that it led to.

    All raise `RequestRefusedError` if the host says no, `SessionEndedError` if the session is
    over, and `BadInputError` for what cannot be asked.
    """

    @abstractmethod
    async def request(self, ask: m.AnyAsk) -> int:
        """Ask the host for anything; return the version that holds it."""

    async def set_ready(self, ready: bool = True) -> int:
        """Say whether one is ready to start."""
        return await self.request(m.Ready(arguments.yes_or_no(ready, "ready")))

    async def claim_role(self, role: str) -> int:
        """Take a role, giving up the one that one has; refused with `ROLE_TAKEN`."""
        return await self.request(m.Role(arguments.name(role, "role")))

    async def release_role(self) -> int:
        """Give one's role up."""
        return await self.request(m.Role(None))

    async def start(self, countdown: float = 0.0) -> int:
        """Start the session, at once or after `countdown` seconds. Only the host may."""
        return await self.request(m.Start(arguments.seconds(countdown, "countdown")))

    async def cancel(self) -> int:
        """Stop a countdown. Only the host may."""
        return await self.request(m.Cancel())

    async def kick(self, client_id: str) -> int:
        """Take a member's seat away, for good. Only the host may."""
        return await self.request(m.Kick(arguments.identifier(client_id, "client id")))

    async def close(self) -> int:
        """End the session for everyone. Only the host may."""
        return await self.request(m.Close())
