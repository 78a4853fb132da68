"""Whose seat it is: roles claimed at one moment, seats taken again, ids taken over (R3, R12)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.cli.instance import Event, Instance
from tests.engines import Engine
from tests.scenarios.scene import ID, START, Scene, gathered, joins, shown


def roles(state: Event) -> dict[str, str]:
    """Return who has which role."""
    members = state["members"].items()
    return {member["role"]: client_id for client_id, member in members if member["role"]}


def wait_roles(scene: Scene, wanted: dict[str, str]) -> None:
    """Wait until all agree on who has which role."""
    for each in scene.all:
        each.wait_until(partial(lambda instance: roles(instance.state) == wanted, each))


def test_one_role_goes_to_one_of_two(engine: Engine) -> None:
    """Two claim it at one moment, ten times: one gets it each time, all agree on who (S24)."""
    with gathered(engine.url, 3, "--roles", "Mayor,Fisher") as scene:
        rivals = scene.members
        for _ in range(10):
            marks = [each.mark() for each in rivals]
            for each in rivals:
                each.send("role Mayor")
            answers = [
                each.wait_for(lambda event: event.get("request") == "role", after=mark)
                for each, mark in zip(rivals, marks, strict=True)
            ]
            assert sorted(each["event"] for each in answers) == ["accepted", "refused"]
            won = [each["event"] for each in answers].index("accepted")
            assert answers[1 - won]["code"] == "ROLE_TAKEN"
            wait_roles(scene, {"Mayor": rivals[won].client_id})
            assert rivals[won].ask("release")["event"] == "accepted"
            wait_roles(scene, {})


def test_one_role_lets_one_of_two_join(engine: Engine) -> None:
    """Two join for one role at one moment: one is in with it, the other is not in at all."""
    with gathered(engine.url, 1, "--roles", "Mayor") as scene:
        join = (engine.url, ID, "--role", "Mayor")
        with Instance.join(*join) as one, Instance.join(*join) as two:
            first = {each: each.wait_for(_answered, START) for each in (one, two)}
            (winner,) = [each for each, told in first.items() if told["event"] == "accepted"]
            (loser,) = [each for each, told in first.items() if told["event"] == "refused"]
            assert first[loser]["code"] == "ROLE_TAKEN"
            assert loser.wait() == 1
            shown([scene.host, winner], 2)
            assert roles(scene.host.state) == {"Mayor": winner.client_id}
            assert all(loser.client_id not in state["members"] for state in scene.host.states)


def test_who_was_killed_takes_the_same_seat_again(engine: Engine) -> None:
    """Joining again within the grace: the same client id, role and seat (S17, DESIGN R3)."""
    with gathered(engine.url, 3, "--roles", "Mayor", started=True) as scene:
        victim = scene.members[0]
        assert victim.ask("role Mayor")["event"] == "accepted"
        seat = victim.state["members"][victim.client_id]
        victim.kill()
        victim.wait()
        survivors = scene.others(victim)
        shown(survivors, 2)
        assert scene.host.state["members"][victim.client_id]["status"] == "away"
        with joins(engine.url) as again:
            assert again.client_id == victim.client_id
            shown([*survivors, again], 3)
            for each in (*survivors, again):
                assert each.state["members"][victim.client_id] == seat
                assert len(each.state["members"]) == 3


def test_three_terminals_of_one_user_are_three_instances(engine: Engine) -> None:
    """What is kept for one process is never used by another that lives beside it."""
    with gathered(engine.url, 4) as scene:
        assert len({each.client_id for each in scene.all}) == 4
        assert set(scene.host.state["connected_instances"]) == {e.client_id for e in scene.all}


def test_the_newer_process_with_the_secret_takes_over(engine: Engine) -> None:
    """`--client-id` again: the older ends with `replaced`, the count stays (DESIGN R12)."""
    with gathered(engine.url, 2) as scene, joins(engine.url, ID, "--client-id", "ann") as older:
        shown([*scene.all, older], 3)
        with joins(engine.url, ID, "--client-id", "ann") as newer:
            assert older.wait_for("closed")["reason"] == "replaced"
            assert older.wait() == 1
            shown([*scene.all, newer], 3)
            assert newer.ask("ready")["event"] == "accepted"
            assert scene.host.ask("ready")["event"] == "accepted"
            assert newer.process.poll() is None
            assert newer.state["members"]["ann"]["ready"]
            shown([*scene.all, newer], 3)


def test_without_the_secret_nobody_takes_over(engine: Engine, tmp_path: Path) -> None:
    """From another user, a client id whose seat is held is `NOT_ALLOWED`; nothing happens."""
    elsewhere = {"HEADCOUNT_STATE_DIR": str(tmp_path / "elsewhere")}
    with gathered(engine.url, 2) as scene, joins(engine.url, ID, "--client-id", "ann") as ann:
        shown([*scene.all, ann], 3)
        thief = Instance.join(engine.url, ID, "--client-id", "ann", environment=elsewhere)
        with thief:
            assert thief.wait_for("refused", START)["code"] == "NOT_ALLOWED"
            assert thief.wait() == 1
        assert ann.ask("ready")["event"] == "accepted"
        shown([*scene.all, ann], 3)
        assert "closed" not in ann.names


def _answered(event: Event) -> bool:
    return event["event"] in ("accepted", "refused") and event["request"] == "join"
