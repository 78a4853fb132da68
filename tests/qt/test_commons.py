"""The example game: its model, its table, and a whole game in three processes."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "examples" / "commons"))

import pasture
import pytest
from pasture import CELLS, FULL, REACH, ROUNDS, WEATHER, Pasture
from table import Plan, Table

from headcount.links.memory import MemoryBroker
from headcount.qt import QtSession
from tests.engines import Engine
from tests.qt.puppet import DIALOG, Puppet, Shown, agreed, create, join
from tests.qt.windows import SLOW, Windows, until

GAME, ROLES = "GameWindow", "RoleDialog"
Tables = Callable[..., list[Table]]


def streams(name: str) -> random.Random:
    """Give the random numbers of a session with one seed."""
    return random.Random(name)


def even(height: int) -> Pasture:
    """Return a pasture whose cells are all alike."""
    return Pasture(0, dict.fromkeys(CELLS, height), dict.fromkeys(REACH, 0))


# --- the model ---------------------------------------------------------------------------------


def test_the_same_rounds_give_the_same_pasture() -> None:
    """Whether played one by one or from the beginning."""
    rounds = [{"Herder": [(0, n)], "Ranger": [(n, 0)]} for n in range(ROUNDS)]
    played = pasture.fresh(streams)
    for plans in rounds:
        assert not played.is_over
        played = pasture.play(played, plans, streams)
    assert pasture.replay(rounds, streams) == played
    assert played.is_over
    assert pasture.fresh(streams) != pasture.fresh(lambda name: random.Random(f"other {name}"))


def test_the_herd_eats_where_there_is_no_fence() -> None:
    """And a point is a unit of grass."""
    after = pasture.play(even(2), {"Herder": [(0, 0), (0, 1)], "Ranger": [(0, 1)]}, streams)
    assert (after.grass[0, 0], after.grass[0, 1]) == (0, FULL)
    assert after.points["Herder"] == after.gains["Herder"] == 2


def test_only_bare_cells_are_sown() -> None:
    """Not what the herd has just eaten; and seeds alone bring the dead back."""
    after = pasture.play(even(0), {"Sower": [(3, 3), (4, 4)], "Herder": [(4, 4)]}, streams)
    assert {cell for cell, height in after.grass.items() if height} == {(3, 3)}
    assert after.points == {"Herder": 0, "Sower": 2, "Ranger": 0}


def test_the_ranger_lives_on_full_cells() -> None:
    """A point for every eight; no cell holds more than it can."""
    after = pasture.play(even(FULL), {}, streams)
    assert set(after.grass.values()) == {FULL}
    assert after.points["Ranger"] == len(CELLS) // 8


def test_the_weather_is_no_work_of_the_players() -> None:
    """Luck is drawn in one order, whatever they do."""
    idle, busy = even(1), even(1)
    for number in range(ROUNDS):
        idle = pasture.play(idle, {}, streams)
        busy = pasture.play(busy, {"Herder": [(7, number)]}, streams)
        assert idle.weather == busy.weather
        assert idle.weather in WEATHER
    assert all(idle.grass[cell] == busy.grass[cell] for cell in CELLS if cell[0] != 7)


@pytest.mark.parametrize(
    "given",
    [None, {}, [[0]], [[0, 8]], [[-1, 0]], ["ab"], [[0, 0], [0, 0]], [[0, n] for n in range(5)]],
)
def test_what_no_player_can_mean_is_none(given: Any) -> None:
    """It comes over the network, so it may be anything."""
    assert pasture.read_cells("Herder", given) is None
    assert pasture.read_plans({"Herder": given, "Sower": [[1, 2]]}) == {"Sower": [(1, 2)]}
    assert pasture.read_plans(given) == {}
    assert pasture.read_cells("Mayor", [[0, 0]]) is None


# --- the table ---------------------------------------------------------------------------------


@pytest.fixture
def tables(windows: Windows, memory: MemoryBroker) -> Tables:
    """Give a function that seats players, one for each role, at the table; the first is host."""

    def seated() -> list[Table]:
        first, *others = (windows.client(memory, role.lower()) for role in REACH)
        timers = {**SLOW, "grace_started": 60.0}
        host = first.create("Commons", id="demo", roles=list(REACH), seats=3, **timers)
        until(lambda: host.state)
        sessions: list[QtSession] = [host, *(other.join("demo") for other in others)]
        for session, role in zip(sessions, REACH, strict=True):
            session.claim_role(role)
        until(lambda: all(session.role for session in sessions))
        host.start()
        until(lambda: all(each.state.phase == "started" for each in sessions))
        return [Table(session) for session in sessions]

    return seated


def test_a_round(tables: Tables) -> None:
    """Plans are seen at once; the round is played when the last has ended the turn."""
    herder, sower, ranger = all_of = tables()
    herder.choose((0, 0))
    herder.choose((0, 1))
    herder.choose((0, 0))
    until(lambda: sower.plans["Herder"] == Plan(((0, 1),)))
    for table in (herder, sower):
        table.end_turn()
        assert not table.can_plan
        table.choose((5, 5))
    until(lambda: ranger.waited_for == ["Ranger"])
    assert ranger.pasture.round == 0
    ranger.end_turn()
    until(lambda: [table.pasture.round for table in all_of] == [1, 1, 1])
    assert herder.pasture == sower.pasture == ranger.pasture
    assert herder.pasture.grass[0, 1] == 0
    assert herder.plans == dict.fromkeys(REACH, Plan())


def test_one_chooses_no_more_than_one_can(tables: Tables) -> None:
    """A fifth cell is not taken."""
    herder, _, _ = tables()
    for number in range(REACH["Herder"] + 1):
        herder.choose((1, number))
    assert herder.plans["Herder"].cells == ((1, 0), (1, 1), (1, 2), (1, 3))


def test_the_host_decides(tables: Tables) -> None:
    """Nobody else can go on without those who think; and nothing is played twice."""
    herder, sower, _ = all_of = tables()
    sower.next_turn()
    herder.next_turn()
    herder.next_turn()
    until(lambda: [table.pasture.round for table in all_of] == [1, 1, 1])
    assert len(herder.session.state.properties["rounds"]) == 1


def test_a_window_that_opens_again_is_level(tables: Tables) -> None:
    """It plays what it has missed, and is told what the others have in mind."""
    herder, sower, _ = tables()
    herder.next_turn()
    until(lambda: herder.pasture.round == sower.pasture.round == 1)
    herder.choose((2, 2))
    sower.choose((3, 3))
    sower.end_turn()
    until(lambda: herder.plans["Sower"].done)
    again = Table(sower.session)
    assert again.pasture == herder.pasture
    until(lambda: again.plans["Herder"] == Plan(((2, 2),)))


def test_nonsense_is_not_played(tables: Tables) -> None:
    """Not in a message, and not in what was written down."""
    herder, sower, ranger = tables()
    for payload in (7, {"round": 0}, {"round": 9, "cells": []}, {"round": 0, "cells": [[9, 9]]}):
        sower.session.send(payload)
    herder.session.update(lambda properties: properties.update(rounds=[{"Herder": "all"}, 3]))
    until(lambda: ranger.pasture.round == 2)
    assert ranger.plans == dict.fromkeys(REACH, Plan())


# --- a game ------------------------------------------------------------------------------------


@pytest.fixture
def players(nats: Engine, tmp_path: Path) -> Iterator[Callable[[], Puppet]]:
    """Give a function that starts the game in a process; all are on one computer."""
    with ExitStack() as living:
        home = {"HEADCOUNT_STATE_DIR": str(tmp_path)}
        yield lambda: living.enter_context(Puppet("commons", nats.url, environment=home))


def plays(puppet: Puppet, number: int) -> None:
    """Wait until a window is in this round."""
    title = f"Round {number} of {ROUNDS}"
    puppet.wait(lambda shown: shown[GAME]["round"] == title)


def says(text: str) -> Callable[[Shown], bool]:
    """Return what tells whether the status panel has this line."""
    return lambda shown: text in shown[GAME]["people"]


def test_a_whole_game(players: Callable[[], Puppet]) -> None:
    """Three meet, take roles and play; two of them are killed, and come back to their seats."""
    everyone = meet(players)
    first_rounds(everyone)
    everyone[1] = back(players, everyone, 1, "Sower")
    for puppet in everyone:
        puppet.click(GAME, "end_button")
    finish_round(everyone, 3)
    everyone[0].click(GAME, "next_button")
    finish_round(everyone, 4)
    everyone[0] = back(players, everyone, 0, "Herder")
    everyone[2].wait(lambda shown: shown[GAME]["can_end"])
    for number in range(4, ROUNDS + 1):
        for puppet in everyone:
            plays(puppet, number)
            puppet.click(GAME, "end_button")
    for puppet in everyone:
        puppet.wait(lambda shown: shown[GAME]["round"] == "The game is over")
        puppet.wait(lambda shown: "Was it worth it?" in shown[GAME]["hint"])
    assert alike(everyone)


def alike(everyone: list[Puppet]) -> bool:
    """Tell whether all windows show the same pasture, points and news."""
    seen = [puppet.shown[GAME] for puppet in everyone]
    return all(
        (each["grass"], each["points"], each["news"])
        == (seen[0]["grass"], seen[0]["points"], seen[0]["news"])
        for each in seen
    )


def meet(players: Callable[[], Puppet]) -> list[Puppet]:
    """Let three players create, join and choose, until all see the first round."""
    everyone = [players() for _ in REACH]
    create(everyone[0])
    join(everyone[1])
    agreed(everyone[:2], 2)
    join(everyone[2])
    for puppet, role in zip(everyone, REACH, strict=True):
        puppet.wait(lambda shown, role=role: role in shown[ROLES]["free"])
        puppet.click(ROLES, "radios", role)
        puppet.click(ROLES, "ok_button")
    for puppet, role in zip(everyone, REACH, strict=True):
        plays(puppet, 1)
        assert puppet.shown[GAME]["role"] == f"You are the {role}"
        assert DIALOG not in puppet.shown
    assert alike(everyone)
    return everyone


def first_rounds(everyone: list[Puppet]) -> None:
    """Play a round, and begin the next."""
    herder, sower, ranger = everyone
    herder.ask(do="cell", window=GAME, cell=[0, 1])
    herder.ask(do="cell", window=GAME, cell=[2, 3])
    for puppet in (sower, ranger):
        puppet.wait(lambda shown: shown[GAME]["plans"]["Herder"] == [[[0, 1], [2, 3]], False])
    for puppet in everyone:
        puppet.click(GAME, "end_button")
    finish_round(everyone, 2)
    sower.ask(do="cell", window=GAME, cell=[0, 1])
    herder.wait(lambda shown: shown[GAME]["plans"]["Sower"][0] == [[0, 1]])


def finish_round(everyone: list[Puppet], number: int) -> None:
    """Wait until all are in the next round, and see the same."""
    for puppet in everyone:
        plays(puppet, number)
    assert alike(everyone)


def back(players: Callable[[], Puppet], everyone: list[Puppet], which: int, role: str) -> Puppet:
    """Kill a player; the others see the seat empty, and held; return him on it again."""
    others = [puppet for puppet in everyone if puppet is not everyone[which]]
    before = everyone[which].shown[GAME]
    everyone[which].kill()
    for puppet in others:
        puppet.wait(says(f"◌ {role} (Away)"))
    returned = players()
    returned.wait(says(f"✓ {role} (You)"))
    for puppet in others:
        puppet.wait(says(f"● {role} (Connected)"))
    after = returned.shown[GAME]
    assert after["role"] == f"You are the {role}"
    assert (after["round"], after["grass"]) == (before["round"], before["grass"])
    assert DIALOG not in {name for sample in returned.samples for name in sample["shown"]}
    return returned
