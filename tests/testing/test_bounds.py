"""Every row of the table of bounds, asserted in the simulation (invariant 3, Truth)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headcount.core.state import Timers
from headcount.core.topics import RETAINED
from headcount.testing import faults as f
from headcount.testing.bounds import BOUNDS
from headcount.testing.world import World

MEMBERS = 6
STEP = 0.01
SEEDS = range(12)
ROWS = {row.cause: row for row in BOUNDS}


def gathered(seed: int, policy: str, *, started: bool = False) -> World:
    """Return a session of six, in the lobby or started, at rest."""
    world = World(seed, 8)
    world.autopilot = False
    world.play([f.Create(0, policy), f.Wait(1.0)])
    world.play([f.Join(who) for who in range(1, MEMBERS)])
    world.play([f.Wait(2.0 + seed * 0.17)])
    if started:
        world.play([f.Start(0.0), f.Wait(1.0 + seed * 0.17)])
    assert world.agreed(MEMBERS)
    return world


def time_until(world: World, right: Callable[[], bool], limit: float) -> float:
    """Return the seconds until something is so and stays so for a while, or the limit."""
    began = world.schedule.now
    while world.schedule.now < began + limit + 1.0:
        if right():
            return world.schedule.now - began
        world.play([f.Wait(STEP)])
    return world.schedule.now - began


def bound(cause: str) -> float:
    """Return a row's bound in seconds, for the members here."""
    return ROWS[cause].bound(Timers(), MEMBERS)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("policy", ["close", "migrate"])
class TestMembers:
    """What befalls a member."""

    def test_leaves(self, seed: int, policy: str) -> None:
        """A clean leave is seen by all at once (S8)."""
        world = gathered(seed, policy)
        world.play([f.Leave(2)])
        took = time_until(world, lambda: world.agreed(MEMBERS - 1), 5.0)
        assert took <= bound("a member leaves")

    def test_crashes(self, seed: int, policy: str) -> None:
        """A crash is seen as soon as its will is."""
        world = gathered(seed, policy)
        world.play([f.Kill(2)])
        took = time_until(world, lambda: world.agreed(MEMBERS - 1), 5.0)
        assert took <= bound("a member crashes") + 0.02

    def test_falls_silent(self, seed: int, policy: str) -> None:
        """Silence is noticed when the lease ends."""
        world = gathered(seed, policy)
        world.play([f.Stall(2, 8.0)])
        took = time_until(world, lambda: world.agreed(MEMBERS - 1, but=(2,)), 12.0)
        assert took <= bound("a member falls silent")

    def test_is_back(self, seed: int, policy: str) -> None:
        """Who was cut off is counted again soon."""
        world = gathered(seed, policy)
        world.play([f.Cut(2, 1.2, noticed=True), f.Wait(1.2)])
        took = time_until(world, lambda: world.agreed(MEMBERS), 8.0)
        assert took <= bound("a member cut off is back")


@pytest.mark.parametrize("seed", SEEDS)
class TestHosts:
    """What befalls a host."""

    @pytest.mark.parametrize("started", [False, True], ids=["lobby", "started"])
    def test_crashes(self, seed: int, started: bool) -> None:
        """The session goes on under another host."""
        world = gathered(seed, "migrate", started=started)
        world.play([f.Kill(0)])
        took = time_until(world, lambda: world.agreed(MEMBERS - 1), 20.0)
        phase = "once started" if started else "in the lobby"
        assert took <= bound(f"the host crashes {phase}")

    @pytest.mark.parametrize("started", [False, True], ids=["lobby", "started"])
    def test_crashes_and_nobody_stays(self, seed: int, started: bool) -> None:
        """Every survivor learns that the session is over (S5, S16, S17)."""
        world = gathered(seed, "close", started=started)
        world.play([f.Kill(0)])
        took = time_until(world, lambda: not world.inside(), 20.0)
        phase = "once started" if started else "in the lobby"
        assert took <= bound(f"the host crashes {phase}")

    def test_falls_silent(self, seed: int) -> None:
        """A host that is not heard is lost when its lease ends."""
        world = gathered(seed, "migrate")
        world.play([f.Stall(0, 30.0)])
        took = time_until(world, lambda: world.agreed(MEMBERS - 1, but=(0,)), 20.0)
        assert took <= bound("the host falls silent")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("policy", ["close", "migrate"])
@pytest.mark.parametrize("retained", ["keep", "lose", "older"])
class TestBrokers:
    """What befalls the broker."""

    def test_is_away_shortly(self, seed: int, policy: str, retained: str) -> None:
        """All are back and right soon after a short outage."""
        world = gathered(seed, policy)
        world.play([f.Snapshot(), f.Restart(3.0, retained), f.Wait(3.0)])
        took = time_until(world, lambda: world.agreed(MEMBERS, acting=True), 15.0)
        assert took <= min(5.0, bound("the broker is away for up to 3 s"))

    def test_is_away_for_long(self, seed: int, policy: str, retained: str) -> None:
        """All are back and right within a lease and a little after a long one."""
        world = gathered(seed, policy)
        world.play([f.Snapshot(), f.Restart(15.0, retained), f.Wait(15.0)])
        took = time_until(world, lambda: world.agreed(MEMBERS, acting=True), 15.0)
        assert took <= bound("the broker is away for longer")


@pytest.mark.parametrize("seed", range(3))
def test_leftovers_are_cleared(seed: int) -> None:
    """What everybody left behind is cleared when somebody else comes (S6, S22)."""
    world = gathered(seed, "close")
    world.onlooker.kill(will=True)
    world.play([f.Kill(who) for who in range(MEMBERS)])
    world.play([f.Wait(5.0), f.Create(7, session="another")])
    took = time_until(world, lambda: _only("another", world), 80.0)
    assert took <= bound("everybody is killed")


def _only(session_id: str, world: World) -> bool:
    kept = {topic.session_id for topic in world.network.retained if topic.kind in RETAINED}
    return kept == {session_id}
