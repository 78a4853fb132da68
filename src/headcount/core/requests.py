"""A member's requests to the host: one outstanding, repeated until it is answered.

Requests are numbered by the client within its nonce and never anew, so that any host can
tell a repetition from a second wish (rule "Updates").
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.messages import AnyAsk, Code, Join, Reply, Request
from headcount.core.state import Applied, SessionState
from headcount.core.topics import Kind, Topic

FIRST_REPEAT = 0.3
LONGEST_REPEAT = 2.0
PATIENCE = 5.0
"""Seconds, connected, after which a request without an answer has failed."""


@dataclass(slots=True)
class Wish:
    """Something wanted of the host; `ref` is None for joining, `quiet` for joining again."""

    ref: int | None
    ask: AnyAsk
    request: int | None = None
    quiet: bool = False

    @property
    def title(self) -> str:
        """The name of the command, as people and the wire know it."""
        return str(self.ask.__struct_config__.tag)


class Requests:
    """What one client wants of one session's host."""

    def __init__(self, context: Context, session_id: str) -> None:
        self._context = context
        self._session_id = session_id
        self._topic = Topic(Kind.REQUEST, session_id)
        self._queue: deque[Wish] = deque()
        self.uid: str | None = None
        self.epoch = 0
        self.current: Wish | None = None
        self._repeat_at = 0.0
        self._pause = FIRST_REPEAT
        self._fails_at = 0.0

    def number(self) -> int:
        """Return the number of a new request."""
        return self._context.number_request()

    def add(self, wish: Wish, *, first: bool = False) -> None:
        """Put a wish into the queue, or before it, and send it if none is outstanding."""
        if first:
            self._queue.appendleft(wish)
        else:
            self._queue.append(wish)
        self.pump()

    def take_all(self) -> list[Wish]:
        """Take every wish out, the outstanding one first."""
        wishes = ([] if self.current is None else [self.current]) + list(self._queue)
        self._queue.clear()
        self.current = None
        return wishes

    def pump(self) -> None:
        """Send the next wish if none is outstanding."""
        if self.current is None and self._queue:
            self.current = self._queue.popleft()
            if self.current.request is None:
                self.current.request = self.number()
            self.restart()

    def send_once(self, ask: AnyAsk) -> None:
        """Send a request whose answer nobody will wait for."""
        context = self._context
        incarnation = context.hearing.incarnation
        number = self.number()
        request = Request(context.client_id, incarnation, number, ask, self.uid, self.epoch)
        context.send(self._topic, request)

    def restart(self) -> None:
        """Send the outstanding wish now, with all its patience before it."""
        if self.current is not None:
            self._pause = FIRST_REPEAT
            self._fails_at = self._context.now + PATIENCE
            self._send()

    def settled_by(self, applied: Applied | None) -> bool:
        """Tell whether a state's note answers the outstanding wish."""
        return (
            self.current is not None
            and applied is not None
            and applied.nonce == self._context.nonce
            and self.current.request is not None
            and applied.request >= self.current.request
        )

    def answered_by(self, reply: Reply) -> bool:
        """Tell whether a reply answers the outstanding wish."""
        return (
            self.current is not None
            and reply.nonce == self._context.nonce
            and reply.epoch >= self.epoch
            and reply.request == self.current.request
        )

    def accepted(self, version: int) -> None:
        """Tell the application that the outstanding wish was applied."""
        wish, self.current = self.current, None
        if wish is not None and not wish.quiet:
            self._context.notify(e.Accepted(self._session_id, wish.title, version, wish.ref))
        self.pump()

    def refused(self, code: Code, message: str, current: dict[str, object] | None = None) -> None:
        """Tell the application that the outstanding wish was refused."""
        wish, self.current = self.current, None
        if wish is not None and not wish.quiet:
            refusal = e.Refused(self._session_id, wish.title, code, message, wish.ref, current)
            self._context.notify(refusal)
        self.pump()

    def give_up(self, wish: Wish) -> None:
        """Tell the application that a wish could not be applied in time."""
        message = "cut off from the broker for too long; try again once connected"
        refusal = e.Refused(self._session_id, wish.title, Code.TIMEOUT, message, wish.ref)
        self._context.notify(refusal)

    def settle_from(self, state: SessionState) -> None:
        """Take the outcome of the outstanding wish from a state, where it stands there."""
        member = state.members.get(self._context.client_id)
        if member is None or member.applied is None or not self.settled_by(member.applied):
            return
        if member.applied.outcome == Code.ACCEPTED:
            self.accepted(state.version)
        else:
            self.refused(Code.noted(member.applied.outcome), "refused by the host")

    def tick(self) -> None:
        """Repeat the outstanding wish, or give it up."""
        now = self._context.now
        if self.current is None or not self._context.hearing.up:
            return
        if now >= self._fails_at and not isinstance(self.current.ask, Join):
            self.refused(Code.TIMEOUT, "the host did not answer; it may still apply this")
        elif now >= self._repeat_at:
            self._send()

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if self.current is None or not self._context.hearing.up:
            return None
        return (
            self._repeat_at
            if isinstance(self.current.ask, Join)
            else min(self._repeat_at, self._fails_at)
        )

    def _send(self) -> None:
        wish, context = self.current, self._context
        if wish is None or wish.request is None:
            return
        self._repeat_at = context.now + self._pause * context.rng.uniform(0.8, 1.2)
        self._pause = min(self._pause * 2, LONGEST_REPEAT)
        incarnation = context.hearing.incarnation
        request = Request(
            context.client_id, incarnation, wish.request, wish.ask, self.uid, self.epoch
        )
        context.send(self._topic, request)
