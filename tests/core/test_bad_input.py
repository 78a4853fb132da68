"""Bad input: whatever a peer writes, an instance neither falls nor shows a wrong number.

Every instance here is the real machine at a stage of its life, fed through the codec as the
runner feeds it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.codec import encode
from headcount.core.lifecycle import Phase
from headcount.core.seat import StageName
from headcount.core.state import Applied, Incarnation, Removal, SessionState
from headcount.core.topics import Kind, Topic
from tests.core import builders as b
from tests.core.builders import SID, Play

STAGES: dict[str, Callable[[], Play]] = {
    "host": lambda: b.hosting("a", "b"),
    "member": lambda: b.being_member("host", "a"),
    "joining": b.joining,
    "founding": b.founding,
    "successor": b.succeeding,
    "observer": lambda: b.observing("host", "a"),
    "directory": lambda: b.listing("host", "a"),
}
SHOWING = ["host", "member", "observer", "directory"]
every_stage = pytest.mark.parametrize("stage", STAGES)
every_display = pytest.mark.parametrize("stage", SHOWING)
quick = settings(
    database=None,
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


def count(play: Play) -> list[int]:
    """Return the numbers that the display shows: in the session, in the list."""
    seat = play.client.sessions.get(SID)
    shown = [] if seat is None or seat.shown is None else [seat.shown.count]
    lists = [n for n in play.notices if isinstance(n, e.SessionsListed)]
    return shown + [each.count for each in (lists[-1].sessions if lists else ())]


def reads(play: Play) -> SessionState:
    """Return the state that an instance at any stage would be attacked with."""
    seat = play.client.sessions.get(SID)
    if seat is not None and seat.reader.state is not None:
        return seat.reader.state
    kept = play.retained.get(b.STATE)
    return kept if isinstance(kept, SessionState) else b.state("host", "a")


def alive(play: Play) -> None:
    """See that an instance still runs: time goes on, and every deadline is served."""
    play.wait(1.0)


# --- bytes ---------------------------------------------------------------------------------------

TOPICS = st.sampled_from(
    [
        f"session_state/{SID}",
        f"session_discovery/{SID}",
        f"session_heartbeat/{SID}",
        f"session_request/{SID}",
        f"session_reply/{SID}/me",
        f"session_beat/{SID}/a",
        "session_presence/me",
        "session_presence/host",
        f"session_message/{SID}/a",
        "session_probe",
    ]
)
ANY_TOPIC = st.one_of(TOPICS, st.text(max_size=80))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner),
    max_leaves=12,
)
PAYLOADS = st.one_of(
    st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode("utf-8", "replace"))
)


@every_stage
@quick
@given(arriving=st.lists(st.tuples(ANY_TOPIC, PAYLOADS, st.booleans()), min_size=1, max_size=15))
def test_arbitrary_bytes_are_counted_and_change_nothing(
    stage: str, arriving: list[tuple[str, bytes, bool]]
) -> None:
    """Issue "Bad input": whatever arrives is malformed, counted, and shown nowhere."""
    play = STAGES[stage]()
    before, malformed = count(play), play.counted["malformed"]
    for topic, payload, retained in arriving:
        play.hear_bytes(topic, payload, retained=retained)
    assert count(play) == before
    empties = sum(not payload for _, payload, _ in arriving)
    assert play.counted["malformed"] >= malformed + len(arriving) - empties
    alive(play)


# --- valid messages with one thing changed -------------------------------------------------------

ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.0,
    2**53 - 1,
    2**53,
    10**18,
    10**400,
    "",
    " ",
    "a/b",
    "+",
    "#",
    "a\n",
    "me",
    "host",
    "x" * 64,
    "x" * 65,
    "x" * 300,
    "\u0000",
    "closed",
    "started",
    [],
    {},
    [None],
    {"": None},
    {"me": None},
    [[[[]]]],
]
ODD_VALUES = st.sampled_from(ODD) | JSON.filter(lambda v: v == v)


def attacks(of: SessionState) -> list[tuple[Topic, m.Body]]:
    """Return a valid message of every kind, made to fit a session."""
    host, a = of.host_client_id, next((c for c in of.members if c != "me"), "a")
    asks: list[m.AnyAsk] = [
        m.Join("new", "s", "red"),
        m.Leave(),
        m.Ready(True),
        m.Role("red"),
        m.Patch([m.Change("properties.x", None, 1, old_absent=True)]),
        m.Patch([m.Change("num_players_max", of.num_players_max, 3)]),
        m.Start(1.0),
        m.Kick(a),
        m.Look(),
    ]
    here = b.incarnation(a)
    uid, epoch = of.session_uid, of.epoch
    return [
        (b.STATE, replace(of, version=of.version + 1)),
        (b.STATE, replace(of, version=of.version + 1, properties={"x": [1]})),
        (b.CARD, m.Card(SID, uid, "Model", host, 1, 4)),
        (b.HEARTBEAT, b.heartbeat(of)),
        *[(b.REQUEST, m.Request(a, here, 9, ask, uid, epoch)) for ask in asks],
        (b.REQUEST, m.Request("new", b.incarnation("new"), 1, m.Join("new", "s"))),
        (b.reply_to("me"), m.Reply(uid, "n_me", 1, m.Code.ACCEPTED, epoch, of.version)),
        (b.reply_to("me"), m.Reply(uid, "n_me", 0, m.Code.NOT_MEMBER, epoch)),
        (b.beat_of(a), m.Beat(uid, epoch, here)),
        (b.presence_of(a), m.Presence("death", here)),
        (b.presence_of(host), m.Presence("birth", of.incarnation)),
        (Topic(Kind.MESSAGE, SID, a), m.AppMessage(uid, here.nonce, 3, {"x": 1})),
        (b.PROBE, m.Probe("x")),
    ]


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every place in a piece of JSON."""
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    else:
        return [way]
    return [way] + [found for key, inner in steps for found in places(inner, (*way, key))]


def mutated(body: m.Body, where: int, value: Any) -> bytes:
    """Return a message's JSON with the value at one of its places replaced."""
    plain = json.loads(encode(body))
    ways = [way for way in places(plain) if way]
    *way, last = ways[where % len(ways)]
    inner = plain
    for step in way:
        inner = inner[step]
    inner[last] = value
    return json.dumps(plain).encode("utf-8", "replace")


@every_stage
@quick
@given(
    hits=st.lists(
        st.tuples(st.integers(0, 999), st.integers(0, 999), ODD_VALUES, st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_a_message_with_one_value_changed_never_raises(
    stage: str, hits: list[tuple[int, int, Any, bool]]
) -> None:
    """Valid or not: the machine takes it, serves its deadlines, and counts what is malformed."""
    play = STAGES[stage]()
    for which, where, value, retained in hits:
        choice = attacks(reads(play))
        topic, body = choice[which % len(choice)]
        play.hear_bytes(topic.text(), mutated(body, where, value), retained=retained)
        play.wait(0.3)
    alive(play)


@every_stage
def test_every_message_with_every_value_changed_never_raises(stage: str) -> None:
    """The same without chance: each place of each message takes each odd value."""
    rng = random.Random(stage)
    play = STAGES[stage]()
    for topic, body in attacks(reads(play)):
        for where in range(sum(1 for way in places(json.loads(encode(body))) if way)):
            for value in rng.sample(ODD, 6):
                play.hear_bytes(topic.text(), mutated(body, where, value))
    assert play.counted["malformed"] > 100
    alive(play)


# --- forgeries -----------------------------------------------------------------------------------


def forged(of: SessionState) -> dict[str, tuple[Topic, m.Body | None]]:
    """Return what somebody writes who is not in the session and lies."""
    evil = b.incarnation("evil")
    over = {"phase": Phase.CLOSED, "closed_reason": "closed", "epoch": of.epoch + 1}
    by_evil = {"host_client_id": "evil", "incarnation": evil}
    with_evil = of.with_member("evil", b.member("evil", 99))
    claim = replace(with_evil, **by_evil, epoch=of.epoch + 1)
    beat = b.heartbeat(of)
    uid, epoch, far = of.session_uid, of.epoch, 2**53 - 1
    reply = m.Reply(uid, "n_evil", 1, m.Code.KICKED, epoch)
    return {
        "a claim by a stranger": (b.STATE, replace(claim, version=of.version + 1)),
        "a closing by a stranger": (
            b.STATE,
            replace(of, version=of.version + 1, **over, **by_evil),
        ),
        "a claim of a far epoch": (b.STATE, replace(claim, version=of.version + 1, epoch=far)),
        "an old claim of a far epoch": (b.STATE, replace(claim, epoch=far)),
        "an old claim": (b.STATE, claim),
        "an old version": (b.STATE, replace(with_evil, version=max(0, of.version - 1))),
        "an old epoch": (b.STATE, replace(with_evil, epoch=max(0, epoch - 1), version=99)),
        "a far version": (b.STATE, replace(with_evil, version=far)),
        "another session": (b.STATE, replace(with_evil, session_uid="evil")),
        "another session, closed": (b.STATE, replace(with_evil, session_uid="evil", **over)),
        "an emptied topic": (b.STATE, None),
        "an emptied card": (b.CARD, None),
        "a card": (b.CARD, m.Card(SID, "evil", "Evil", "evil", 1, 2)),
        "a heartbeat of a stranger": (b.HEARTBEAT, replace(beat, host="evil", incarnation=evil)),
        "a later heartbeat of a stranger": (
            b.HEARTBEAT,
            replace(beat, host="evil", incarnation=evil, epoch=epoch + 1, version=far),
        ),
        "a heartbeat of a far epoch": (
            b.HEARTBEAT,
            replace(beat, host="evil", incarnation=evil, epoch=far),
        ),
        "an old heartbeat": (b.HEARTBEAT, replace(beat, epoch=0, version=0)),
        "a heartbeat that counts wrong": (b.HEARTBEAT, replace(beat, count=99)),
        "a beat of a stranger": (b.beat_of("evil"), m.Beat(uid, epoch, evil)),
        "a later beat of a stranger": (b.beat_of("evil"), m.Beat(uid, epoch + 1, evil)),
        "a beat of another session": (b.beat_of("evil"), m.Beat("evil", epoch, evil)),
        "a stranger's death": (b.presence_of("evil"), m.Presence("death", evil)),
        "a member's death by another process": (b.presence_of("a"), m.Presence("death", evil)),
        "the host's death by another process": (
            b.presence_of(of.host_client_id),
            m.Presence("death", evil),
        ),
        "one's own death": (b.presence_of("me"), m.Presence("death", Incarnation("n_me", 1))),
        "one's own birth by another": (b.presence_of("me"), m.Presence("birth", evil, far)),
        "a reply to another": (b.reply_to("me"), reply),
        "a reply nobody asked for": (b.reply_to("me"), replace(reply, nonce="n_me", request=77)),
        "a kick by a stranger": (b.REQUEST, m.Request("evil", evil, 1, m.Kick("a"), uid, epoch)),
        "a kick in the host's name": (
            b.REQUEST,
            m.Request(of.host_client_id, evil, 1, m.Kick("a"), uid, epoch),
        ),
        "a kick with the host's nonce": (
            b.REQUEST,
            m.Request(of.host_client_id, of.incarnation, 10**9, m.Kick("a"), uid, epoch),
        ),
        "a leave in a member's name": (b.REQUEST, m.Request("a", evil, 1, m.Leave(), uid, epoch)),
        "a stolen seat": (b.REQUEST, m.Request("a", evil, 1, m.Join("a", "guess"), uid, epoch)),
        "the host's seat": (
            b.REQUEST,
            m.Request(of.host_client_id, evil, 1, m.Join("evil", "guess"), uid, epoch),
        ),
        "a later request of a stranger": (
            b.REQUEST,
            m.Request("evil", evil, 1, m.Leave(), uid, epoch + 5),
        ),
        "a stranger's message": (Topic(Kind.MESSAGE, SID, "evil"), m.AppMessage(uid, "n", 1, "!")),
        "a probe": (b.PROBE, m.Probe("evil")),
    }


FORGERIES = list(forged(b.state("host", "a")))


@every_display
@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("retained", [False, True], ids=["live", "retained"])
def test_a_forgery_changes_no_number(stage: str, name: str, retained: bool) -> None:
    """R13: the display shows the same count at once, and while its host and members live."""
    play = STAGES[stage]()
    before, real = count(play), reads(play)
    assert before != []
    topic, body = forged(real)[name]
    play.hear_bytes(topic.text(), encode(body), retained=retained)
    assert count(play) == before
    for _ in range(4):
        for other in real.members:
            if stage == "host" and other != "me":
                play.beat(other)
        if stage != "host":
            play.hear(b.HEARTBEAT, b.heartbeat(real, seq=2))
        play.wait(2.0)
        assert count(play) == before
    if play.client.sessions:
        assert (
            play.stage()
            is {
                "host": StageName.HOST,
                "member": StageName.MEMBER,
                "observer": StageName.OBSERVER,
            }[stage]
        )


@every_display
def test_all_forgeries_together_change_no_number(stage: str) -> None:
    """A stranger who writes everything he can think of, in any order, twice."""
    play = STAGES[stage]()
    before, real = count(play), reads(play)
    rng = random.Random(5)
    for _ in range(2):
        names = FORGERIES.copy()
        rng.shuffle(names)
        for name in names:
            topic, body = forged(real)[name]
            play.hear_bytes(topic.text(), encode(body))
            if stage == "host":
                play.beat("a")
                play.beat("b")
            else:
                play.hear(b.HEARTBEAT, b.heartbeat(real, seq=2))
            play.wait(0.1)
            assert count(play) == before, name


# --- floods --------------------------------------------------------------------------------------


def test_a_host_seats_no_more_than_there_are_seats() -> None:
    """Invariant 5: 300 newcomers, 250 seats, and the state can still be read."""
    play = b.hosting(num_players_max=None)
    for number in range(300):
        play.ask(f"c{number}", b.join(f"c{number}"))
    play.wait(1.5)
    assert play.shown.count == 250
    codes = [s.body.code for s in b.sent(play.effects, Kind.REPLY) if isinstance(s.body, m.Reply)]
    assert codes.count(m.Code.FULL) == 51
    assert codes.count(m.Code.ACCEPTED) == 249


def test_coming_and_going_fills_nothing_up() -> None:
    """A thousand who join and leave: the memory of the departed stays bounded."""
    play = b.hosting("a")
    play.command(m.Kick("a"))
    for number in range(1000):
        play.ask(f"c{number}", b.join(f"c{number}"))
        play.ask(f"c{number}", m.Leave(), 2)
    play.wait(2.0)
    assert play.shown.count == 1
    assert len(play.shown.removed) == 256
    assert play.shown.removed["a"] == Removal("kicked", play.shown.removed["a"].applied)


def test_a_host_answers_a_flood_of_beats_once_an_interval() -> None:
    """R8: a stranger that beats a hundred times is told once that it is no member."""
    play = b.hosting()
    effects = [x for _ in range(100) for x in play.beat("evil")]
    assert len(b.sent(effects, Kind.REPLY)) == 1


def test_requests_that_jump_are_decided_and_repetitions_are_not() -> None:
    """Numbers only have to grow: 7, 2^52, and an old one that is void."""
    play = b.hosting("a")
    play.ask("a", m.Ready(True), 7)
    play.ask("a", m.Ready(False), 2**52)
    play.ask("a", m.Ready(True), 8)
    play.wait(0.2)
    assert play.shown.members["a"].ready is False
    assert play.shown.version == 4


@pytest.mark.parametrize("outcome", ["WEIRD", "", "x" * 1000, "noted", "accepted"])
def test_a_note_with_an_unknown_outcome_is_a_refusal(outcome: str) -> None:
    """A newer host may note what we do not know; its reader must not fall over it."""
    play = b.being_member("host", "a")
    play.command(m.Ready(True), ref=5)
    mine = play.shown.members["me"]
    noted = replace(mine, applied=Applied("n_me", 2, outcome))
    told = b.told(play.hear(b.STATE, replace(play.shown.with_member("me", noted), version=6)))
    refusals = [notice for notice in told if isinstance(notice, e.Refused)]
    assert [(r.code, r.ref) for r in refusals] == [(m.Code.BAD_INPUT, 5)]


def test_a_repeated_request_whose_note_is_unknown_is_answered() -> None:
    """The same at a successor that has inherited the note."""
    play = b.being_member("host", "a", on_host_loss="migrate")
    a = replace(play.shown.members["a"], applied=Applied("n_a", 3, "WEIRD"))
    handed = replace(
        play.shown.without_member("host", Removal("left")).with_member("a", a),
        host_client_id="me",
        incarnation=b.incarnation("me"),
        epoch=2,
        version=6,
    )
    play.hear(b.STATE, handed)
    assert play.stage() is StageName.HOST
    play.wait(0.1)
    replies = b.sent(play.ask("a", m.Ready(True), 3), Kind.REPLY)
    assert [r.body.code for r in replies if isinstance(r.body, m.Reply)] == [m.Code.BAD_INPUT]


@pytest.mark.parametrize("seconds", [0, 1e-9, 0.009])
def test_a_hostile_heartbeat_interval_stops_nobodys_clock(seconds: float) -> None:
    """A state that would make every member beat without end is malformed."""
    play = b.joining()
    given_state = b.seated("host", "a")
    payload = json.loads(encode(given_state))
    payload["timers"] = {"heartbeat": seconds}
    play.hear_bytes(f"session_state/{SID}", json.dumps(payload).encode())
    assert play.counted["malformed"] == 1
    assert play.stage() is StageName.JOINING


@pytest.mark.parametrize(
    "timers",
    [
        {"heartbeat": 0.01, "lease": 0},
        {"lease": 0},
        {"lease": 0, "grace_lobby": 0, "grace_started": 0, "link_timeout": 0},
        {"heartbeat": 86_400, "lease": 86_400},
        {"lease": 0, "heartbeat": 86_400},
    ],
)
@pytest.mark.parametrize("policy", ["close", "migrate"])
@every_stage
def test_odd_times_stop_no_clock(stage: str, policy: str, timers: dict[str, float]) -> None:
    """Whatever times a state names, every deadline is served and time goes on."""
    play = STAGES[stage]()
    odd = replace(reads(play), version=99, on_host_loss=policy)
    payload = json.loads(encode(odd))
    payload["timers"] = timers
    play.hear_bytes(f"session_state/{SID}", json.dumps(payload).encode())
    for _ in range(3):
        play.hear(b.HEARTBEAT, b.heartbeat(odd))
        play.wait(0.5)
    play.link_down()
    play.wait(1.0)
    play.take(e.LinkUp())
    play.wait(8.0)
