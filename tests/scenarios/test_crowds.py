"""Many at one moment, and sessions in quick succession: nobody is lost (S20, S24)."""

from __future__ import annotations

import asyncio

import pytest

from headcount import connect
from tests.cli.instance import Instance, events, headcount
from tests.engines import Engine
from tests.scenarios.crowd import Crowd
from tests.scenarios.scene import ID, NAME, START, retained, shown, wait_listed, within

ROUNDS = 30


@pytest.mark.parametrize(("processes", "each", "bound"), [(5, 2, 0.5), (5, 10, 1.0)])
def test_many_join_and_leave_at_one_moment(
    engine: Engine, processes: int, each: int, bound: float
) -> None:
    """10 and 50: none is lost, all show all within 0.5 s and 1 s; all leave, one shows 1 (S20)."""
    size = processes * each
    with (
        Instance.create(engine.url, NAME, "--id", ID) as host,
        Instance("list", "--watch", "--broker", engine.url) as listing,
        Crowd(engine.url, ID, processes=processes, each=each) as crowd,
    ):
        host.wait_for("state", START)
        wait_listed(listing, 1, START)
        within(bound, crowd.join(1 + size), f"{size} join at one moment")
        host.wait_count(1 + size)
        wait_listed(listing, 1 + size)
        left = crowd.leave()
        within(3.0, shown([host], 1) - left, f"{size} leave at one moment")
        within(3.0, wait_listed(listing, 1) - left, f"{size} leave at one moment, in the list")
        assert host.ask("ready")["event"] == "accepted"
        assert host.state["count"] == 1
        assert host.ask("close")["event"] == "accepted"
        assert host.wait() == 0
        wait_listed(listing, None)
    assert retained(engine) == []


def test_one_id_goes_to_one_of_two(engine: Engine) -> None:
    """Two create it at one moment: one has it, the other is told `EXISTS`, the list shows one."""
    create = (engine.url, NAME, "--id", ID)
    with Instance.create(*create) as one, Instance.create(*create) as two:
        first = {
            each: each.wait_for(lambda event: event["event"] in ("accepted", "refused"), START)
            for each in (one, two)
        }
        (winner,) = [each for each, told in first.items() if told["event"] == "accepted"]
        (loser,) = [each for each, told in first.items() if told["event"] == "refused"]
        assert first[loser]["code"] == "EXISTS"
        assert loser.wait() == 1
        with Instance.join(engine.url, ID) as guest:
            shown([winner, guest], 2)
            assert guest.state["host_client_id"] == winner.client_id
            (listed,) = events(headcount("list", "--json", "--broker", engine.url).stdout)
            assert [each["count"] for each in listed["sessions"]] == [2]


async def test_one_id_is_used_again_and_again(engine: Engine) -> None:
    """30 sessions in a row: who joins one sees nothing of those before, nothing stays (S2, S20)."""
    with Instance("list", "--watch", "--broker", engine.url) as listing:
        listing.wait_for("sessions", START)
        async with (
            connect(engine.url) as creator,
            connect(engine.url) as guest,
        ):
            for n in range(ROUNDS):
                async with creator.create(f"Round {n}", id=ID, seed=n) as session:
                    async with asyncio.timeout(START), guest.join(ID) as joined:
                        async for state in joined.watch():
                            assert (state.model_name, state.seed) == (f"Round {n}", n)
                            assert set(state.members) == {creator.client_id, guest.client_id}
                            if state.count == 2:
                                break
                    assert joined.closed_reason == "left"
                assert session.closed_reason == "left"
        wait_listed(listing, None)
    rounds = [
        int(each["model_name"].removeprefix("Round "))
        for event in listing.events
        for each in event["sessions"]
    ]
    assert rounds == sorted(rounds), "a session that had ended was listed again"
    assert retained(engine) == []


async def test_many_sessions_come_and_go_at_once(engine: Engine) -> None:
    """20 ids, each created, joined and closed: the list shows all of them, then none (S20)."""
    ids = [f"sea-{n}" for n in range(20)]
    with Instance("list", "--watch", "--broker", engine.url) as listing:
        listing.wait_for("sessions", START)
        async with (
            connect(engine.url) as creator,
            connect(engine.url) as guest,
        ):
            sessions = [creator.create(NAME, id=each) for each in ids]
            await asyncio.gather(*(session.__aenter__() for session in sessions))
            await asyncio.gather(*(guest.join(each).__aenter__() for each in ids))

            def listed() -> list[int]:
                return [each["count"] for each in listing.events[-1]["sessions"]]

            await asyncio.to_thread(listing.wait_until, lambda: listed() == [2] * len(ids))
            assert len(await guest.sessions()) == len(ids)
            await asyncio.gather(*(session.close() for session in sessions))
            await asyncio.to_thread(listing.wait_until, lambda: listed() == [])
            assert await guest.sessions() == []
    assert retained(engine) == []
