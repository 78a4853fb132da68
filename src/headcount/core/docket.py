"""Deciding requests, each once, and answering when the outcome is certain (rule R4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import rules
from headcount.core.context import Context
from headcount.core.messages import Code, Reply, Request
from headcount.core.publisher import Publisher, Waiting
from headcount.core.requests import Wish
from headcount.core.state import Applied, SessionState
from headcount.core.topics import Kind, Topic

MAX_DECIDED = 1024


class Docket:
    """The requests of one host's session.

    Args:
        apply: makes a state the newest, and returns it with its version.
    """

    def __init__(
        self, context: Context, publisher: Publisher, apply: Callable[[SessionState], SessionState]
    ) -> None:
        self._context = context
        self._publisher = publisher
        self._apply = apply
        self._decided: dict[str, Applied] = {}
        self._told: dict[str, float] = {}

    def take(self, request: Request, wish: Wish | None = None) -> None:
        """Decide a request; one that was decided before gets the same answer again."""
        if self._known(request):
            return
        latest = self._publisher.latest
        decision = rules.decide(latest, request, self._context.utc_text)
        self._note(request, decision.code)
        if decision.state is None:
            self._context.count("requests_refused")
            self._refuse(request, decision, wish)
            return
        state = decision.state
        member = state.members.get(request.client_id)
        if member is not None:
            noted = replace(member, applied=rules.applied(request))
            state = state.with_member(request.client_id, noted)
        version = self._apply(state).version
        self._publisher.waiting.append(Waiting(version, request, wish))

    def answer(self, change: Waiting) -> None:
        """Tell who asked that a change is certain."""
        request, wish = change.request, change.wish
        if wish is None:
            self.reply(request.client_id, request, Code.ACCEPTED, version=change.version)
        else:
            sid = self._publisher.latest.session_id
            self._context.notify(e.Accepted(sid, wish.title, change.version, wish.ref))

    def reply(self, client_id: str, request: Request, code: Code, **more: Any) -> None:
        """Answer one client."""
        latest = self._publisher.latest
        topic = Topic(Kind.REPLY, latest.session_id, client_id)
        nonce = request.incarnation.nonce
        reply = Reply(latest.session_uid, nonce, request.request, code, latest.epoch, **more)
        self._context.send(topic, reply)

    def not_member(self, client_id: str, nonce: str) -> None:
        """Tell a stranger that beats that it is no member, at most once an interval (rule R8)."""
        now, latest = self._context.now, self._publisher.latest
        if now < self._told.get(client_id, 0.0):
            return
        if len(self._told) >= MAX_DECIDED:
            self._told.clear()
        self._told[client_id] = now + latest.timers.heartbeat
        topic = Topic(Kind.REPLY, latest.session_id, client_id)
        reply = Reply(
            latest.session_uid, nonce, 0, Code.NOT_MEMBER, latest.epoch, message="join again"
        )
        self._context.send(topic, reply)

    def _refuse(self, request: Request, decision: rules.Decision, wish: Wish | None) -> None:
        if wish is None:
            self.reply(
                request.client_id,
                request,
                decision.code,
                message=decision.message,
                current=decision.current,
            )
            return
        sid = self._publisher.latest.session_id
        refused = e.Refused(
            sid, wish.title, decision.code, decision.message, wish.ref, decision.current
        )
        self._context.notify(refused)

    def _known(self, request: Request) -> bool:
        """Tell whether a request was decided before, and answer it again if it was the last."""
        note = self._last_of(request)
        if note is None or note.request < request.request:
            return False
        pending = any(_same(w.request, request) for w in self._publisher.waiting)
        if note.request == request.request and not pending:
            code = Code.noted(note.outcome)
            self.reply(request.client_id, request, code, version=self._publisher.latest.version)
        return True

    def _last_of(self, request: Request) -> Applied | None:
        """Return the last request decided of the same process."""
        latest, client_id = self._publisher.latest, request.client_id
        member, removal = latest.members.get(client_id), latest.removed.get(client_id)
        notes = [
            self._decided.get(client_id),
            None if member is None else member.applied,
            None if removal is None else removal.applied,
        ]
        same = [n for n in notes if n is not None and n.nonce == request.incarnation.nonce]
        return max(same, key=lambda note: note.request, default=None)

    def _note(self, request: Request, code: Code) -> None:
        self._decided.pop(request.client_id, None)
        self._decided[request.client_id] = rules.applied(request, code)
        if len(self._decided) > MAX_DECIDED:
            del self._decided[next(iter(self._decided))]


def _same(one: Request, other: Request) -> bool:
    """Tell whether both are one request, said again perhaps on a later connection."""
    return (
        one.client_id == other.client_id
        and one.incarnation.nonce == other.incarnation.nonce
        and one.request == other.request
    )
