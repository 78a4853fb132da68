"""What comes through at all: connections of one address, frames of one connection."""

from __future__ import annotations

from headcount.chat.hub import closing, texts
from headcount.chat.hub.allowance import Allowance
from headcount.chat.hub.context import Context
from headcount.chat.hub.model import Connection
from headcount.chat.wire import incoming as i

SILENTLY = {"Typing", "Status", "Unknown"}
"""Kinds of frames that are refused without a word: nobody waits for an answer to them."""


class Gate:
    """The limits of one hub."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def is_full(self, address: str) -> bool:
        """Tell whether an address has as many connections as it may."""
        return self._context.connections.from_address(address) >= self._context.settings.per_address

    def admits(self, connection: Connection, message: i.Message) -> bool:
        """Tell whether a frame may come through; who sends far too many is cut off."""
        settings, kind = self._context.settings, type(message).__name__
        allowance = connection.allowances.get(kind)
        if allowance is None:
            allowance = Allowance(settings.burst, self._context.now)
            connection.allowances[kind] = allowance
        if allowance.take(self._context.now, settings.burst, settings.rate):
            connection.refused = 0
            return True
        connection.refused += 1
        self._context.count("rate_limited")
        if connection.refused >= settings.abuse:
            self._context.drop(connection, closing.POLICY, "too many frames")
        elif kind not in SILENTLY:
            ref = message.ref if isinstance(message, i.Say) else None
            self._context.send(connection, texts.error("RATE_LIMITED", connection.language, ref))
        return False
