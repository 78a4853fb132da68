"""One instance's place in one session, whatever stage it has reached.

A seat reads the session's state, shows it to the application, and hands everything else to
its current stage: joining, creating, being a member, taking over, hosting, closing, or
looking on. Stages know the seat, not each other; the seat is told which comes next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.countdown import Countdown
from headcount.core.inbox import Inbox
from headcount.core.messages import (
    AnyAsk,
    AppMessage,
    Beat,
    Heartbeat,
    Leave,
    Patch,
    Presence,
    Reply,
    Request,
)
from headcount.core.reader import Verdict, is_of
from headcount.core.requests import Requests, Wish
from headcount.core.rules import unfit
from headcount.core.state import SessionState, Timers
from headcount.core.topics import ANY, Kind, Topic


class StageName(StrEnum):
    """What an instance can be to a session."""

    JOINING = "joining"
    FOUNDING = "founding"
    MEMBER = "member"
    SUCCESSOR = "successor"
    HOST = "host"
    CLOSING = "closing"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the stage before hands on to the next."""

    again: bool = False
    """The seat was had before: be quick, and tell nothing that was told."""
    named: int = 0
    """The greatest version that a heartbeat has named."""
    wanted: e.Found | None = None
    state: SessionState | None = None
    reason: str = ""
    wish: Wish | None = None


NOTHING = Entry()


class Stage:
    """What a stage may want to know; each overrides what concerns it."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.context = seat.context

    def enter(self, entry: Entry) -> None:
        """Begin."""

    def topics(self) -> list[Topic]:
        """Return what this stage listens to beyond what every seat does."""
        return []

    def link_up(self) -> None:
        """The connection is there again, and everything is subscribed."""

    def link_down(self) -> None:
        """The connection is gone."""

    def stalled(self, seconds: float) -> None:
        """This process did not run for so long; what is pending is handled next."""

    def progress(self) -> None:
        """Look whether what was waited for has come; called after every message and tick."""

    def tick(self) -> None:
        """Do what is due."""

    def next_deadline(self) -> float | None:
        """Return when something will be due."""
        return None

    def saw(self, state: SessionState, retained: bool) -> None:
        """See any state on the topic, before it is judged."""

    def emptied(self) -> None:
        """See that the state's topic was cleared just now."""

    def shows(self, state: SessionState) -> bool:
        """Tell whether the application is to see a state that the reader has just accepted."""
        return True

    def later(self, state: SessionState, retained: bool) -> None:
        """See a state that the reader has just accepted."""

    def uninformed(self, claim: SessionState) -> None:
        """See a claim by somebody who has not read what we have."""

    def foreign(self, state: SessionState, retained: bool) -> None:
        """See a state of another live uid."""

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Hear a host."""

    def presence(self, client_id: str, presence: Presence) -> None:
        """Hear a birth or a death of somebody else."""

    def request(self, request: Request) -> None:
        """Hear a request."""

    def probed(self) -> None:
        """Hear somebody ask for live hosts."""

    def beat(self, client_id: str, beat: Beat) -> None:
        """Hear a member."""

    def reply(self, reply: Reply) -> None:
        """Hear an answer meant for us."""

    def wish(self, wish: Wish) -> None:
        """Do what the application wants."""
        self.seat.requests.add(wish)


class Seat:
    """One instance's part in one session."""

    stages: ClassVar[dict[StageName, type[Stage]]]

    def __init__(self, context: Context, session_id: str) -> None:
        self.context = context
        self.session_id = session_id
        self.state_topic = Topic(Kind.STATE, session_id)
        self.card_topic = Topic(Kind.CARD, session_id)
        self.reader = context.reader(session_id)
        self.requests = Requests(context, session_id)
        self.inbox = Inbox(context, session_id)
        self.over = False
        self.shown: SessionState | None = None
        self.showing = False
        self.told_end = False
        self.name = ""
        self.secret = ""
        self.role: str | None = None
        self.stage: Stage
        self._listening: dict[Topic, None] = {}
        self._said = 0
        self._down_since: float | None = None
        self._refused = False
        self._countdown = Countdown(context, session_id)
        self._doubted: SessionState | None = None
        self._host_heard = context.now
        self._trusting = True

    # --- stages ------------------------------------------------------------------------------

    def become(self, name: StageName, entry: Entry = NOTHING) -> None:
        """Go on to another stage."""
        self.stage = self.stages[name](self)
        self.listen()
        self.stage.enter(entry)

    def follow(self) -> None:
        """Go on with the session as it was read last: its host, a member, or asking to be one."""
        state, stage = self.reader.state, StageName.JOINING
        if state is not None and self.context.client_id in state.members:
            hosting = state.incarnation.nonce == self.context.nonce
            stage = StageName.HOST if hosting else StageName.MEMBER
        self.become(stage, Entry(again=True))

    def listen(self) -> None:
        """Subscribe to what the seat and its stage listen to, and to nothing else."""
        own = [
            Topic(Kind.REPLY, self.session_id, self.context.client_id),
            Topic(Kind.HEARTBEAT, self.session_id),
            Topic(Kind.MESSAGE, self.session_id, ANY),
            self.state_topic,
        ]
        wanted = dict.fromkeys([*own, *self.stage.topics()])
        before = self._listening
        self._listening = wanted
        self.context.subscribe(topic for topic in wanted if topic not in before)
        self.context.unsubscribe(topic for topic in before if topic not in wanted)

    def end(self, reason: str) -> None:
        """Tell the application that it is over and why, once, and stop."""
        self.tell_end(reason)
        self.forget()

    def tell_end(self, reason: str) -> None:
        """Tell the application that it is over, though there is something left to do."""
        if not self.told_end:
            self.told_end = True
            self.context.notify(e.SessionClosed(self.session_id, reason))

    def forget(self) -> None:
        """Stop: hear nothing, say nothing."""
        if not self.over:
            self.over = True
            self.context.unsubscribe(self._listening)
            self._listening = {}
            self.context.notify(e.SessionParted(self.session_id))

    # --- inputs ------------------------------------------------------------------------------

    def link_up(self) -> None:
        """Subscribe to everything again."""
        if self.over:
            return
        self._down_since = None
        self._trusting = True
        self.context.subscribe(self._listening)
        self.stage.link_up()

    def link_down(self, refused: bool) -> None:
        """Wait for the connection, for as long as the session allows."""
        self._refused = refused
        if self._down_since is None:
            self._down_since = self.context.now
            if not self.over:
                self.stage.link_down()

    def stalled(self, seconds: float) -> None:
        """Trust others a little more: they may have gone on without us."""
        self._trusting = True
        if not self.over:
            self.stage.stalled(seconds)

    def received(self, message: e.MessageReceived) -> None:
        """Take one message of this session, or somebody's presence."""
        if self.over:
            return
        topic, body = message.topic, message.body
        match body:
            case SessionState():
                self._state(body, message.retained)
            case None:
                if topic.kind is Kind.STATE and not message.retained:
                    self.stage.emptied()
            case Heartbeat():
                self._heartbeat(body)
            case Request():
                self.stage.request(body)
            case Beat() if topic.client_id is not None:
                self.stage.beat(topic.client_id, body)
            case Presence() if topic.client_id is not None:
                self.stage.presence(topic.client_id, body)
            case Reply() if topic.client_id == self.context.client_id:
                self.stage.reply(body)
            case AppMessage() if topic.client_id is not None and self.showing:
                self.inbox.take(topic.client_id, body, self.reader.state)
            case _ if topic.kind is Kind.PROBE:
                self.stage.probed()
        if not self.over:
            self.stage.progress()

    def tick(self) -> None:
        """Do what is due."""
        if self.over:
            return
        now = self.context.now
        if self._down_since is not None and now >= self._down_since + self.timers.link_timeout:
            self.end("broker_gone" if self._refused else "link_lost")
            return
        self._countdown.tick()
        self.requests.tick()
        self.stage.tick()
        if not self.over:
            self.stage.progress()

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if self.over:
            return self.context.now
        wanted = [self.requests.next_deadline(), self.stage.next_deadline()]
        if self._down_since is not None:
            wanted.append(self._down_since + self.timers.link_timeout)
        wanted.append(self._countdown.next_deadline())
        return min((d for d in wanted if d is not None), default=None)

    def command(self, ref: int, ask: AnyAsk) -> None:
        """Do what the application asks for, unless no host could read it."""
        wish = Wish(ref, ask)
        wrong = unfit(ask) if isinstance(ask, Patch) else None
        if wrong is None:
            self.stage.wish(wish)
        else:
            refused = e.Refused(self.session_id, wish.title, wrong.code, wrong.message, ref)
            self.context.notify(refused)

    def say(self, payload: Any) -> None:
        """Send an application message to everyone."""
        state = self.reader.state
        if state is not None:
            self._said += 1
            topic = Topic(Kind.MESSAGE, self.session_id, self.context.client_id)
            body = AppMessage(state.session_uid, self.context.nonce, self._said, payload)
            self.context.send(topic, body)

    # --- what stages use ---------------------------------------------------------------------

    @property
    def timers(self) -> Timers:
        """The session's times."""
        return e.DEFAULT_TIMERS if self.reader.state is None else self.reader.state.timers

    @property
    def hosted(self) -> int:
        """How many members there are of a session that is hosted here; 0 of any other."""
        state = self.reader.state
        if self.over or state is None or state.host_client_id != self.context.client_id:
            return 0
        return len(state.members)

    def leave_wish(self) -> Wish | None:
        """Return the outstanding wish if it is to leave."""
        wish = self.requests.current
        return wish if wish is not None and isinstance(wish.ask, Leave) else None

    def host_heard(self) -> None:
        """Note that the host one believes in lives."""
        self._host_heard = self.context.now
        self._trusting = False
        self._doubted = None
        self.reader.confirmed = True

    def show(self) -> None:
        """Show the state read last, from now on every one."""
        self.showing = True
        state = self.reader.state
        if state is None or state is self.shown:
            return
        before, self.shown = self.shown, state
        self.context.notify(e.StateChanged(self.session_id, state))
        self._countdown.show(before, state)

    # --- judging what is read ----------------------------------------------------------------

    def _state(self, state: SessionState, retained: bool) -> None:
        verdict = self.reader.judge(state)
        self.stage.saw(state, retained)
        if self.over:
            return
        match verdict:
            case Verdict.LATER:
                self._accept(state, retained)
            case Verdict.UNINFORMED:
                self.context.count("uninformed_claims")
                self.stage.uninformed(state)
            case Verdict.FOREIGN:
                self.stage.foreign(state, retained)
            case Verdict.DOUBTED:
                self.context.count("doubted_states")
                self._doubted = state

    def _accept(self, state: SessionState, retained: bool) -> None:
        self.reader.accept(state)
        if self.showing and self.stage.shows(state):
            self.show()
        self.stage.later(state, retained)

    def _heartbeat(self, heartbeat: Heartbeat) -> None:
        doubted = self._doubted
        if doubted is not None and is_of(heartbeat, doubted):
            silent = self.context.now - self._host_heard >= self.timers.lease
            if self._trusting or silent:
                self._doubted = None
                if self.reader.judge(doubted) in (Verdict.LATER, Verdict.DOUBTED):
                    self._accept(doubted, retained=True)
                if self.over:
                    return
        self.stage.heartbeat(heartbeat)
