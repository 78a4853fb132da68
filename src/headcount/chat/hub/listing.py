"""What those who follow the sessions are told of them: all at first, then what has changed.

Who follows is who asked for differences and may read what is said. What a session is shown as
is made elsewhere, once for all, and only compared here.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Raw

from headcount.chat.hub import effects as x
from headcount.chat.hub.context import Context
from headcount.chat.hub.inputs import LiveSession
from headcount.chat.hub.model import LOBBY, Connection
from headcount.chat.wire.outgoing import Sessions

CHANNEL = x.Channel(LOBBY, x.Kind.SESSIONS)
"""One for all, whatever rooms they are in."""
MOST = 256 * 1024
"""Bytes of sessions that one frame holds; of more it only says that they are to be read."""


class Listing:
    """The live sessions as they were told, and who is told of them.

    Args:
        context: what the parts of the hub share.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told: dict[str, bytes] = {}
        self._following: set[str] = set()
        context.leaving.append(self._left)

    def update(self, connection: Connection, may_hear: bool) -> None:
        """Let a connection follow, or follow no more; nothing changes if it does already."""
        follows = connection.diffs and may_hear
        if follows is (connection.id in self._following):
            return
        if follows:
            self._following.add(connection.id)
            self._context.emit(x.Subscribe(connection.id, CHANNEL))
            self._context.send(connection, _frame(self._told.values(), (), whole=True))
        else:
            self._following.discard(connection.id)
            self._context.emit(x.Unsubscribe(connection.id, CHANNEL))

    def changed(self, sessions: Iterable[LiveSession]) -> None:
        """Tell what is new, what is otherwise and what is no more."""
        shown = {each.room: each.shown for each in sessions if each.shown}
        new = [each for room, each in shown.items() if self._told.get(room) != each]
        gone = [room for room in self._told if room not in shown]
        self._told = shown
        if self._following and (new or gone):
            self._context.emit(x.Broadcast(CHANNEL, _frame(new, gone, whole=False)))

    def _left(self, connection: Connection) -> None:
        self._following.discard(connection.id)


def _frame(shown: Iterable[bytes], gone: Iterable[str], *, whole: bool) -> Sessions:
    told = list(shown)
    if sum(map(len, told)) > MOST:
        return Sessions([], list(gone), more=True)
    return Sessions([Raw(each) for each in told], list(gone), whole)
