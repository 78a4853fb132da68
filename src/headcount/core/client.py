"""One application instance on one connection: the machine that a runner drives.

It owns the connection, the presence and the measure of stalls, and hands everything else to
the part it concerns: the sessions it is in, the list it keeps.
"""

from __future__ import annotations

import random
from typing import Protocol

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.directory import Directory
from headcount.core.messages import Presence, Probe
from headcount.core.participant import Participant
from headcount.core.state import Incarnation
from headcount.core.sweep import Sweep
from headcount.core.topics import Kind
from headcount.errors import BadInputError

SURVEY_APART = 12.0
"""The least time between two looks for leftovers of dead sessions, in seconds."""
SURVEY_JITTER = 4.0
MAX_SWEEPS = 1024
"""How many suspected sessions are listened to at a time; others have their turn later."""
STALL = 1.0
"""Seconds past a due deadline, or by which the wall clock outran ours, that make a stall."""


class Part(Protocol):
    """Something of the client that listens."""

    def link_up(self) -> None:
        """The connection is there; what was subscribed before is not."""

    def link_down(self, refused: bool) -> None:
        """The connection is gone."""

    def received(self, message: e.MessageReceived) -> None:
        """A message came."""

    def stalled(self, seconds: float) -> None:
        """This client could not run for so long."""

    def tick(self) -> None:
        """Do what is due."""

    def next_deadline(self) -> float | None:
        """When something will be due."""


class Client:
    """The whole protocol of one instance, without I/O.

    Args:
        client_id: who this is, to everyone.
        nonce: random, one per process; tells it from others with the same id.
        rng: draws jitter; seeded in the simulation.
    """

    def __init__(self, client_id: str, nonce: str, rng: random.Random) -> None:
        self.context = Context(client_id, nonce, rng)
        self.sessions: dict[str, Participant] = {}
        self.directory: Directory | None = None
        self._survey: Directory | None = None
        self._sweeps: dict[str, Sweep] = {}
        self._survey_at: float | None = None
        self._surveyed_at = -SURVEY_APART
        self._hosted = 0
        self._deadline: float | None = None
        self._clocks: tuple[float, float] | None = None

    @property
    def upcoming(self) -> Incarnation:
        """The incarnation of the next connection; its death is the will to leave."""
        return self.context.hearing.upcoming

    def next_deadline(self) -> float | None:
        """Return when a `Tick` is wanted, on the clock of `handle`; None for never."""
        return self._deadline

    def handle(self, event: e.Input, now: float, utc: float = 0.0) -> list[e.Effect]:
        """Take one input and return what is to be done.

        Args:
            event: what happened.
            now: seconds on this machine's own monotonic clock, running on during suspend.
            utc: seconds since the epoch, to show to people and to notice a suspend.

        Raises:
            BadInputError: the caller asked for what cannot be done; nothing has changed.
        """
        context = self.context
        context.now, context.utc = now, utc
        self._notice_stall(now, utc)
        match event:
            case e.MessageReceived():
                self._message(event)
            case e.Tick():
                self._tick()
            case e.LinkUp():
                self._link_up(event.expiry)
            case e.LinkDown():
                self._link_down(event.refused)
            case e.Malformed():
                context.count("malformed")
            case _:
                self._wish(event)
        self._plan_survey()
        wanted = [context.hearing.next_deadline(), self._survey_at]
        wanted += [part.next_deadline() for part in self._parts()]
        self._deadline = min((d for d in wanted if d is not None), default=None)
        return context.take_effects()

    def _parts(self) -> list[Part]:
        parts: list[Part] = [*self.sessions.values(), *self._sweeps.values()]
        parts += [part for part in (self.directory, self._survey) if part is not None]
        return parts

    def _notice_stall(self, now: float, utc: float) -> None:
        """Find out how long this process was not running, or its machine asleep."""
        before, utc_before = self._clocks or (now, utc)
        self._clocks = (now, utc)
        # A backlog handled after a stall is late too, but the stall is counted once.
        late = 0.0 if self._deadline is None else now - max(self._deadline, before)
        jump = (utc - utc_before) - (now - before)
        if late <= STALL and jump <= STALL:
            return
        context = self.context
        context.count("stalls")
        context.hearing.stalled(now)
        if context.hearing.up:
            context.drained = context.barrier()
        for part in self._parts():
            part.stalled(late if late > STALL else 0.0)

    def _link_up(self, expiry: bool) -> None:
        context = self.context
        context.expiry = expiry
        context.forget_subscriptions()
        context.add(context.hearing.link_up(context.now))
        for part in self._parts():
            part.link_up()

    def _link_down(self, refused: bool) -> None:
        if self.context.hearing.connected:
            self.context.count("link_losses")
        self.context.hearing.link_down()
        self.context.drained = 0
        for part in self._parts():
            part.link_down(refused)

    def _message(self, message: e.MessageReceived) -> None:
        hearing = self.context.hearing
        if not hearing.up:
            return
        hearing.heard_something(self.context.now)
        if message.topic == hearing.topic and isinstance(message.body, Presence):
            hearing.own_presence(message.body)
        body = message.body
        if isinstance(body, Probe) and body.sweeps and body.client_id != self.context.client_id:
            # Somebody else is looking for leftovers; one look is enough for all.
            self._survey_at, self._surveyed_at = None, self.context.now
        if message.topic.kind is Kind.PRESENCE or message.topic.session_id is None:
            for part in self._parts():
                part.received(message)
            return
        concerned: list[Part | None] = [
            self.sessions.get(message.topic.session_id),
            self._sweeps.get(message.topic.session_id),
            self.directory,
            self._survey,
        ]
        for listener in concerned:
            if listener is not None:
                listener.received(message)

    def _tick(self) -> None:
        self.context.add(self.context.hearing.tick(self.context.now))
        for part in self._parts():
            part.tick()
        if self._survey_at is not None and self.context.now >= self._survey_at:
            self._survey_at = None
            self._surveyed_at = self.context.now
            self._survey = Directory(self.context, self._suspect, once=True)
        if self._survey is not None and self._survey.over:
            self._survey = None
        self.sessions = {sid: part for sid, part in self.sessions.items() if not part.over}
        self._sweeps = {sid: part for sid, part in self._sweeps.items() if not part.over}

    def _plan_survey(self) -> None:
        """Look for leftovers when a session is hosted here, and when somebody joins it."""
        hosted = sum(session.hosted for session in self.sessions.values())
        more, self._hosted = hosted > self._hosted, hosted
        if more and self._survey_at is None and self.context.hearing.up:
            soon = self.context.now + self.context.random_delay(SURVEY_JITTER)
            self._survey_at = max(soon, self._surveyed_at + SURVEY_APART)

    def _suspect(self, session_id: str) -> None:
        """Listen to a session for which nobody answers, until it lives or can be cleared."""
        if session_id not in self._sweeps and len(self._sweeps) < MAX_SWEEPS:
            self._sweeps[session_id] = Sweep(self.context, session_id)

    def _wish(self, event: e.Input) -> None:
        match event:
            case e.Enter() | e.Found() | e.Observe():
                present = self.sessions.get(event.session_id)
                if present is not None and not present.over:
                    raise BadInputError(f"already in session {event.session_id!r}")
                self.sessions[event.session_id] = Participant(self.context, event)
            case e.Forget():
                session = self.sessions.pop(event.session_id, None)
                if session is not None:
                    session.forget()
            case e.Command():
                self._session(event.session_id).command(event.ref, event.ask)
            case e.Say():
                self._session(event.session_id).say(event.payload)
            case e.Browse():
                if self.directory is None:
                    self.directory = Directory(self.context, self._suspect)
            case e.StopBrowsing():
                if self.directory is not None:
                    self.directory.stop()
                self.directory = None
            case _:
                raise TypeError(f"not an input of a client: {event!r}")

    def _session(self, session_id: str) -> Participant:
        session = self.sessions.get(session_id)
        if session is None or session.over:
            raise BadInputError(f"not in session {session_id!r}")
        return session
