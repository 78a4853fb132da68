"""`create` and `join`: real processes on real brokers, held to the contract."""

from __future__ import annotations

import os
import time

import pytest

from headcount.cli.playing import parse_seats
from headcount.errors import BadInputError
from tests.cli.instance import Instance, events, headcount, names
from tests.engines import Engine

STATE = [
    *("event", "at", "session_id", "model_name", "state", "count", "connected_instances"),
    *("num_players_min", "num_players_max", "version", "epoch", "host_client_id", "seed"),
    *("roles", "properties", "members"),
]


def test_events_come_with_the_fields_and_in_the_order_of_the_contract(engine: Engine) -> None:
    """`connected`, `accepted`, then states; each with exactly its fields."""
    options = ["--id", "sea", "--seats", "2-4", "--roles", "Fisher,The Mayor", "--seed", "7"]
    with Instance.create(engine.url, "Sea Zones", *options, "--name", "Ana") as host:
        state = host.wait_for("state")
        connected, accepted, *_ = host.events
        assert list(connected) == ["event", "at", "client_id", "broker"]
        assert connected["broker"] == engine.url
        assert list(accepted) == ["event", "at", "request", "version"]
        assert accepted["request"] == "create"
        assert host.names[:3] == ["connected", "accepted", "state"]
        assert list(state) == STATE
        assert (state["session_id"], state["model_name"]) == ("sea", "Sea Zones")
        assert (state["state"], state["count"], state["seed"]) == ("open", 1, 7)
        assert (state["num_players_min"], state["num_players_max"]) == (2, 4)
        assert state["roles"] == ["Fisher", "The Mayor"]
        assert state["properties"] == {}
        assert state["version"] >= accepted["version"]
        assert state["host_client_id"] == connected["client_id"] == host.client_id
        member = state["members"][host.client_id]
        assert list(member) == ["name", "role", "ready", "status", "joined_at"]
        assert member == {**member, "name": "Ana", "role": None, "ready": False}
        assert member["status"] == "connected"
        assert [event["at"] for event in host.events] == sorted(e["at"] for e in host.events)
        assert not host.foreign


def test_everybody_shows_the_same_number_through_a_join_and_a_leave(engine: Engine) -> None:
    """A join and a leave are seen by all, and who left does not come back (S8, S25)."""
    with Instance.create(engine.url, "Sea", "--id", "sea", "--seats", "2-4") as one:
        one.wait_for("state")
        with (
            Instance.join(engine.url, "sea") as two,
            Instance.join(engine.url, "sea", "--name", "Chloé ✓") as three,
        ):
            for each in (one, two, three):
                state = each.wait_count(3)
                assert state["count"] == len(state["connected_instances"])
            assert "Chloé ✓" in [member["name"] for member in one.state["members"].values()]
            two.send("leave")
            assert two.wait() == 0
            assert two.events[-1] == {**two.events[-1], "event": "closed", "reason": "left"}
            one.wait_count(2)
            three.wait_count(2)
            with Instance.join(engine.url, "sea") as four:
                assert four.wait_for("state")["count"] == 3
                one.wait_count(3)


def test_commands_are_answered_by_their_word(engine: Engine) -> None:
    """Each command is accepted or refused under the word that was typed."""
    roles = ["--roles", "Fisher,The Mayor"]
    with Instance.create(engine.url, "Sea", "--id", "sea", "--seats", "1-4", *roles) as host:
        host.wait_for("accepted")
        with Instance.join(engine.url, "sea", "--role", "The Mayor") as member:
            assert member.wait_for("accepted")["request"] == "join"
            own = member.client_id
            for line in ("ready", "unready", "role Fisher", "release", 'set map={"a": [1, null]}'):
                assert member.ask(line)["event"] == "accepted", line
            member.wait_until(lambda: member.state["properties"] == {"map": {"a": [1, None]}})
            assert member.state["members"][own]["role"] is None
            assert member.ask("role The Mayor")["event"] == "accepted"
            taken = host.ask("role The Mayor")
            assert list(taken) == ["event", "at", "request", "code", "message"]
            assert taken["code"] == "ROLE_TAKEN"
            assert host.ask("role Pirate")["code"] == "ROLE_UNKNOWN"
            for line in ("kick x", "start", "cancel", "close"):
                assert member.ask(line)["code"] == "NOT_ALLOWED", line
            for line in ("dance", "set map", "start soon", "ready now", "kick a b"):
                assert member.ask(line)["code"] == "BAD_INPUT", line
            assert member.ask("set big=" + f'"{"x" * 17_000}"')["code"] == "BAD_INPUT"
            # Nothing is told twice.
            answers = [e["request"] for e in member.events if e["event"] == "refused"]
            assert len(answers) == 10
            assert host.ask(f"kick {own}")["event"] == "accepted"
            assert member.wait() == 1
            assert member.events[-1]["reason"] == "kicked"
            again = headcount("join", "sea", "--client-id", own, "--broker", engine.url, "--json")
            assert again.returncode == 1
            assert events(again.stdout)[-1]["code"] == "KICKED"


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_leaving_waits_for_no_answer(nats: Engine) -> None:
    """`leave` takes effect at once, also while the host owes an answer to what came before."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance.join(nats.url, "sea") as member:
            member.wait_for("state")
            host.stop()
            asked = time.monotonic()
            member.send("ready", "leave")
            assert member.wait_for("closed")["at"] - asked < 4, member.story
            assert member.events[-1]["reason"] == "left"
            assert member.wait() == 0
            assert member.names[-2:] == ["state", "closed"], member.story


def test_what_was_typed_before_leaving_is_answered_in_order(nats: Engine) -> None:
    """A script that ends with `leave` is done from its first line to its last."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance.join(nats.url, "sea") as member:
            member.wait_for("state")
            before = member.mark()
            member.send(*(f"set n={n}" for n in range(30)), "leave")
            assert member.wait() == 0
            answers = [e for e in member.events[before:] if e["event"] == "accepted"]
            assert [answer["request"] for answer in answers] == [*["set"] * 30, "leave"]
        host.wait_until(lambda: host.state["properties"] == {"n": 29})


def test_messages_reach_everybody_in_order(engine: Engine) -> None:
    """`say` reaches all, the sender included; `seq` rises by one."""
    with Instance.create(engine.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance.join(engine.url, "sea", "--name", "Ben") as member:
            member.wait_for("state")
            host.wait_count(2)
            member.send("say hello  there", 'say "é"')
            for each in (host, member):
                each.wait_for(lambda event: event.get("text") == '"é"')
                first, second = (e for e in each.events if e["event"] == "message")
                assert list(first) == ["event", "at", "from", "name", "text", "seq"]
                assert (first["from"], first["name"]) == (member.client_id, "Ben")
                assert (first["text"], second["text"]) == ("hello  there", '"é"')
                assert second["seq"] == first["seq"] + 1


def test_a_countdown_is_told_and_can_be_cancelled(nats: Engine) -> None:
    """`start 3` counts down, `cancel` stops it, `start` starts."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        assert host.ask("start 3")["event"] == "accepted"
        assert host.wait_for("countdown")["seconds"] == 3
        assert host.state["state"] == "starting"
        before = host.mark()
        assert host.ask("cancel")["event"] == "accepted"
        assert host.wait_for("countdown", after=before)["seconds"] is None
        before = host.mark()
        assert host.ask("start 1")["event"] == "accepted"
        host.wait_for(lambda event: event.get("state") == "started", after=before)
        host.wait_for(lambda event: event.get("seconds") == 0, after=before)
        told = [e["seconds"] for e in host.events[before:] if e["event"] == "countdown"]
        assert told == [1, 0]
        late = headcount("join", "sea", "--broker", nats.url, "--json")
        assert (late.returncode, events(late.stdout)[-1]["code"]) == (1, "STARTED")


def test_auto_start_begins_when_all_seats_are_taken(nats: Engine) -> None:
    """With `--auto-start` a countdown of 3 s begins with the last seat."""
    options = ["--id", "sea", "--seats", "2", "--auto-start"]
    with Instance.create(nats.url, "Sea", *options) as host:
        host.wait_for("state")
        with Instance.join(nats.url, "sea") as member:
            assert member.wait_for("countdown")["seconds"] == 3
            assert host.wait_for("countdown")["seconds"] == 3


def test_the_host_closes_or_leaves(engine: Engine) -> None:
    """Own `close` and own leave end with 0; for the others it is the host's doing, and 1."""
    for line, own, others in (("close", "closed", "closed"), ("leave", "left", "host_left")):
        with Instance.create(engine.url, "Sea", "--id", line) as host:
            host.wait_for("accepted")
            with Instance.join(engine.url, line) as member:
                member.wait_for("state")
                host.send(line)
                assert (host.wait(), member.wait()) == (0, 1)
                assert host.events[-1]["reason"] == own
                assert member.events[-1]["reason"] == others


@pytest.mark.parametrize("signal", ["interrupt", "terminate"])
def test_a_signal_leaves_cleanly(nats: Engine, signal: str) -> None:
    """SIGINT and SIGTERM leave: exit code 0, `closed` with `left` last."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance.join(nats.url, "sea") as member:
            member.wait_for("state")
            for each in (member, host):
                getattr(each, signal)()
                assert each.wait() == 0, each.story
                assert each.events[-1] == {**each.events[-1], "event": "closed", "reason": "left"}
                assert not each.errors


def test_a_signal_while_one_waits_ends_with_0(nats: Engine) -> None:
    """One who is not in yet ends as cleanly, and quickly."""
    with Instance.join(nats.url, "sea", "--wait", "60") as patient:
        patient.wait_for("connected")
        asked = time.monotonic()
        patient.terminate()
        assert patient.wait() == 0, patient.story
        assert time.monotonic() - asked < 5
        assert patient.events[-1]["reason"] == "left"


def test_a_creator_may_come_back_to_a_session_that_went_on(nats: Engine) -> None:
    """Under `migrate` a session outlives its host, who takes the old seat again by joining."""
    options = ["--id", "sea", "--on-host-loss", "migrate", "--heartbeat", "0.5", "--lease", "2"]
    with Instance.create(nats.url, "Sea", *options) as host:
        host.wait_for("accepted")
        creator = host.client_id
        with Instance.join(nats.url, "sea") as member:
            member.wait_for("state")
            assert host.ask("start")["event"] == "accepted"
            member.wait_for(lambda event: event.get("state") == "started")
            host.kill()
            taken = member.wait_for(lambda event: event.get("epoch") == 2)
            assert taken["host_client_id"] == member.client_id
            assert taken["count"] == 1
            with Instance.join(nats.url, "sea") as back:
                assert back.client_id == creator
                assert back.wait_for("state")["count"] == 2
                assert member.wait_count(2)["state"] == "started"


def test_a_killed_host_is_noticed(engine: Engine) -> None:
    """When the host is killed the others are told `host_lost`, and the list is empty (S17)."""
    with Instance.create(engine.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance.join(engine.url, "sea") as member:
            member.wait_for("state")
            killed = time.monotonic()
            host.kill()
            assert member.wait() == 1
            closed = member.events[-1]
            assert closed["reason"] == "host_lost"
            assert closed["at"] - killed < 6
        [listed] = events(headcount("list", "--broker", engine.url, "--json").stdout)
        assert listed["sessions"] == []


def test_what_is_not_there_is_not_found(engine: Engine) -> None:
    """Joining what is not there is refused within a second of `connected`, with exit code 1."""
    ended = headcount("join", "nothing", "--broker", engine.url, "--json")
    connected, refused = events(ended.stdout)
    assert ended.returncode == 1
    assert names([connected, refused]) == ["connected", "refused"]
    assert (refused["request"], refused["code"]) == ("join", "NOT_FOUND")
    assert refused["at"] - connected["at"] < 1


def test_an_id_in_use_is_refused(engine: Engine) -> None:
    """Creating a session whose id lives is refused with `EXISTS`."""
    with Instance.create(engine.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        ended = headcount("create", "Other", "--id", "sea", "--broker", engine.url, "--json")
        assert ended.returncode == 1
        last = events(ended.stdout)[-1]
        assert (last["event"], last["request"], last["code"]) == ("refused", "create", "EXISTS")


def test_a_full_session_is_refused_or_waited_for(nats: Engine) -> None:
    """A full session is refused at once, or waited for with `--wait`."""
    with Instance.create(nats.url, "Sea", "--id", "sea", "--seats", "2") as host:
        host.wait_for("accepted")
        with Instance.join(nats.url, "sea") as member:
            member.wait_for("state")
            full = headcount("join", "sea", "--broker", nats.url, "--json")
            assert (full.returncode, events(full.stdout)[-1]["code"]) == (1, "FULL")
            with Instance.join(nats.url, "sea", "--wait", "20") as patient:
                patient.wait_for("connected")
                member.send("leave")
                assert patient.wait_for("accepted")["request"] == "join"
                assert patient.wait_for("state")["count"] == 2
                assert patient.ask("ready")["event"] == "accepted"
                assert "refused" not in patient.names


def test_one_may_wait_for_a_session_to_come(nats: Engine) -> None:
    """`--wait` also waits for a session that is not there yet."""
    with Instance.join(nats.url, "sea", "--wait", "20") as patient:
        patient.wait_for("connected")
        with Instance.create(nats.url, "Sea", "--id", "sea") as host:
            assert patient.wait_for("accepted")["request"] == "join"
            host.wait_count(2)
            assert host.ask("ready")["event"] == "accepted"


def test_a_role_that_is_taken_keeps_one_out(nats: Engine) -> None:
    """With `--role`, a role that is taken is refused and one does not join."""
    with Instance.create(nats.url, "Sea", "--id", "sea", "--roles", "Fisher") as host:
        host.wait_for("accepted")
        with Instance.join(nats.url, "sea", "--role", "Fisher") as member:
            member.wait_for("state")
            ended = headcount("join", "sea", "--role", "Fisher", "--broker", nats.url, "--json")
            assert (ended.returncode, events(ended.stdout)[-1]["code"]) == (1, "ROLE_TAKEN")
            assert host.state["count"] == 2


def test_a_crash_does_not_cost_the_seat(engine: Engine) -> None:
    """Who joins again after a crash has the same client id and the same role."""
    with Instance.create(engine.url, "Sea", "--id", "sea", "--roles", "Fisher") as host:
        host.wait_for("accepted")
        host.ask("start")
        host.send("leave")
        host.wait()
    with Instance.create(
        engine.url, "Sea", "--id", "sea", "--roles", "Fisher", "--grace-lobby", "20"
    ) as host:
        host.wait_for("accepted")
        with Instance.join(engine.url, "sea", "--role", "Fisher") as member:
            who = member.client_id
            member.wait_for("state")
            member.kill()
            member.wait()
            host.wait_count(1)
        with Instance.join(engine.url, "sea") as member:
            assert member.client_id == who
            assert member.wait_for("state")["members"][who]["role"] == "Fisher"
            with Instance.join(engine.url, "sea") as third:
                assert third.client_id != who, "an id that a living process has was used again"
                host.wait_count(3)
                member.send("leave")
                assert member.wait() == 0
            with Instance.join(engine.url, "sea") as fresh:
                fresh.wait_for("state")
                assert fresh.client_id != who, "a clean leave forgets who one was"


def test_a_newer_process_takes_a_named_seat_over(nats: Engine) -> None:
    """With its secret a named client's newer process wins; without it, it is not allowed."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with (
            Instance.join(nats.url, "sea", "--client-id", "ben") as older,
        ):
            older.wait_for("state")
            stranger = headcount(
                *("join", "sea", "--client-id", "ben", "--broker", nats.url, "--json"),
                environment={"HEADCOUNT_STATE_DIR": str(nats.directory / "elsewhere")},
            )
            refused = events(stranger.stdout)[-1]
            assert (stranger.returncode, refused["code"]) == (1, "NOT_ALLOWED")
            with Instance.join(nats.url, "sea", "--client-id", "ben") as newer:
                newer.wait_for("state")
                assert older.wait() == 1
                assert older.events[-1]["reason"] == "replaced"
                assert newer.ask("ready")["event"] == "accepted"
                assert host.state["count"] == 2


def test_the_end_of_input_changes_nothing(nats: Engine) -> None:
    """An instance goes on when its standard input ends."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.send("ready")
        host.end_input()
        host.wait_for(lambda event: event.get("request") == "ready")
        with Instance.join(nats.url, "sea") as member:
            member.wait_for("state")
            host.wait_count(2)
            assert host.process.poll() is None


def test_the_state_is_told_again(nats: Engine) -> None:
    """`state` prints the newest state once more."""
    with Instance.create(nats.url, "Sea") as host:
        first = host.wait_for("state")
        before = host.mark()
        host.send("", "state")
        again = host.wait_for("state", after=before)
        assert {**again, "at": 0} == {**first, "at": 0}
        assert first["session_id"].startswith("sea-")
        assert first["num_players_max"] is None


def test_a_broker_restart_is_told_and_survived(engine: Engine) -> None:
    """The loss and return of one's own connection are told."""
    with Instance.create(engine.url, "Sea", "--id", "sea") as host:
        host.wait_for("state")
        engine.kill()
        assert host.wait_for("link")["status"] == "lost"
        engine.restart()
        host.wait_for(lambda event: event.get("status") == "restored")
        assert host.ask("ready")["event"] == "accepted"


def test_people_read_plain_lines(nats: Engine) -> None:
    """Without `--json` and without a terminal, plain lines come, with nothing that steers it."""
    ended = headcount(
        *("create", "Sea", "--id", "sea", "--name", "Ana", "--broker", nats.url),
        typed="ready\ndance\nsay hi\nleave\n",
    )
    assert ended.returncode == 0
    assert "\x1b" not in ended.stdout
    for text in ("Sea  1/1+  open", "Ana (host, you, ready)", "✗ dance", "You have left."):
        assert text in ended.stdout


@pytest.mark.parametrize(
    ("text", "seats"), [("4", 4), ("2-4", (2, 4)), ("2-", (2, None)), (" 3 ", 3)]
)
def test_seats_are_read(text: str, seats: object) -> None:
    """`N`, `MIN-MAX` and `MIN-` are understood."""
    assert parse_seats(text) == seats


@pytest.mark.parametrize("text", ["", "-", "-4", "2-3-4", "two", "2 4", "1.5", "٣", "2-٣"])
def test_other_seats_are_refused(text: str) -> None:
    """Nothing else is."""
    with pytest.raises(BadInputError):
        parse_seats(text)
