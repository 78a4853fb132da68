"""One try to be accepted by the broker at one address."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from headcount.links.addresses import Address
from headcount.links.dialling import dial
from headcount.links.failures import VERSION_REFUSED, ClosedEarly, RefusedByBroker
from headcount.links.link import Will
from headcount.links.single_client import SingleClient


class Attempt:
    """One try; what it learned stays readable when it fails.

    `reached` tells that something accepted the TCP connection, `refused_version` that the
    broker said it does not speak the first version offered.
    """

    def __init__(self, address: Address, tls: ssl.SSLContext | None, timeout: float) -> None:
        """Prepare; `timeout`, in seconds, is shared among the addresses of a host name."""
        self.reached = False
        self.refused_version = False
        self._address = address
        self._tls = tls
        self._timeout = timeout

    async def run(self, client_id: str, will: Will | None, versions: Sequence[int]) -> SingleClient:
        """Return an accepted client, offering the versions of MQTT in turn.

        The next version is offered when the broker refuses one (NATS: code 1), and also when
        it just closes, as very old brokers do; but only a refusal says something lasting.

        Raises:
            RefusedByBroker, ClosedEarly, NotMqtt, OSError: as the last version ended.
        """
        *earlier, last = versions
        for version in earlier:
            try:
                return await self._once(client_id, will, version)
            except RefusedByBroker as refusal:
                if refusal.code not in VERSION_REFUSED:
                    raise
                self.refused_version = True
            except (ClosedEarly, ConnectionResetError):
                pass
        return await self._once(client_id, will, last)

    async def _once(self, client_id: str, will: Will | None, version: int) -> SingleClient:
        sock = await dial(self._address, self._timeout)
        self.reached = True
        client = SingleClient(client_id, version, will)
        try:
            await client.open(sock, self._address, self._tls)
            failure = await client.answer
        except BaseException:
            client.abort()
            raise
        if failure is None and client.closed.done():
            failure = ClosedEarly()
        if failure is not None:
            client.abort()
            raise failure
        return client
