"""Bytes to messages and back."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from headcount.core import messages as m
from headcount.core.codec import MAX_BYTES, MAX_DEPTH, decode, encode
from headcount.core.events import Malformed, MessageReceived
from headcount.core.lifecycle import Phase
from headcount.core.state import MAX_STATE_BYTES, Applied, Removal, SessionState
from headcount.core.topics import Kind, Topic, parse
from tests.core.builders import SID, incarnation, member, request, state

HERE = incarnation("c")
RICH = state(
    "host",
    "a",
    members={
        "host": member("host", 1, role="red", ready=True),
        "a": member("a", 2, status="away", resume_hash="ab", applied=Applied("n_a", 3, "FULL")),
    },
    properties={"round": 3, "näme": ["é", None, True, 1.5], "": {}, "a.b/c #": {"deep": [[]]}},
    removed={"b": Removal("kicked", Applied("n_b", 1)), "c": Removal("silent")},
    on_host_loss="migrate",
    auto_start=True,
    num_players_max=None,
)
ASKS: list[m.AnyAsk] = [
    m.Join("Zoé", "secret"),
    m.Join("Zoé", "secret", "red"),
    m.Leave(),
    m.Ready(True),
    m.Role("red"),
    m.Role(None),
    m.Patch([m.Change("properties.x", None, 1, old_absent=True), m.Change("model_name", "a", "b")]),
    m.Start(),
    m.Start(3.5),
    m.Cancel(),
    m.Close(),
    m.Kick("a"),
    m.Look(),
]
MESSAGES: list[tuple[str, m.Body]] = [
    ("session_state/demo", state()),
    ("session_state/demo", RICH),
    ("session_discovery/demo", m.Card(SID, "u", "Model", "host", 1, None)),
    ("session_discovery/demo", m.Card(SID, "u", "Model", "host", 1, 4)),
    ("session_heartbeat/demo", m.Heartbeat("u", 1, "host", HERE, 5, 2, Phase.OPEN, 7, 3)),
    *[("session_request/demo", request("c", ask, uid="u", epoch=2)) for ask in ASKS],
    ("session_request/demo", request("c", m.Leave())),
    ("session_reply/demo/c", m.Reply("u", "n", 1, m.Code.ACCEPTED, 1, 6)),
    ("session_reply/demo/c", m.Reply("u", "n", 1, m.Code.CONFLICT, 1, 0, "moved", {"x": None})),
    ("session_beat/demo/c", m.Beat("u", 1, HERE)),
    ("session_presence/c", m.Presence("birth", HERE, 4)),
    ("session_presence/c", m.Presence("death", HERE)),
    ("session_message/demo/c", m.AppMessage("u", "n", 1, {"any": [1, "thing", None]})),
    ("session_probe", m.Probe("c")),
]
IDS = [f"{topic.split('/')[0]}-{number}" for number, (topic, _) in enumerate(MESSAGES)]
EVERY = pytest.mark.parametrize(("topic", "body"), MESSAGES, ids=IDS)


def read(topic: str, payload: bytes, **more: Any) -> Any:
    """Return the body read, or fail with the reason why there is none."""
    message = decode(topic, payload, **more)
    assert isinstance(message, MessageReceived), message
    return message.body


def why(topic: str, payload: bytes | str) -> str:
    """Return why bytes are malformed; fail if they are not."""
    message = decode(topic, payload.encode() if isinstance(payload, str) else payload)
    assert isinstance(message, Malformed), message
    assert message.topic == topic
    return message.why


def changed(body: m.Body, **fields: Any) -> bytes:
    """Return the JSON of a message with fields put in; a dot leads into an inner object."""
    plain = json.loads(encode(body))
    for path, value in fields.items():
        *way, last = path.split("__")
        inner = plain
        for step in way:
            inner = inner[step]
        inner[last] = value
    return json.dumps(plain).encode()


# --- what is right -------------------------------------------------------------------------------


def test_every_kind_and_every_ask_is_among_the_messages() -> None:
    """A new kind of message needs its row here."""
    kinds = {parse(topic) for topic, _ in MESSAGES}
    assert {topic.kind for topic in kinds if topic is not None} == set(Kind)
    asked = {type(body.ask) for _, body in MESSAGES if isinstance(body, m.Request)}
    assert asked == set(m.Ask.__subclasses__())


@EVERY
def test_a_message_is_read_as_it_was_written(topic: str, body: m.Body) -> None:
    """Encoding and decoding gives the same message, the same bytes again, the same topic."""
    payload = encode(body)
    assert decode(topic, payload) == MessageReceived(Topic(*parse(topic) or ()), body, False)
    assert encode(read(topic, payload)) == payload


@EVERY
def test_every_prefix_of_a_message_is_malformed(topic: str, body: m.Body) -> None:
    """A message that was cut off anywhere is told from a whole one, and never raises."""
    payload = encode(body)
    for end in range(1, len(payload)):
        assert isinstance(decode(topic, payload[:end]), Malformed), payload[:end]


@EVERY
def test_a_message_on_the_topic_of_another_kind_never_raises(topic: str, body: m.Body) -> None:
    """Whatever is published where, the answer is a value."""
    for other, _ in MESSAGES:
        assert isinstance(decode(other, encode(body)), Malformed | MessageReceived)


GOLDEN: list[tuple[str, m.Body, str]] = [
    (
        "session_discovery/demo",
        m.Card(SID, "u", "Model", "host", 1, None),
        '{"session_id":"demo","session_uid":"u","model_name":"Model","host_client_id":"host",'
        '"num_players_min":1,"num_players_max":null}',
    ),
    (
        "session_heartbeat/demo",
        m.Heartbeat("u", 1, "host", HERE, 5, 2, Phase.OPEN, 7),
        '{"uid":"u","epoch":1,"host":"host","incarnation":{"nonce":"n_c","counter":1},'
        '"version":5,"count":2,"phase":"open","seq":7,"age":0}',
    ),
    (
        "session_request/demo",
        request("c", m.Join("Zoé", "s")),
        '{"client_id":"c","incarnation":{"nonce":"n_c","counter":1},"request":1,'
        '"ask":{"kind":"join","name":"Zoé","secret":"s"}}',
    ),
    (
        "session_request/demo",
        request("c", m.Patch([m.Change("properties.x", 1, 2)]), uid="u", epoch=2),
        '{"client_id":"c","incarnation":{"nonce":"n_c","counter":1},"request":1,"ask":{"kind":'
        '"set","changes":[{"path":"properties.x","old":1,"new":2}]},"uid":"u","epoch":2}',
    ),
    (
        "session_reply/demo/c",
        m.Reply("u", "n", 1, m.Code.ACCEPTED, 1, 6),
        '{"uid":"u","nonce":"n","request":1,"code":"ACCEPTED","epoch":1,"version":6}',
    ),
    (
        "session_beat/demo/c",
        m.Beat("u", 1, HERE),
        '{"uid":"u","epoch":1,"incarnation":{"nonce":"n_c","counter":1}}',
    ),
    (
        "session_presence/c",
        m.Presence("birth", HERE, 4),
        '{"kind":"birth","incarnation":{"nonce":"n_c","counter":1},"mark":4}',
    ),
    (
        "session_message/demo/c",
        m.AppMessage("u", "n", 1, {"x": [1]}),
        '{"uid":"u","nonce":"n","seq":1,"payload":{"x":[1]}}',
    ),
    ("session_probe", m.Probe("c"), '{"client_id":"c"}'),
    (
        "session_state/demo",
        state(),
        '{"session_id":"demo","session_uid":"uid1","creator_client_id":"host",'
        '"host_client_id":"host","incarnation":{"nonce":"n_host","counter":1},"epoch":1,'
        '"version":5,"model_name":"Model","created_at":"2027-01-15T08:00:00.000+00:00",'
        '"last_updated":"2027-01-15T08:00:00.000+00:00",'
        '"last_heartbeat":"2027-01-15T08:00:00.000+00:00","members":{"host":{"name":"host",'
        '"joined_at":"2027-01-15T08:00:00.000+00:00","joined_seq":1,'
        '"incarnation":{"nonce":"n_host","counter":1}}},"connected_instances":["host"],'
        '"num_players_min":1,"num_players_max":4,"roles":["red","blue"]}',
    ),
]


@pytest.mark.parametrize(("topic", "body", "text"), GOLDEN, ids=[g[0] for g in GOLDEN])
def test_the_bytes_of_each_kind(topic: str, body: m.Body, text: str) -> None:
    """The wire format stands: a change here breaks instances that are out there."""
    assert encode(body).decode() == text
    assert read(topic, text.encode()) == body


def test_a_state_names_its_fields_as_existing_clients_do() -> None:
    """S9: the names that clients know are on the wire."""
    names = json.loads(encode(replace(state(), phase=Phase.STARTED)))
    assert names["state"] == "started"
    assert {
        "session_id",
        "creator_client_id",
        "model_name",
        "connected_instances",
        "version",
        "last_heartbeat",
        "created_at",
        "last_updated",
        "num_players_min",
        "num_players_max",
    } <= names.keys()


def test_an_empty_payload_clears_what_is_retained_and_nothing_else() -> None:
    """S6: an empty retained payload is the sign of a cleared topic."""
    assert encode(None) == b""
    for topic in ("session_state/demo", "session_discovery/demo"):
        assert read(topic, b"") is None
    assert why("session_heartbeat/demo", b"") == "empty"
    assert why("session_presence/c", b"") == "empty"


@EVERY
def test_only_states_and_cards_are_taken_from_the_brokers_memory(topic: str, body: m.Body) -> None:
    """R11: a heartbeat, a beat or a birth that somebody had retained is no sign of life."""
    message = decode(topic, encode(body), retained=True)
    if topic.startswith(("session_state", "session_discovery")):
        assert isinstance(message, MessageReceived)
        assert message.retained
    else:
        assert message == Malformed(topic, "retained")


def test_a_prefix_is_taken_off() -> None:
    """Below `root` the topics are the same; outside of it there are none."""
    payload = encode(m.Probe("c"))
    assert read("lab/session_probe", payload, root="lab") == m.Probe("c")
    assert decode("session_probe", payload, root="lab") == Malformed(
        "session_probe", "not a topic of this protocol"
    )


# --- unknown fields ------------------------------------------------------------------------------


def test_unknown_fields_of_a_state_are_kept() -> None:
    """Section 3.3: what a newer version wrote is still there when we have rewritten it."""
    payload = changed(state(), added={"by": ["somebody", None]}, unknown={"x": 3})
    body = read("session_state/demo", payload)
    assert body.unknown == {"added": {"by": ["somebody", None]}, "unknown": {"x": 3}}
    later = json.loads(encode(replace(body, version=6)))
    assert later["added"] == {"by": ["somebody", None]}
    assert later["unknown"] == {"x": 3}
    assert later["version"] == 6
    assert read("session_state/demo", encode(body)) == body


@EVERY
def test_unknown_fields_disturb_nobody(topic: str, body: m.Body) -> None:
    """A newer version may say more in every message."""
    more = read(topic, changed(body, something_new=[1]))
    assert (replace(more, unknown={}) if isinstance(more, SessionState) else more) == body


# --- what is wrong -------------------------------------------------------------------------------

BEAT = m.Beat("u", 1, HERE)
NUMBERS = [True, False, 1.0, 0.5, "1", None, [], {}, -1, 10**18, 2**53, 2**64, -(10**30)]
WRONG_IDS: list[Any] = ["", "x" * 65, "a b", "a/b", "a+", "#", "a\n", "\0", "é"]
WRONG_IDS += [None, 1, True, ["a"], {}]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("path", ["epoch", "incarnation__counter"])
def test_a_number_is_a_whole_one_below_two_to_the_53(number: Any, path: str) -> None:
    """Section 3.1: no bool, no float, no text, nothing negative, nothing huge."""
    assert why("session_beat/demo/c", changed(BEAT, **{path: number}))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("path", ["epoch", "version", "seed", "members__host__joined_seq"])
def test_the_numbers_of_a_state_are_such_too(number: Any, path: str) -> None:
    """What orders states can be ordered."""
    assert why("session_state/demo", changed(state(), **{path: number}))


@pytest.mark.parametrize("number", [0, 2**53 - 1])
def test_the_ends_of_the_range_are_inside(number: int) -> None:
    """The smallest and the greatest number."""
    assert read("session_beat/demo/c", changed(BEAT, epoch=number)).epoch == number


@pytest.mark.parametrize("text", WRONG_IDS)
@pytest.mark.parametrize("path", ["uid", "incarnation__nonce"])
def test_an_id_is_made_of_safe_characters(text: Any, path: str) -> None:
    """Section 3.2: ids could stand in a topic."""
    assert why("session_beat/demo/c", changed(BEAT, **{path: text}))


@pytest.mark.parametrize("text", [x for x in WRONG_IDS if isinstance(x, str)])
def test_the_keys_of_members_are_ids_too(text: str) -> None:
    """Nobody sits in a session under a name that no topic can carry."""
    odd = json.loads(encode(state()))
    odd["members"][text] = odd["members"]["host"]
    odd["connected_instances"].append(text)
    assert why("session_state/demo", json.dumps(odd))


def test_64_characters_are_an_id() -> None:
    """The longest id there may be."""
    assert read("session_beat/demo/c", changed(BEAT, uid="x" * 64)).uid == "x" * 64


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("session_id", "other"),
        ("model_name", ""),
        ("model_name", "x" * 65),
        ("model_name", None),
        ("members", []),
        ("members", {}),
        ("members", {"host": None}),
        ("members__host__status", "asleep"),
        ("members__host__ready", 1),
        ("members__host__name", ""),
        ("members__host__role", ""),
        ("members__host__applied", {"nonce": "n"}),
        ("connected_instances", []),
        ("connected_instances", ["host", "host"]),
        ("connected_instances", ["host", "ghost"]),
        ("connected_instances", "host"),
        ("num_players_min", 0),
        ("num_players_min", 5),
        ("num_players_max", 0),
        ("num_players_max", 251),
        ("num_players_max", "4"),
        ("state", "paused"),
        ("state", None),
        ("seed", 2**31),
        ("roles", ["red", ""]),
        ("properties", []),
        ("properties", None),
        ("timers", {"heartbeat": 0}),
        ("timers", {"lease": -1}),
        ("timers", {"lease": "6"}),
        ("timers", {"link_timeout": 1e9}),
        ("removed", {"a": {"why": "bored"}}),
        ("removed", {"a b": {"why": "left"}}),
        ("on_host_loss", "panic"),
        ("countdown", -1),
        ("countdown", 1e9),
        ("host_client_id", "ghost"),
        ("incarnation", None),
        ("created_at", 5),
    ],
)
def test_a_state_that_cannot_be_is_malformed(path: str, value: Any) -> None:
    """Wrong types, wrong sizes and what contradicts itself reach no machine."""
    assert why("session_state/demo", changed(state(), **{path: value}))


def test_the_count_of_a_state_is_that_of_its_members() -> None:
    """Invariant 2: who is away is not counted, and the order is that of joining."""
    two = state("host", "a")
    assert read("session_state/demo", encode(two)).count == 2
    fits = "connected_instances does not fit members"
    assert why("session_state/demo", changed(two, connected_instances=["a", "host"])) == fits
    assert why("session_state/demo", changed(two, members__a__status="away")) == fits


def test_seats_and_roles_are_not_taken_twice() -> None:
    """Invariant 5 holds of every state that is read at all."""
    five = state("host", "a", "b", "c", "d")
    assert why("session_state/demo", encode(five)) == "more members than seats"
    crowd = state(*[f"c{n}" for n in range(251)], num_players_max=None)
    assert why("session_state/demo", encode(crowd)) == "more members than seats"
    full = state(*[f"c{n}" for n in range(250)], num_players_max=None)
    assert read("session_state/demo", encode(full)).count == 250
    roles = {"host": member("host", 1, role="red"), "a": member("a", 2, role="red")}
    assert why("session_state/demo", encode(state(members=roles))) == "one role, two holders"


def test_only_a_closed_session_may_have_lost_its_host() -> None:
    """The one who writes an open session sits in it."""
    gone = state("host", "a", host_client_id="gone")
    assert why("session_state/demo", encode(gone)) == "the host is no member"
    over = replace(gone, phase=Phase.CLOSED, closed_reason="host_lost")
    assert read("session_state/demo", encode(over)) == over


def test_a_card_belongs_to_its_topic() -> None:
    """A card of another session is malformed."""
    card = m.Card("other", "u", "Model", "host", 1, None)
    assert why("session_discovery/demo", encode(card)) == "session_id is not the topic's"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ask__kind", "explode"),
        ("ask__kind", None),
        ("ask", []),
        ("ask", {}),
        ("ask", {"kind": "ready"}),
        ("ask", {"kind": "ready", "ready": 1}),
        ("ask", {"kind": "join", "name": "a"}),
        ("ask", {"kind": "join", "name": "", "secret": "s"}),
        ("ask", {"kind": "join", "name": "x" * 65, "secret": "s"}),
        ("ask", {"kind": "join", "name": "a", "secret": "s" * 129}),
        ("ask", {"kind": "set", "changes": []}),
        ("ask", {"kind": "set", "changes": {}}),
        ("ask", {"kind": "set", "changes": [{"path": ""}]}),
        ("ask", {"kind": "set", "changes": [{"path": "x" * 257}]}),
        ("ask", {"kind": "set", "changes": [{"path": "x", "old_absent": 1}]}),
        ("ask", {"kind": "set", "changes": [{"path": f"properties.{n}"} for n in range(257)]}),
        ("ask", {"kind": "start", "countdown": -1}),
        ("ask", {"kind": "start", "countdown": 86_401}),
        ("ask", {"kind": "start", "countdown": "3"}),
        ("ask", {"kind": "start", "countdown": True}),
        ("ask", {"kind": "kick", "client_id": "a/b"}),
        ("request", -1),
        ("request", 1.0),
        ("client_id", "a b"),
    ],
)
def test_a_request_that_cannot_be_is_malformed(path: str, value: Any) -> None:
    """A host decides only what it can understand."""
    assert why("session_request/demo", changed(request("c", m.Leave()), **{path: value}))


@pytest.mark.parametrize("code", ["WEIRD", "accepted", "", 1, None])
def test_an_answer_has_a_known_code(code: Any) -> None:
    """A code from nowhere is malformed, not an exception."""
    reply = m.Reply("u", "n", 1, m.Code.ACCEPTED, 1)
    assert why("session_reply/demo/c", changed(reply, code=code))


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"true",
        b"{",
        b"}",
        b"{}",
        b" ",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"x" * 1000,
        b"<?xml?>",
        b'{"uid":"u"',
        b'{"uid":"u",}',
        b"{'uid':'u'}",
    ],
)
@EVERY
def test_garbage_is_malformed(topic: str, body: m.Body, payload: bytes) -> None:
    """On every topic alike."""
    assert why(topic, payload)


def app(payload: str | bytes) -> bytes:
    """Return an application message around raw JSON."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return b'{"uid":"u","nonce":"n","seq":1,"payload":' + raw + b"}"


@pytest.mark.parametrize(
    "payload",
    [
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e400",
        b"1" + b"0" * 5000,
        b"0x10",
        b"01",
        b"+1",
        b"nul",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"\\ud800\\u0041"',
        b'"\\udc00"',
        b'"\\x"',
        b'"\n"',
        b'{"\\ud800":1}',
        b"{1:2}",
        b"[1,]",
        b"undefined",
    ],
)
def test_what_json_does_not_know_is_malformed(payload: bytes) -> None:
    """NaN, infinities, invalid UTF-8, halves of a surrogate pair: none of it comes through."""
    assert why("session_message/demo/c", app(payload))


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b'"\\u0000"', "\0"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b"-0", 0),
        (b"1E2", 100.0),
        (b"18446744073709551615", 2**64 - 1),
        pytest.param(b"1" + b"0" * 400, 10**400, id="huge"),
    ],
)
def test_what_json_knows_comes_through_and_can_be_written_again(payload: bytes, value: Any) -> None:
    """Of a repeated key the last one counts, as readers of JSON do."""
    body = read("session_message/demo/c", app(payload))
    assert body.payload == value
    assert read("session_message/demo/c", encode(body)) == body


def test_a_repeated_key_of_ours_is_read_once() -> None:
    """The last one counts, in a state too."""
    twice = encode(state())[:-1] + b',"version":9,"extra":1,"extra":2}'
    body = read("session_state/demo", twice)
    assert (body.version, body.unknown) == (9, {"extra": 2})


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 500, 950, 990, 1_000, 5_000, 30_000, 100_000])
@pytest.mark.parametrize(("opened", "shut"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_malformed_everywhere(levels: int, opened: str, shut: str) -> None:
    """What is too deep to be compared and written again is refused before it is kept."""
    deep = opened * levels + ("0" if shut == "}" else "") + shut * levels
    bodies = [
        ("session_message/demo/c", app(deep)),
        ("session_state/demo", encode(state())[:-1] + f',"properties":{{"p":{deep}}}}}'.encode()),
        ("session_state/demo", encode(state())[:-1] + f',"extra":{deep}}}'.encode()),
        ("session_beat/demo/c", encode(BEAT)[:-1] + f',"extra":{deep}}}'.encode()),
        (
            "session_request/demo",
            encode(request("c", m.Leave())).replace(
                b'{"kind":"leave"}',
                f'{{"kind":"set","changes":[{{"path":"properties.x","old":{deep}}}]}}'.encode(),
            ),
        ),
        (
            "session_reply/demo/c",
            encode(m.Reply("u", "n", 1, m.Code.CONFLICT, 1))[:-1]
            + f',"current":{{"x":{deep}}}}}'.encode(),
        ),
    ]
    for topic, payload in bodies:
        message = decode(topic, payload)
        if isinstance(message, MessageReceived):
            # An unknown field outside of a state is not kept, so that its depth is nobody's.
            assert message.body == BEAT


def test_moderate_nesting_comes_through() -> None:
    """Applications may nest as deep as people do."""
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    body = read("session_message/demo/c", app(deep))
    assert encode(body) == app(deep)


@pytest.mark.parametrize(
    ("topic", "limit"),
    [("session_state/demo", MAX_STATE_BYTES), ("session_message/demo/c", MAX_BYTES)],
)
def test_what_is_too_large_is_not_even_read(topic: str, limit: int) -> None:
    """256 kB for a state, 64 kB for everything else; spaces count."""
    payload = encode(state()) if topic.startswith("session_state") else app("1")
    assert isinstance(decode(topic, payload.ljust(limit)), MessageReceived)
    assert why(topic, payload.ljust(limit + 1)) == "too large"


def test_numbers_of_an_application_stay_what_they_are() -> None:
    """True is not 1 and 1.0 is not 1: a reader sees what was written."""
    payload = app('[true,1,1.0,"1",null]')
    values = read("session_message/demo/c", payload).payload
    assert [type(value) for value in values] == [bool, int, float, str, type(None)]
    assert encode(read("session_message/demo/c", payload)) == payload


def test_nothing_that_was_read_is_infinite() -> None:
    """Times and countdowns can be calculated with."""
    body = read("session_state/demo", changed(state(), timers={"lease": 86_400}, countdown=0))
    times = msgspec.structs.astuple(body.timers)
    assert all(math.isfinite(each) for each in (*times, body.countdown))


def test_an_outcome_that_is_not_known_here_is_a_refusal() -> None:
    """A newer host may have noted a code of which we know nothing."""
    assert m.Code.noted("FULL") is m.Code.FULL
    assert m.Code.noted("WEIRD") is m.Code.BAD_INPUT
    assert m.Code.noted("noted") is m.Code.BAD_INPUT
