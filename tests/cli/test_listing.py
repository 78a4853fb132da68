"""`list` and `watch`."""

from __future__ import annotations

from urllib.request import urlopen

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from tests.cli.instance import Instance, Predicate, events, headcount
from tests.engines import Engine
from tests.raw_mqtt import RawClient

ROW = [
    *("session_id", "model_name", "state", "count", "num_players_min", "num_players_max"),
    *("joinable", "protocol"),
]


def rows(engine: Engine) -> list[dict[str, object]]:
    """Return what `headcount list` shows."""
    ended = headcount("list", "--broker", engine.url, "--json")
    assert ended.returncode == 0
    [event] = events(ended.stdout)
    assert list(event) == ["event", "at", "sessions"]
    assert event["event"] == "sessions"
    found: list[dict[str, object]] = event["sessions"]
    return found


def test_live_sessions_are_listed_oldest_first(engine: Engine) -> None:
    """The list has the live sessions in the order of their creation, with exactly these fields."""
    assert rows(engine) == []
    with Instance.create(engine.url, "Sea", "--id", "z", "--seats", "1") as first:
        first.wait_for("accepted")
        with Instance.create(engine.url, "Land", "--id", "a", "--seats", "2-") as second:
            second.wait_for("accepted")
            sea, land = rows(engine)
            assert list(sea) == ROW
            assert tuple(sea.values()) == ("z", "Sea", "open", 1, 1, 1, False, "headcount")
            assert (land["session_id"], land["joinable"]) == ("a", True)
            assert land["num_players_max"] is None
            second.send("close")
            second.wait()
        assert [row["session_id"] for row in rows(engine)] == ["z"]


def test_sessions_of_existing_instances_are_listed_too(mosquitto: Engine) -> None:
    """S21: each row says which protocol its session speaks."""
    theirs = SGDistributedSession("My game", "ana", "Forest", 2, 4)
    theirs.add_instance("ben")
    message = wire.state(theirs)
    with (
        RawClient(mosquitto.port) as client,
        Instance.create(mosquitto.url, "Sea", "--id", "sea") as host,
    ):
        host.wait_for("accepted")
        client.publish(message.topic, message.payload, retain=True)
        forest, sea = rows(mosquitto)
        assert list(forest) == ROW
        assert tuple(forest.values()) == ("My game", "Forest", "open", 2, 2, 4, True, "sge")
        assert sea["protocol"] == "headcount"
        with Instance("list", "--watch", "--broker", mosquitto.url) as watcher:
            watcher.wait_for(lambda event: len(event["sessions"]) == 2)
            theirs.close()
            over = wire.state(theirs)
            client.publish(over.topic, over.payload, retain=True)
            watcher.wait_for(lambda event: len(event["sessions"]) == 1)


def test_a_dead_session_is_not_listed(engine: Engine) -> None:
    """What a host that is gone has left on the broker is not in the list."""
    with RawClient(engine.port) as client:
        client.publish("session_state/old", b'{"session_id": "old"}', retain=True)
    with Instance.create(engine.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        host.kill()
        host.wait()
    assert rows(engine) == []


def test_watching_the_list_tells_every_change(engine: Engine) -> None:
    """`--watch` gives the list at first, though empty, and at each change."""
    with Instance("list", "--watch", "--broker", engine.url) as watcher:
        assert watcher.wait_for("sessions")["sessions"] == []
        with Instance.create(engine.url, "Sea", "--id", "sea") as host:
            watcher.wait_for(counts([1]))
            with Instance.join(engine.url, "sea") as member:
                watcher.wait_for(counts([2]))
                before = watcher.mark()
                member.kill()
                watcher.wait_for(counts([1]), after=before)
                before = watcher.mark()
                host.send("leave")
                watcher.wait_for(counts([]), after=before)
        watcher.interrupt()
        assert watcher.wait() == 0
        assert set(watcher.names) == {"sessions"}


def test_a_session_is_watched_without_joining(engine: Engine) -> None:
    """`watch` shows a session's states and messages and its end, and takes no seat."""
    with Instance.create(engine.url, "Sea", "--id", "sea", "--seats", "1-2") as host:
        host.wait_for("accepted")
        with Instance("watch", "sea", "--broker", engine.url) as watcher:
            assert watcher.wait_for("state")["count"] == 1
            with Instance.join(engine.url, "sea") as member:
                member.wait_for("state")
                assert watcher.wait_count(2)["count"] == host.wait_count(2)["count"]
            watcher.wait_count(1)
            host.send("close")
            assert watcher.wait() == 1
            assert watcher.events[-1]["event"] == "closed"
            assert watcher.names[0] == "connected"


def test_watching_ends_with_a_signal_or_without_a_session(nats: Engine) -> None:
    """`watch` ends with 0 on a signal, and with 1 where there is no such session."""
    ended = headcount("watch", "sea", "--broker", nats.url, "--json")
    assert (ended.returncode, events(ended.stdout)[-1]["code"]) == (1, "NOT_FOUND")
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance("watch", "sea", "--broker", nats.url) as watcher:
            watcher.wait_for("state")
            watcher.terminate()
            assert watcher.wait() == 0


def test_the_list_for_people_is_plain_without_a_terminal(nats: Engine) -> None:
    """Without a terminal a session is a line, its parts set apart by tabs."""
    assert "No sessions" in headcount("list", "--broker", nats.url).stdout
    with Instance.create(nats.url, "Sea Zones", "--id", "sea", "--seats", "2-4") as host:
        host.wait_for("accepted")
        shown = headcount("list", "--broker", nats.url).stdout
        assert shown == "sea\t1/2-4\topen\tSea Zones\n"


def test_metrics_are_served(nats: Engine) -> None:
    """`--metrics-port` serves figures for Prometheus; a port that is taken ends with 4."""
    with Instance("list", "--watch", "--metrics-port", "0", "--broker", nats.url) as watcher:
        watcher.wait_for("sessions")
        url = watcher.wait_until_said("Metrics: ").split()[-1]
        with urlopen(url, timeout=10) as answer:
            assert b"headcount_link_up 1.0" in answer.read()
        port = url.split(":")[2].split("/")[0]
        taken = headcount("list", "--watch", "--metrics-port", port, "--broker", nats.url)
        assert taken.returncode == 4
        assert port in taken.stderr


def counts(wanted: list[int]) -> Predicate:
    """Return what tells an event in which the sessions have these counts."""
    return lambda event: [row["count"] for row in event.get("sessions", [None])] == wanted


def test_a_list_that_nobody_can_know_ends(nats: Engine) -> None:
    """Without a connection for the time-out it shows nothing any more, and says why."""
    options = ["--broker", nats.url, "--link-timeout", "1"]
    with Instance("list", "--watch", *options) as watcher:
        watcher.wait_for("sessions")
        nats.kill()
        watcher.wait_until_said("the list may be old")
        assert watcher.wait() == 3
