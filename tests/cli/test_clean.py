"""`clean`: what dead sessions left is cleared, and nothing else ever is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from tests.cli.instance import Event, Instance, events, headcount
from tests.engines import Engine
from tests.raw_mqtt import RawClient

OTHERS = ("weather/session_state", "session_state/a/b", "session_state", "other/session_state/x")


def leave_a_dead_session(engine: Engine, session_id: str = "dead") -> None:
    """Let a host die that nobody survives."""
    with Instance.create(engine.url, "Sea", "--id", session_id) as host:
        host.wait_for("accepted")
        host.kill()
        host.wait()


def retained(engine: Engine) -> set[str]:
    """Return all topics on which something is retained."""
    with RawClient(engine.port, "reader") as client:
        client.subscribe("#")
        return {message.topic for message in client.take() if message.payload}


def run_clean(engine: Engine, *options: str) -> list[Event]:
    """Return the events of `headcount clean`."""
    ended = headcount("clean", *options, "--broker", engine.url, "--json")
    assert ended.returncode == 0, ended.stderr
    return events(ended.stdout)


def test_dead_sessions_are_shown_then_cleared(engine: Engine) -> None:
    """`--dry-run` shows each topic of a dead session, `--yes` clears it, twice changes nothing."""
    leave_a_dead_session(engine)
    topics = {"session_state/dead", "session_discovery/dead"}
    assert retained(engine) == topics
    shown = run_clean(engine, "--dry-run")
    assert [list(event) for event in shown] == [
        ["event", "at", "topic", "session_id", "why", "cleared"]
    ] * 2
    assert {event["topic"] for event in shown} == topics
    assert {(e["event"], e["session_id"], e["cleared"]) for e in shown} == {
        ("stale", "dead", False)
    }
    assert retained(engine) == topics
    cleared = run_clean(engine, "--yes")
    assert {(event["topic"], event["cleared"]) for event in cleared} == {
        (topic, True) for topic in topics
    }
    assert retained(engine) == set()
    assert run_clean(engine, "--yes") == []


def test_live_sessions_and_foreign_topics_are_left_alone(engine: Engine) -> None:
    """A session with a live host keeps its topics, and so does whatever is not a session's."""
    leave_a_dead_session(engine)
    with RawClient(engine.port) as client:
        for topic in OTHERS:
            client.publish(topic, b"{}", retain=True)
        client.publish("session_state/garbage", b"\xff", retain=True)
    with Instance.create(engine.url, "Sea", "--id", "live", "--heartbeat", "1.5") as host:
        host.wait_for("accepted")
        cleared = run_clean(engine, "--yes")
        assert {event["session_id"] for event in cleared} == {"dead", "garbage"}
        assert retained(engine) == {*OTHERS, "session_state/live", "session_discovery/live"}
        assert host.ask("ready")["event"] == "accepted"


def test_what_existing_instances_left_is_cleared(mosquitto: Engine) -> None:
    """S22: all of their retained topics, whatever they are called; a session that lives stays."""
    dead = SGDistributedSession("My game", "ana")
    alive = SGDistributedSession("live", "ben")
    left = [
        wire.state(dead),
        wire.discovery(dead, "ana", 1.8e9),
        wire.seed("My game", "ana", 5, True, 1.8e9),
        wire.ready("My game", "ana", 1.8e9),
    ]
    with RawClient(mosquitto.port) as client:
        for message in [*left, wire.state(alive)]:
            client.publish(message.topic, message.payload, retain=True)
        with threaded(client, wire.state(alive)):
            cleared = run_clean(mosquitto, "--yes")
    assert {event["topic"] for event in cleared} == {message.topic for message in left}
    assert {event["why"] for event in cleared} == {"no live instance of SGE"}
    assert retained(mosquitto) == {"live/session_state"}


@contextmanager
def threaded(client: RawClient, message: wire.Publish) -> Iterator[None]:
    """Publish a message every half second for as long as this lasts."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.5):
            client.publish(message.topic, message.payload, retain=True)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_only_topics_below_the_root_are_looked_at(nats: Engine) -> None:
    """With `--root`, what is elsewhere is nobody's business."""
    leave_a_dead_session(nats)
    assert run_clean(nats, "--yes", "--root", "lab/one") == []
    assert len(retained(nats)) == 2


def test_nobody_to_ask_means_wrong_usage(nats: Engine) -> None:
    """Without a terminal, `--yes` or `--dry-run` has to be given; the message says so."""
    leave_a_dead_session(nats)
    ended = headcount("clean", "--broker", nats.url)
    assert ended.returncode == 2
    assert "--yes" in ended.stderr
    assert "--dry-run" in ended.stderr
    assert len(retained(nats)) == 2


def test_people_read_what_was_cleared(nats: Engine) -> None:
    """Without `--json` the topics and the result are told in words."""
    leave_a_dead_session(nats)
    ended = headcount("clean", "--yes", "--broker", nats.url)
    assert "session_state/dead" in ended.stdout
    assert "Cleared 2 of 2." in ended.stdout
    assert "Nothing to clean" in headcount("clean", "--yes", "--broker", nats.url).stdout


@pytest.mark.skipif(os.name == "nt", reason="needs a terminal as POSIX has it")
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["words", "json"])
def test_what_is_asked_about_is_shown_before_the_question(nats: Engine, options: list[str]) -> None:
    """The topics come first, then the question; `n` clears nothing."""
    from tests.cli.terminal import Terminal

    leave_a_dead_session(nats)
    with Terminal("clean", "--broker", nats.url, *options) as terminal:
        terminal.wait_for("[y/N]")
        before = terminal.shown.partition("Clear these")[0]
        assert "session_state/dead" in before
        terminal.enter("n\n")
        assert terminal.wait() == 0
    assert len(retained(nats)) == 2
