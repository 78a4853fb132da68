"""The near end of a bare round trip: `ping URL`, then `{"times": N, "pause": SECONDS}`."""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks.children.orders import answer, order, run
from headcount.links.link import Connection
from headcount.links.mqtt import MqttConnector

PAYLOAD = b"x" * 120
LOST = 5.0


class Ping:
    """Notes when an answer is back."""

    connection: Connection
    back: asyncio.Future[float]

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        if not self.back.done():
            self.back.set_result(time.monotonic())

    def connection_lost(self, reason: str) -> None:
        sys.exit(reason)

    async def once(self) -> float:
        """Return how long one round trip took, in seconds."""
        self.back = asyncio.get_running_loop().create_future()
        sent = time.monotonic()
        self.connection.publish("bench/ping", PAYLOAD)
        async with asyncio.timeout(LOST):
            return await self.back - sent


async def main(url: str) -> None:
    ping = Ping()
    ping.connection = await MqttConnector([url]).connect("bench-ping", None, ping)
    ping.connection.subscribe(["bench/pong"])
    answer("ready")
    while True:
        wanted = await order()
        taken = []
        for _ in range(wanted["times"]):
            await asyncio.sleep(wanted["pause"])
            taken.append(await ping.once())
        answer(taken)


if __name__ == "__main__":
    run(main(sys.argv[1]))
