"""Topics and payloads of existing instances (protocol "SGE", section 1)."""

from __future__ import annotations

import json

import pytest

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Publish, Word

UTC = 1.8e9


def heard(message: Publish, *, retained: bool = False) -> Heard:
    """Return a message as its reader gets it."""
    read = wire.read(message.topic, message.payload, retained)
    assert read is not None
    return read


def test_every_message_is_read_as_it_was_written() -> None:
    """Word, session, name and fields come back."""
    session = SGDistributedSession("S1", "ana")
    state = heard(wire.state(session))
    assert (state.word, state.session_id) == (Word.STATE, "S1")
    told = wire.state_of(state)
    assert told is not None
    assert told.to_dict() == session.to_dict()
    seed = heard(wire.seed("S1", "ana", 42, True, UTC))
    assert (wire.seed_of(seed), seed.client_id) == (42, "ana")
    ready = heard(wire.ready("S1", "ana", UTC), retained=True)
    assert (ready.word, ready.name, ready.retained) == (Word.READY, "ana", True)
    gone = heard(wire.disconnect("S1", "ana", None, UTC))
    assert (gone.word, gone.name) == (Word.DISCONNECT, "ana")
    found = heard(wire.discovery(session, "ana", UTC))
    assert (found.word, found.session_id) == (Word.DISCOVERY, "S1")
    assert heard(wire.start("S1", "ana", False, UTC)).word is Word.START
    assert heard(wire.clear("S1/session_state")).fields is None


def test_topics_are_those_of_the_facts() -> None:
    """The session's id comes first, but for the discovery."""
    assert wire.topic(Word.DISCOVERY, "S1") == "session_discovery/S1"
    assert wire.topic(Word.STATE, "S1") == "S1/session_state"
    assert wire.topic(Word.READY, "S1", "ana") == "S1/session_instance_ready/ana"
    assert "S1/session_player_reservation/+" in wire.filters("S1")
    assert "session_discovery/S1" in wire.filters("S1")


def test_what_is_kept_is_told() -> None:
    """Retained as theirs are; a start and a goodbye are not."""
    assert wire.seed("S1", "ana", 1, True, UTC).retain
    assert wire.ready("S1", "ana", UTC).retain
    assert not wire.start("S1", "ana", True, UTC).retain
    assert not wire.disconnect("S1", "ana", None, UTC).retain


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("S1/else", b"{}"),
        ("S1", b"{}"),
        ("", b"{}"),
        ("S1/session_state/more", b"{}"),
        ("S1/session_instance_ready", b"{}"),
        ("session_discovery/", b"{}"),
        ("session_discovery/a/b", b"{}"),
        ("S1/session_discovery", b"{}"),
        ("S1/session_state", b"[]"),
        ("S1/session_state", b"\xff"),
        ("S1/session_state", b"[" * 100_000),
        ("S1/session_state", b" " * (wire.MAX_BYTES + 1)),
    ],
)
def test_what_is_none_of_theirs_is_nothing(topic: str, payload: bytes) -> None:
    """Bytes of anybody never raise."""
    assert wire.read(topic, payload, False) is None


@pytest.mark.parametrize("seed", [0, -1, True, 1.5, "7", None, 2**31])
def test_a_seed_that_is_none(seed: object) -> None:
    """A seed of 0 counts as none."""
    message = wire.read("S1/session_seed_sync", json.dumps({"seed": seed}).encode(), False)
    assert message is not None
    assert wire.seed_of(message) is None
    assert message.client_id == ""


def test_a_state_of_another_session_is_none() -> None:
    """The topic and the payload have to agree."""
    payload = wire.state(SGDistributedSession("S2", "ana")).payload
    message = wire.read("S1/session_state", payload, False)
    assert message is not None
    assert wire.state_of(message) is None


def test_what_only_looks_like_theirs_is_not() -> None:
    """A topic may be somebody else's: the payload tells."""
    for topic in ("weather/session_state", "weather/session_seed_sync", "session_discovery/x"):
        message = wire.read(topic, b"{}", True)
        assert message is not None
        assert not wire.is_theirs(message)
    assert wire.is_theirs(heard(wire.state(SGDistributedSession("S1", "ana"))))
    assert wire.is_theirs(heard(wire.seed("S1", "ana", 1, True, UTC)))
