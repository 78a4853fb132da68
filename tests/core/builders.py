"""States, requests and played clients, for the tests of the core."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.client import Client
from headcount.core.codec import decode
from headcount.core.context import Context
from headcount.core.seat import Seat, StageName
from headcount.core.state import Applied, Incarnation, Member, SessionState, connected
from headcount.core.topics import Kind, Topic

SID = "demo"
UID = "uid1"
UTC = "2027-01-15T08:00:00.000+00:00"
NOW = 1000.0
LEASE, BEAT = 6.0, 2.0

STATE, CARD = Topic(Kind.STATE, SID), Topic(Kind.CARD, SID)
HEARTBEAT, REQUEST = Topic(Kind.HEARTBEAT, SID), Topic(Kind.REQUEST, SID)
PROBE = Topic(Kind.PROBE)


def beat_of(client_id: str) -> Topic:
    """Return the topic of a member's beats."""
    return Topic(Kind.BEAT, SID, client_id)


def presence_of(client_id: str) -> Topic:
    """Return the topic of a client's presence."""
    return Topic(Kind.PRESENCE, None, client_id)


def reply_to(client_id: str) -> Topic:
    """Return the topic of a host's answers to a client."""
    return Topic(Kind.REPLY, SID, client_id)


def incarnation(client_id: str, counter: int = 1) -> Incarnation:
    """Return a connection of the one process that a client has in these tests."""
    return Incarnation(f"n_{client_id}", counter)


def member(client_id: str, seq: int = 1, **changes: Any) -> Member:
    """Return a connected member."""
    plain = Member(client_id, UTC, seq, incarnation(client_id))
    return replace(plain, **changes)


def state(*clients: str, **changes: Any) -> SessionState:
    """Return an open session of these members, the first of them its host."""
    clients = clients or ("host",)
    members = changes.pop("members", {c: member(c, i) for i, c in enumerate(clients, 1)})
    plain = SessionState(
        session_id=SID,
        session_uid=UID,
        creator_client_id=clients[0],
        host_client_id=clients[0],
        incarnation=incarnation(clients[0]),
        epoch=1,
        version=5,
        model_name="Model",
        created_at=UTC,
        last_updated=UTC,
        last_heartbeat=UTC,
        members=members,
        connected_instances=connected(members),
        num_players_min=1,
        num_players_max=4,
        roles=["red", "blue"],
    )
    return replace(plain, **changes)


def request(client_id: str, ask: m.AnyAsk, number: int = 1, **changes: Any) -> m.Request:
    """Return a request of a client's one process."""
    return replace(m.Request(client_id, incarnation(client_id), number, ask), **changes)


def join(client_id: str, role: str | None = None) -> m.Join:
    """Return what a client asks for a seat."""
    return m.Join(client_id, f"secret of {client_id}", role)


def heartbeat(of: SessionState, **changes: Any) -> m.Heartbeat:
    """Return a heartbeat of the host of a state."""
    plain = m.Heartbeat(
        of.session_uid,
        of.epoch,
        of.host_client_id,
        of.incarnation,
        of.version,
        of.count,
        of.phase,
        seq=1,
    )
    return replace(plain, **changes)


def found(**changes: Any) -> e.Found:
    """Return the wish to create a session."""
    wanted: dict[str, Any] = {
        "session_id": SID,
        "session_uid": UID,
        "model_name": "Model",
        "name": "me",
        "secret": "mine",
        "seed": 7,
        "num_players_max": 4,
        "roles": ("red", "blue"),
    }
    return e.Found(**{**wanted, **changes})


def context(client_id: str = "me", *, up: bool = True) -> Context:
    """Return a client's means, connected, its birth heard."""
    made = Context(client_id, f"n_{client_id}", random.Random(1))
    made.now, made.utc = NOW, 1.8e9
    if up:
        made.forget_subscriptions()
        made.add(made.hearing.link_up(NOW))
        hear_birth(made)
        made.take_effects()
    return made


def hear_birth(of: Context) -> None:
    """Let a client hear its own newest birth: whatever barrier was under way has passed."""
    mark, _ = of.hearing.barrier(of.now)
    of.hearing.own_presence(m.Presence("birth", of.hearing.incarnation, mark))


def sent(effects: Iterable[e.Effect], kind: Kind | None = None) -> list[e.Send]:
    """Return what is published, of one kind or of all."""
    sends = [effect for effect in effects if isinstance(effect, e.Send)]
    return [send for send in sends if kind is None or send.topic.kind is kind]


def told(effects: Iterable[e.Effect]) -> list[e.Notice]:
    """Return what the application is told."""
    return [effect.notice for effect in effects if isinstance(effect, e.Notify)]


class Play:
    """One real client, alone with a broker that answers at once.

    Args:
        client_id: who it is.
        seed: of its jitter.
    """

    def __init__(self, client_id: str = "me", seed: int = 1) -> None:
        self.client = Client(client_id, f"n_{client_id}", random.Random(seed))
        self.now = NOW
        self.effects: list[e.Effect] = []
        self.counted: Counter[str] = Counter()
        self.retained: dict[Topic, m.Body] = {}
        self.mute: set[Kind] = set()
        """Kinds of messages that get lost on their way to the broker."""
        self._filters: set[Topic] = set()
        self._arriving: deque[e.MessageReceived] = deque()

    # --- what happens to it ------------------------------------------------------------------

    def take(self, event: e.Input) -> list[e.Effect]:
        """Hand in one input and everything it makes the broker send; return all effects."""
        effects = self._handle(event)
        while self._arriving:
            effects += self._handle(self._arriving.popleft())
        return effects

    def hear(self, topic: Topic, body: m.Body | None, *, retained: bool = False) -> list[e.Effect]:
        """Let a message arrive."""
        return self.take(e.MessageReceived(topic, body, retained))

    def hear_bytes(self, topic: str, payload: bytes, *, retained: bool = False) -> list[e.Effect]:
        """Let bytes arrive, as from a link."""
        return self.take(decode(topic, payload, retained))

    def wait(self, seconds: float) -> list[e.Effect]:
        """Let time pass, with a Tick at every deadline; return all effects."""
        end, effects = self.now + seconds, list[e.Effect]()
        for _ in range(10_000):
            deadline = self.client.next_deadline()
            if deadline is None or deadline > end:
                self.now = end
                return effects
            self.now = max(self.now, deadline) + 1e-6
            effects += self.take(e.Tick())
        raise AssertionError("the clock stands still: a deadline is never served")

    def command(self, ask: m.AnyAsk, ref: int = 1) -> list[e.Effect]:
        """Let the application ask for something."""
        return self.take(e.Command(SID, ref, ask))

    def ask(self, client_id: str, ask: m.AnyAsk, number: int = 1, **more: Any) -> list[e.Effect]:
        """Let another client's request arrive."""
        return self.hear(REQUEST, request(client_id, ask, number, **more))

    def beat(self, client_id: str, **changes: Any) -> list[e.Effect]:
        """Let a beat arrive that fits what is shown."""
        shown = self.shown
        plain = m.Beat(shown.session_uid, shown.epoch, incarnation(client_id))
        return self.hear(beat_of(client_id), replace(plain, **changes))

    def link_down(self) -> list[e.Effect]:
        """Cut the connection."""
        self._filters.clear()
        self._arriving.clear()
        return self.take(e.LinkDown())

    # --- what it is --------------------------------------------------------------------------

    @property
    def seat(self) -> Seat:
        """Its seat in the one session of these tests."""
        return self.client.sessions[SID]

    def stage(self) -> StageName:
        """What it is to that session."""
        return next(n for n, kind in self.seat.stages.items() if type(self.seat.stage) is kind)

    @property
    def shown(self) -> SessionState:
        """The state that its display shows."""
        shown = self.seat.shown
        assert shown is not None
        return shown

    @property
    def notices(self) -> list[e.Notice]:
        """Everything the application was told so far."""
        return told(self.effects)

    # --- the broker --------------------------------------------------------------------------

    def _handle(self, event: e.Input) -> list[e.Effect]:
        effects = self.client.handle(event, self.now, 1.8e9 + self.now)
        self.effects += effects
        for effect in effects:
            self._perform(effect)
        return effects

    def _perform(self, effect: e.Effect) -> None:
        match effect:
            case e.Send():
                self._publish(effect)
            case e.Subscribe():
                self._filters.update(effect.filters)
                for topic, body in self.retained.items():
                    if any(wanted.matches(topic) for wanted in effect.filters):
                        self._arriving.append(e.MessageReceived(topic, body, True))
            case e.Unsubscribe():
                self._filters.difference_update(effect.filters)
            case e.Count():
                self.counted[effect.metric] += effect.amount
            case _:
                pass

    def _publish(self, send: e.Send) -> None:
        if send.topic.kind in self.mute:
            return
        if send.retain:
            self.retained.pop(send.topic, None)
            if send.body is not None:
                self.retained[send.topic] = send.body
        if any(wanted.matches(send.topic) for wanted in self._filters):
            self._arriving.append(e.MessageReceived(send.topic, send.body))


# --- clients at a stage of their life ----------------------------------------------------------


def connected_play(client_id: str = "me") -> Play:
    """Return a client that is connected and in no session."""
    play = Play(client_id)
    play.take(e.LinkUp())
    return play


def hosting(*others: str, **changes: Any) -> Play:
    """Return a host, these others its members."""
    play = connected_play()
    play.take(found(**changes))
    play.wait(0.5)
    assert play.stage() is StageName.HOST
    for other in others:
        play.ask(other, join(other))
    play.wait(0.2)
    return play


def joining() -> Play:
    """Return a client that has asked for a seat and has no answer."""
    play = connected_play()
    play.take(e.Enter(SID, "me", "mine"))
    return play


def seated(*others: str, **changes: Any) -> SessionState:
    """Return a state in which "me" has the seat it asked for; the first other is its host."""
    clients = (*others, "me") if others else ("host", "me")
    made = state(*clients)
    mine = replace(made.members["me"], applied=Applied("n_me", 1), resume_hash="x")
    return replace(made.with_member("me", mine), **changes)


def being_member(*others: str, **changes: Any) -> Play:
    """Return a member of a session that somebody else hosts."""
    play = joining()
    given = seated(*others, **changes)
    play.retained[STATE] = given
    play.hear(STATE, given)
    assert play.stage() is StageName.MEMBER
    return play


def observing(*members: str, **changes: Any) -> Play:
    """Return an onlooker that shows a session with a live host."""
    play = connected_play()
    given = state(*(members or ("host", "a")), **changes)
    play.retained[STATE] = given
    play.take(e.Observe(SID))
    play.hear(HEARTBEAT, heartbeat(given))
    return play


def listing(*members: str, **changes: Any) -> Play:
    """Return a client whose list shows one live session."""
    play = connected_play()
    given = state(*(members or ("host", "a")), **changes)
    play.retained[STATE] = given
    play.take(e.Browse())
    play.hear(HEARTBEAT, heartbeat(given))
    return play


def founding() -> Play:
    """Return a creator that waits for the host of what stands on its topic."""
    play = connected_play()
    play.retained[STATE] = state("old", session_uid="older")
    play.take(found())
    assert play.stage() is StageName.FOUNDING
    return play


def succeeding(**changes: Any) -> Play:
    """Return a member in line for the place of a host whose lease has ended."""
    changes = {"on_host_loss": "migrate", **changes}
    play = being_member("host", "a", "b", "c", **changes)
    for _ in range(400):
        play.wait(0.05)
        if play.stage() is StageName.SUCCESSOR:
            return play
        if play.now > NOW + 2 * LEASE:
            break
    raise AssertionError("the host was never judged lost")
