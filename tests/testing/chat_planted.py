"""Bugs on purpose: each is a way to get the chat wrong that somebody got wrong once.

A planted bug replaces one piece of the hub by a plausible mistake. The simulation has to
catch every one of them, by the name of the invariant that it breaks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.hub import hub as hub_module
from headcount.chat.hub.connections import Connections
from headcount.chat.hub.context import Context
from headcount.chat.hub.crowd import Crowd
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.delivery import Delivery
from headcount.chat.hub.history import History
from headcount.chat.hub.leases import Leases
from headcount.chat.hub.logins import Login, Logins
from headcount.chat.hub.model import Connection
from headcount.chat.hub.naming import Naming
from headcount.chat.hub.presence import Announcer
from headcount.chat.hub.pulse import Pulse
from headcount.chat.hub.questions import Questions
from headcount.chat.hub.seating import Seating
from headcount.chat.hub.settings import Settings
from headcount.chat.hub.talk import Talk
from headcount.chat.wire.outgoing import MessageAck
from headcount.testing import chat_client
from headcount.testing import chat_faults as f
from headcount.testing.chat_server import ChatServer
from tests.testing import chat_scripts as scripts

Script = Callable[[random.Random], Sequence[f.Step]]
Patch = pytest.MonkeyPatch
REJECT = Settings()


@dataclass(frozen=True)
class Planted:
    """A bug, how it is planted, what has to catch it, and what may happen meanwhile."""

    title: str
    plant: Callable[[Patch], None]
    caught_by: frozenset[str]
    script: Script | None = None
    settings: Settings | None = None


# --- the bugs --------------------------------------------------------------------------------


def millisecond_id(patch: Patch) -> None:
    """Draw connection ids from the clock: two that open together share one."""
    real = ChatServer.__init__

    def init(self: ChatServer, *means: Any) -> None:
        real(self, *means)
        self.draw_id = lambda: f"ws_user_{int(self.schedule.now * 1000)}"

    patch.setattr(ChatServer, "__init__", init)
    patch.setattr(Connections, "__contains__", lambda *_: False)
    patch.setattr(Context, "drop", _drop_anyway)


def _drop_anyway(self: Context, connection: Connection, code: int, reason: str) -> None:
    self.emit(x.Disconnect(connection.id, code, reason))
    self.forget(connection)


def refused_stays(patch: Patch) -> None:
    """Close a second window, and go on counting it until its client is gone."""

    def turn_away(self: Seating, connection: Connection) -> None:
        self._context.emit(x.Disconnect(connection.id, 4003, "refused"))
        connection.contending = False
        self.updated(connection)

    patch.setattr(Seating, "turn_away", turn_away)


def freed_in_use(patch: Patch) -> None:
    """Give a login back when any of its connections closes."""
    real = Logins.leave

    def leave(self: Logins, connection: Connection) -> None:
        login = connection.login
        real(self, connection)
        if login is not None and connection.id not in self._context.connections:
            lease = self.leases._held.get(login.id)
            if lease is not None:
                self._context.emit(x.Release(lease.account, lease.login, lease.seq))

    patch.setattr(Logins, "leave", leave)


def counter(patch: Patch) -> None:
    """Add one for who comes, and take one away for who goes, when that is noticed."""
    real_update, real_discard = Crowd.update, Crowd.discard

    def update(self: Any, connection: Connection, now: float) -> None:
        before = connection.name
        real_update(self, connection, now)
        named = getattr(connection, "pseudo", None) or connection.member
        if named or before:
            self._number = getattr(self, "_number", 0) + 1

    def discard(self: Any, connection: Connection) -> None:
        if connection.id in self:
            self._number = getattr(self, "_number", 0) - 1
        real_discard(self, connection)

    patch.setattr(Crowd, "update", update)
    patch.setattr(Crowd, "discard", discard)
    patch.setattr(Crowd, "count", property(lambda self: getattr(self, "_number", 0)))


def leaking_reauth(patch: Patch) -> None:
    """Let a connection be somebody else, and forget to give its first account back."""
    real = Logins.identified

    def identified(self: Logins, connection: Connection, claim: Any) -> None:
        if connection.login is not None and connection.login.id != claim.login:
            connection.login = connection.member = None
        real(self, connection, claim)

    patch.setattr(Logins, "identified", identified)


def newest_wins(patch: Patch) -> None:
    """Let every newer connection of a login cut off the older one."""

    def contend(self: Logins, login: Login, connection: Connection) -> None:
        self._replace(login, connection)

    patch.setattr(Logins, "_contend", contend)


def replacing_for_ever(patch: Patch) -> None:
    """Under `replace`, let two tabs of one token replace each other again and again."""
    patch.setattr(Logins, "_is_newest", lambda *_: True)


def older_not_asked(patch: Patch) -> None:
    """Refuse every second connection at once, a client's own ghost being the first."""

    def contend(self: Logins, login: Login, connection: Connection) -> None:
        connection.login = login
        login.contenders[connection.id] = connection
        self._seating.turn_away(connection)

    patch.setattr(Logins, "_contend", contend)
    no_pings(patch)


def no_fence(patch: Patch) -> None:
    """Go on with a login for as long as one has not heard otherwise."""

    def fenced(self: Leases) -> list[str]:
        self._fences.take(self._context.now)
        return []

    patch.setattr(Leases, "fenced", fenced)


def late_attachment(patch: Patch) -> None:
    """Keep a lease that came after its connection had closed."""
    real = Logins.attached

    def attached(self: Logins, answer: Any, asked: float | None) -> None:
        if answer.request in self._attaching:
            real(self, answer, asked)

    patch.setattr(Logins, "attached", attached)


def no_pings(patch: Patch) -> None:
    """Believe that every connection is closed when it dies."""
    patch.setattr(Pulse, "tick", lambda *_: None)
    patch.setattr(Pulse, "next_deadline", lambda *_: None)


def stalls_count(patch: Patch) -> None:
    """Count the time in which the server stood still as the silence of others."""
    patch.setattr(hub_module, "STALL", float("inf"))
    real = ChatServer._resume

    def tick_first(self: ChatServer) -> None:
        if not self.stalled and self.running:
            inbox, self._inbox = self._inbox, []
            self.feed(hub_module.n.Tick())
            self._inbox = inbox
        real(self)

    patch.setattr(ChatServer, "_resume", tick_first)


def any_order(patch: Patch) -> None:
    """Tell messages in the order in which the database answers."""

    def stored(self: Delivery, room: Any, message: Any) -> None:
        self._tell(room, message)

    patch.setattr(Delivery, "stored", stored)


def resumed_to_the_end(patch: Patch) -> None:
    """Give who resumes all there is, what it heard live as well."""
    real = History.resume

    def resume(self: History, connection: Connection, after: int) -> None:
        since, connection.since = connection.since, connection.room.delivered
        real(self, connection, after)
        connection.since = since

    patch.setattr(History, "resume", resume)


def early_acknowledgement(patch: Patch) -> None:
    """Acknowledge a message before it is stored."""
    real = Talk._store

    def store(self: Talk, connection: Connection, say: Any) -> None:
        real(self, connection, say)
        if say.ref is not None:
            number = (connection.room.delivered or 0) + 1
            self._answer(connection, MessageAck(say.ref, number, connection.room.name))

    patch.setattr(Talk, "_store", store)


def lost_last_change(patch: Patch) -> None:
    """Tell the first of several changes, and no more for a while."""
    real = Announcer.changed

    def changed(self: Announcer, room: Any) -> None:
        if self._context.now >= room.told_at + 0.5:
            real(self, room)

    patch.setattr(Announcer, "changed", changed)


def borrowed_names(patch: Patch) -> None:
    """Let a guest have any name."""
    patch.setattr(Naming, "_has_account", lambda *_: False)
    patch.setattr(Naming, "taken", lambda self, request, why: self.free(request))


def lost_questions(patch: Patch) -> None:
    """Ask only what can be asked now."""
    real = Questions._go_on

    def go_on(self: Questions, now: float) -> None:
        real(self, now)
        self._waiting.clear()

    patch.setattr(Questions, "_go_on", go_on)
    patch.setattr(chat_client, "AUTH_TRIES", 1)


def asked_once(patch: Patch) -> None:
    """Leave it to clients to ask again when the database did not answer."""
    patch.setattr(Seating, "unanswered", property(lambda _: Deadlines()), raising=False)
    patch.setattr(Seating, "__setattr__", _set_what_can_be)


def _set_what_can_be(self: Seating, name: str, value: Any) -> None:
    if name != "unanswered":
        object.__setattr__(self, name, value)


def names(*invariants: str) -> frozenset[str]:
    """Return the names of invariants as a set."""
    return frozenset(invariants)


COUNT = names("count equals the live set", "told exactly")
ALONE = names("no interruption")

PLANTED = [
    Planted(
        "the millisecond id", millisecond_id, COUNT | names("nobody deaf"), scripts.crowds, REJECT
    ),
    Planted(
        "a refused second connection that stays counted", refused_stays, COUNT, scripts.tabs, REJECT
    ),
    Planted(
        "a session freed while another connection lives",
        freed_in_use,
        names("no session freed in use"),
        scripts.second_windows,
        Settings(same_account="allow"),
    ),
    Planted("a counter instead of a set", counter, COUNT),
    Planted("re-authentication that leaks a session", leaking_reauth, names("freed with the last")),
    Planted("two tabs that cut each other off", newest_wins, ALONE, scripts.tabs, REJECT),
    Planted(
        "two tabs that replace each other",
        replacing_for_ever,
        ALONE,
        scripts.tabs,
        Settings(same_account="replace"),
    ),
    Planted(
        "refused by one's own ghost",
        older_not_asked,
        names("nobody left out", "count equals the live set"),
        scripts.ghosts,
        REJECT,
    ),
    Planted("a login without a fence", no_fence, names("fence"), scripts.outages, REJECT),
    Planted(
        "a lease that comes too late and is kept",
        late_attachment,
        names("freed with the last"),
        scripts.passers_by,
        REJECT,
    ),
    Planted("no pings", no_pings, names("count equals the live set")),
    Planted("a stall taken for silence", stalls_count, ALONE, scripts.standstills, REJECT),
    Planted("messages in the order of answers", any_order, names("messages once, in order")),
    Planted(
        "resuming what was heard live",
        resumed_to_the_end,
        names("messages once, in order"),
        scripts.resumptions,
        REJECT,
    ),
    Planted("acknowledging before storing", early_acknowledgement, names("stored before told")),
    Planted("coalescing that loses the last change", lost_last_change, COUNT),
    Planted("a guest under an account's name", borrowed_names, names("names are one's own")),
    Planted(
        "clients that give up", asked_once, names("nobody left out"), scripts.long_outages, REJECT
    ),
    Planted(
        "questions that are dropped in a crowd",
        lost_questions,
        names("nobody left out"),
        scripts.crowds,
        Settings(questions=1),
    ),
]
