"""Looking out for the sessions of existing SGE instances on one broker."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from headcount.links.link import Connector
from headcount.sge.driver import Driver
from headcount.sge.finding.looking import FILTERS, Listed, Looking
from headcount.sge.protocol.session import SGDistributedSession


class Lookout:
    """The list of their live sessions, kept for as long as this is entered.

    Args:
        connector: makes a connection to the broker.
    """

    def __init__(self, connector: Connector) -> None:
        self.sessions: tuple[SGDistributedSession, ...] = ()
        """The sessions, oldest first."""
        self.changed: Callable[[], None] = lambda: None
        """Called whenever the list has changed."""
        self._driver: Driver[Listed] = Driver(connector, FILTERS, Looking(), self._listed)

    async def __aenter__(self) -> Self:
        """Connect and begin to look.

        Raises:
            NoBrokerError: no address could be used.
        """
        await self._driver.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._driver.stop()

    def _listed(self, listed: Listed) -> None:
        self.sessions = listed.sessions
        self.changed()
