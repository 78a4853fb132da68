"""The hub: every input goes to the part whose it is, and what they all ask for comes out."""

from __future__ import annotations

import random
from typing import NamedTuple

from headcount.chat.hub import closing, texts
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.authentication import Authentication
from headcount.chat.hub.context import Context
from headcount.chat.hub.delivery import Delivery
from headcount.chat.hub.gate import Gate
from headcount.chat.hub.history import History
from headcount.chat.hub.logins import Logins
from headcount.chat.hub.model import LOBBY, Connection, Room
from headcount.chat.hub.naming import Naming
from headcount.chat.hub.presence import Announcer
from headcount.chat.hub.pulse import Pulse
from headcount.chat.hub.questions import Questions
from headcount.chat.hub.rooms import Rooms
from headcount.chat.hub.seating import Seating
from headcount.chat.hub.settings import Settings
from headcount.chat.hub.stopping import Stop
from headcount.chat.hub.talk import Talk
from headcount.chat.wire import incoming as i
from headcount.chat.wire.outgoing import Connected
from headcount.errors import BadInputError

STALL = 0.5
"""Seconds after a deadline from which on the server counts as having stood still."""
CATCHING_UP = 1.0
"""Seconds within which what came while it stood still is taken in."""
SETTLING = 0.2
"""Seconds for which who is probably a refused client that is back does not count."""


class Who(NamedTuple):
    """One connection as others know it; `account` is None for a guest."""

    name: str
    account: int | None
    room: str


class Hub:
    """The connections of one node.

    Args:
        settings: what the operator chose.
        rng: draws names and jitter; connection ids are drawn by the server, from `secrets`.
    """

    def __init__(self, settings: Settings, rng: random.Random) -> None:
        context = self._context = Context(settings, rng)
        lobby = Room(LOBBY)
        self._questions = Questions(settings.questions, context.emit)
        self._announcer = Announcer(context, lobby)
        self._rooms = Rooms(context, lobby, self._announcer)
        self._seating = Seating(context, self._rooms, self._announcer)
        self._logins = Logins(context, self._questions, self._seating)
        self._authentication = Authentication(context, self._questions, self._seating, self._logins)
        self._naming = Naming(context, self._questions, self._announcer)
        self._delivery = Delivery(context)
        self._talk = Talk(context, self._rooms, self._delivery)
        self._history = History(context, self._rooms)
        self._pulse = Pulse(context)
        self._gate = Gate(context)
        self._stop = Stop(context, self._talk)
        self._due: float | None = None

    # --- what one may look at ----------------------------------------------------------------

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._context.connections)

    @property
    def count(self) -> int:
        """The lobby's number now."""
        return self._announcer.crowd.count

    @property
    def told(self) -> int:
        """The lobby's number as it was last told."""
        return len(self._rooms.lobby.told)

    def room_of(self, connection: str) -> str | None:
        """Return the room that a connection is in, or None if it is not open."""
        found = self._context.connections.get(connection)
        return None if found is None else found.room.name

    def who(self, connection: str) -> Who | None:
        """Return what a connection is known by, or None if it is not open."""
        found = self._context.connections.get(connection)
        if found is None:
            return None
        account = None if found.member is None else found.member.account
        return Who(found.name, account, found.room.name)

    # --- the machine -------------------------------------------------------------------------

    def handle(self, event: n.Input, now: float) -> list[x.Effect]:
        """Take in what happened, and return what is to be done about it, in this order.

        Args:
            event: what happened.
            now: the time, in seconds on a monotonic clock that goes on while the machine sleeps.

        Raises:
            BadInputError: a connection id is used twice; nothing has changed.
        """
        self._notice_stall(now)
        self._context.now = now
        self._logins.fence()
        match event:
            case n.Opened():
                self._opened(event)
            case n.Received() | n.Alive() | n.Closed():
                connection = self._context.connections.get(event.connection)
                if connection is not None:
                    self._heard(connection, event)
            case n.Stored() | n.NotStored():
                self._stored(event)
            case n.Tick():
                pass
            case n.Stopping():
                self._stop.begin()
            case _:
                self._answered(event)
        self._tick()
        self._due = self._soonest()
        return self._context.take_effects()

    def next_deadline(self) -> float | None:
        """Return when a `Tick` is wanted, in the seconds of `now`, or None."""
        return self._due

    # --- connections -------------------------------------------------------------------------

    def _opened(self, event: n.Opened) -> None:
        context = self._context
        if event.connection in context.connections:
            raise BadInputError(f"connection id {event.connection!r} is in use: draw another")
        if self._stop.stopping:
            context.emit(x.Disconnect(event.connection, closing.GOING_DOWN, "restarting"))
            return
        if self._gate.is_full(event.address):
            context.count("too_many_connections")
            error = texts.error("TOO_MANY_CONNECTIONS", event.language)
            context.emit(x.Send(event.connection, error))
            context.emit(x.Disconnect(event.connection, closing.TRY_LATER, "too many"))
            return
        self._admit(event)

    def _admit(self, event: n.Opened) -> None:
        context = self._context
        context.connections.refused.take(context.now)
        suspect = event.address in context.connections.refused
        connection = Connection(
            id=event.connection,
            address=event.address,
            language=event.language,
            anonymous_name=self._naming.anonymous(),
            room=self._rooms.lobby,
            heard=context.now,
            counts_from=context.now + SETTLING if suspect else 0.0,
        )
        context.connections.add(connection)
        self._announcer.opened(connection)
        hello = Connected(connection.id, connection.name, event.at, self.count)
        context.send(connection, hello)
        self._rooms.enter(connection, self._rooms.lobby)
        self._pulse.opened(connection)

    def _heard(self, connection: Connection, event: n.Received | n.Alive | n.Closed) -> None:
        if isinstance(event, n.Closed):
            self._context.forget(connection)
            return
        self._pulse.heard(connection)
        self._logins.heard(connection)
        if isinstance(event, n.Alive):
            self._gate.admits(connection)
        elif self._gate.admits(connection, event.message):
            self._received(connection, event.message)

    def _received(self, connection: Connection, message: i.Message) -> None:
        match message:
            case i.Say():
                self._talk.say(connection, message)
            case i.Auth():
                self._authentication.auth(connection, message.token)
            case i.SetPseudo():
                self._naming.set_pseudo(connection, message.pseudo)
            case i.Typing():
                self._talk.typing(connection, message.is_typing)
            case i.Status():
                self._talk.status(connection, message.status)
            case i.Join():
                self._rooms.join(connection, message.room)
            case i.Follow():
                if self._rooms.follow(connection, message.diff):
                    self._announcer.newcomer(connection)
            case i.Resume():
                self._history.resume(connection, message.after)
            case i.Remove():
                self._history.remove(connection, message.number)
            case i.ClearChat():
                self._history.clear(connection)
            case i.Malformed():
                self._context.count("malformed")
                self._context.send(connection, texts.MALFORMED)
            case i.Unknown():
                self._context.count("unknown")

    # --- answers and news --------------------------------------------------------------------

    def _answered(self, event: n.Input) -> None:
        now = self._context.now
        match event:
            case n.Identified():
                self._questions.answered(event.request, now)
                self._authentication.identified(event)
            case n.NotIdentified():
                self._questions.answered(event.request, now)
                self._authentication.not_identified(event.request, event.why)
            case n.Attached():
                self._logins.attached(event, self._questions.answered(event.request, now))
            case n.NotAttached():
                self._questions.answered(event.request, now)
                self._logins.not_attached(event.request, event.why)
            case n.NameFree():
                self._questions.answered(event.request, now)
                self._naming.free(event.request)
            case n.NameTaken():
                self._questions.answered(event.request, now)
                self._naming.taken(event.request, event.why)
            case n.Renewed():
                self._logins.leases.renewed(event.request)
            case n.NotRenewed():
                self._logins.leases.not_renewed(event.request)
            case _:
                self._news(event)

    def _news(self, event: n.Input) -> None:
        match event:
            case n.LoginLost():
                if self._logins.leases.is_lost(event.login, event.seq):
                    self._logins.lost(event.login, replaced=event.replaced)
            case n.LoggedOut():
                self._logins.lost(event.login, replaced=event.replaced)
            case n.Revoked():
                self._logins.revoked(event.account)
            case n.Registered():
                self._naming.registered(event.name)
                self._seating.take_from_guests(event.name)
            case n.SessionsChanged():
                self._rooms.sessions_changed(event.sessions)
            case n.NotDone():
                self._history.not_done(event.request)
            case n.Fetched():
                if not self._delivery.fetched(event.request, event.messages):
                    given = event.messages if event.complete else None
                    self._history.fetched(event.request, given)
            case n.NotFetched():
                if not self._delivery.not_fetched(event.request):
                    self._history.fetched(event.request, None)
            case n.MessageDeleted() | n.RoomCleared() | n.RoomLoaded():
                self._in_room(event)
            case _:
                raise TypeError(f"not an input: {event!r}")

    def _in_room(self, event: n.MessageDeleted | n.RoomCleared | n.RoomLoaded) -> None:
        room = self._rooms.get(event.room)
        if not isinstance(event, n.RoomLoaded):
            self._history.done(event.request)
        if room is None:
            return
        match event:
            case n.MessageDeleted():
                self._delivery.deleted(room, event.number)
            case n.RoomCleared():
                self._delivery.cleared(room, event.last, event.by, event.at)
            case n.RoomLoaded():
                self._delivery.loaded(room, event.last)
                self._history.loaded(room)
                self._talk.loaded(room)

    def _stored(self, event: n.Stored | n.NotStored) -> None:
        if isinstance(event, n.Stored):
            self._talk.stored(event)
        else:
            self._talk.not_stored(event.request)

    # --- time --------------------------------------------------------------------------------

    def _notice_stall(self, now: float) -> None:
        """Give everybody the time in which this process stood still; but to leases nothing."""
        due = self._due
        if due is not None and now - due > STALL:
            self._context.count("stalls")
            self._pulse.stalled(now - due + CATCHING_UP)
            self._logins.stalled(now - due + CATCHING_UP)

    def _soonest(self) -> float | None:
        parts = (
            self._announcer,
            self._logins,
            self._authentication,
            self._pulse,
            self._delivery,
            self._questions,
            self._stop,
        )
        times = [part.next_deadline() for part in parts]
        return min((at for at in times if at is not None), default=None)

    def _tick(self) -> None:
        for question in self._questions.overdue(self._context.now):
            self._unanswered(question)
        self._pulse.tick()
        self._logins.tick()
        self._authentication.tick()
        self._delivery.tick()
        self._stop.tick()
        self._announcer.tick()

    def _unanswered(self, question: x.Identify | x.Attach | x.CheckName) -> None:
        """Take the silence of the database for a no; a late yes is released."""
        self._context.count("unanswered")
        self._questions.answered(question.request, self._context.now)
        match question:
            case x.Identify():
                self._authentication.not_identified(question.request, "unavailable")
            case x.Attach():
                self._logins.not_attached(question.request, "unavailable")
            case x.CheckName():
                self._naming.taken(question.request, "unavailable")
