"""What comes through at all: connections of one address, frames of one connection."""

from __future__ import annotations

from headcount.chat.hub import closing, texts
from headcount.chat.hub.allowance import Allowance
from headcount.chat.hub.context import Context
from headcount.chat.hub.model import Connection
from headcount.chat.wire import incoming as i

SIGN = "sign"
"""The kind of all that says nothing but that somebody lives: pings, pongs, parts of messages."""
SILENTLY = {"Typing", "Status", "Unknown", SIGN}
"""Kinds of frames that are refused without a word: nobody waits for an answer to them."""
COSTLY = {"Resume": 20, "Join": 10, "Follow": 10}
"""Kinds that are answered with lists: by how much fewer of them one may send."""
REFUSED = "refused"
"""The allowance for what is refused: of all kinds together, or a mixture would never be cut off."""


class Gate:
    """The limits of one hub."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def is_full(self, address: str) -> bool:
        """Tell whether an address has as many connections as it may."""
        return self._context.connections.from_address(address) >= self._context.settings.per_address

    def admits(self, connection: Connection, message: i.Message | None = None) -> bool:
        """Tell whether a frame may come through; who sends far too many is cut off.

        Args:
            connection: whose it is.
            message: what it says; None for a mere sign of life.
        """
        kind = SIGN if message is None else type(message).__name__
        settings, cost = self._context.settings, COSTLY.get(kind, 1)
        if self._takes(connection, kind, max(1, settings.burst // cost), settings.rate / cost):
            return True
        self._context.count("rate_limited")
        if not self._takes(connection, REFUSED, settings.abuse, settings.rate):
            self._context.drop(connection, closing.POLICY, "too many frames")
        elif kind not in SILENTLY:
            ref = message.ref if isinstance(message, i.Say) else None
            self._context.send(connection, texts.error("RATE_LIMITED", connection.language, ref))
        return False

    def _takes(self, connection: Connection, kind: str, burst: int, rate: float) -> bool:
        now, allowance = self._context.now, connection.allowances.get(kind)
        if allowance is None:
            allowance = connection.allowances[kind] = Allowance(burst, now)
        return allowance.take(now, burst, rate)
