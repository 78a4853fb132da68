"""Application messages as they come: each sender's in order, gaps told, repetitions dropped."""

from __future__ import annotations

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.messages import AppMessage
from headcount.core.state import SessionState


class Inbox:
    """The application messages of one session."""

    def __init__(self, context: Context, session_id: str) -> None:
        self._context = context
        self._session_id = session_id
        self._last: dict[str, tuple[str, int]] = {}

    def take(self, sender: str, message: AppMessage, state: SessionState | None) -> None:
        """Hand a message on if `sender` is a member and has not said it before."""
        if state is None or message.uid != state.session_uid:
            return
        member = state.members.get(sender)
        if member is None:
            self._context.count("stray_messages")
            return
        nonce: str
        last: int | None
        nonce, last = self._last.get(sender, (message.nonce, None))
        if nonce != message.nonce:
            # A new process numbers anew; where it began is not known.
            last = None
        if last is not None and message.seq <= last:
            return
        if last is not None and message.seq > last + 1:
            missed = message.seq - last - 1
            self._context.notify(e.MessagesMissed(self._session_id, sender, missed))
        self._last[sender] = (message.nonce, message.seq)
        arrived = e.MessageArrived(
            self._session_id, sender, member.name, message.payload, message.seq
        )
        self._context.notify(arrived)
