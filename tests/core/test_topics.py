"""Topics: built and taken apart."""

from __future__ import annotations

import pytest

from headcount.core.topics import ANY, RETAINED, Kind, Topic, is_id, parse

TOPICS = [
    (Topic(Kind.STATE, "s"), "session_state/s"),
    (Topic(Kind.CARD, "s"), "session_discovery/s"),
    (Topic(Kind.HEARTBEAT, "s"), "session_heartbeat/s"),
    (Topic(Kind.REQUEST, "s"), "session_request/s"),
    (Topic(Kind.REPLY, "s", "c"), "session_reply/s/c"),
    (Topic(Kind.BEAT, "s", "c"), "session_beat/s/c"),
    (Topic(Kind.PRESENCE, None, "c"), "session_presence/c"),
    (Topic(Kind.MESSAGE, "s", "c"), "session_message/s/c"),
    (Topic(Kind.PROBE), "session_probe"),
]
IDS = ["a", "A-b_9", "x" * 64]
NO_IDS = ["", "x" * 65, "a b", "a/b", "a+", "#", "+", "a\n", "\n", "é", "a.b", "a\0", "$SYS", "１"]


def test_every_kind_has_its_row() -> None:
    """The table of the design, section 3.2, is the table of these tests."""
    assert {topic.kind for topic, _ in TOPICS} == set(Kind)


@pytest.mark.parametrize(("topic", "text"), TOPICS)
@pytest.mark.parametrize("root", ["", "lab", "lab/room2"])
def test_a_topic_is_read_as_it_was_written(topic: Topic, text: str, root: str) -> None:
    """Writing a topic and reading it gives the same topic, below any prefix."""
    written = topic.text(root)
    assert written == (f"{root}/{text}" if root else text)
    assert parse(written, root) == topic


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "session_state",
        "session_state/",
        "session_state/s/c",
        "session_beat/s",
        "session_beat/s/c/d",
        "session_presence",
        "session_presence/s/c",
        "session_probe/x",
        "session_probe/",
        "/session_probe",
        "SESSION_STATE/s",
        "demo/session_state",
        "session_state/a b",
        "session_state/+",
        "session_state/#",
        "session_state/s\n",
        "session_state/" + "x" * 65,
        "session_state/\ud800",
        "$SYS/broker",
        "session_state\0/s",
    ],
)
def test_what_is_no_topic_of_ours_is_none(text: str) -> None:
    """A strange topic is nothing, not an error."""
    assert parse(text) is None


@pytest.mark.parametrize("text", ["session_probe", "lab2/session_probe", "labsession_probe", "lab"])
def test_a_topic_outside_the_prefix_is_none(text: str) -> None:
    """What is not below the prefix belongs to somebody else."""
    assert parse(text, "lab") is None


@pytest.mark.parametrize("text", IDS)
def test_ids_are_up_to_64_safe_characters(text: str) -> None:
    """Letters, digits, underscore and dash."""
    assert is_id(text)


@pytest.mark.parametrize("text", NO_IDS)
def test_nothing_else_is_an_id(text: str) -> None:
    """No space, no wildcard, no level, no end of line: NATS drops the connection for less."""
    assert not is_id(text)


@pytest.mark.parametrize(
    ("wanted", "topic", "fits"),
    [
        (Topic(Kind.STATE, ANY), Topic(Kind.STATE, "s"), True),
        (Topic(Kind.STATE, "s"), Topic(Kind.STATE, "s"), True),
        (Topic(Kind.STATE, "t"), Topic(Kind.STATE, "s"), False),
        (Topic(Kind.STATE, ANY), Topic(Kind.CARD, "s"), False),
        (Topic(Kind.BEAT, "s", ANY), Topic(Kind.BEAT, "s", "c"), True),
        (Topic(Kind.BEAT, "t", ANY), Topic(Kind.BEAT, "s", "c"), False),
        (Topic(Kind.PROBE), Topic(Kind.PROBE), True),
    ],
)
def test_a_filter_matches_what_it_asks_for(wanted: Topic, topic: Topic, fits: bool) -> None:
    """`ANY` stands for any one id, and for nothing but an id."""
    assert wanted.matches(topic) is fits


def test_only_states_and_cards_are_retained() -> None:
    """Nothing else is kept by the broker: that is what brought the departed back (S2, S11)."""
    assert {Kind.STATE, Kind.CARD} == RETAINED
