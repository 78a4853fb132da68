"""The far end of a bare round trip: `pong URL`."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.children.orders import answer, run
from headcount.links.link import Connection
from headcount.links.mqtt import MqttConnector


class Pong:
    """Sends back what comes."""

    connection: Connection

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        self.connection.publish("bench/pong", payload)

    def connection_lost(self, reason: str) -> None:
        sys.exit(reason)


async def main(url: str) -> None:
    pong = Pong()
    pong.connection = await MqttConnector([url]).connect("bench-pong", None, pong)
    pong.connection.subscribe(["bench/ping"])
    answer("ready")
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(main(sys.argv[1]))
