"""Connection dialogs in processes of their own, on real brokers: joined, left, and killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.engines import Engine
from tests.qt.puppet import (
    DIALOG,
    Puppet,
    agreed,
    choose,
    create,
    join,
    ready,
    showing,
)

CLOSED = "Session Closed: The session creator has disconnected. The session has been closed."
STABLE = 1.0
"""How long a number has to stay, in seconds."""
BOUND = 20.0
"""In which all is right after somebody was killed (S25); the benchmark measures how soon."""
Open = Callable[..., Puppet]


@pytest.fixture
def opened(engine: Engine) -> Iterator[Open]:
    """Give a function that opens a dialog in a process; in none the displays may ever differ."""
    made: list[Puppet] = []
    with ExitStack() as living:

        def start(name: str, **options: Any) -> Puppet:
            options = {"seats": [2, 4], "auto_start": False, "name": name, **options}
            puppet = living.enter_context(Puppet("dialog", engine.url, options))
            made.append(puppet)
            return puppet

        yield start
        assert [puppet.disagreements for puppet in made] == [[]] * len(made)


def leave(puppet: Puppet) -> None:
    """Click on Cancel, and wait until the window is gone."""
    puppet.click(DIALOG, "cancel_button")
    puppet.wait(lambda shown: DIALOG not in shown)


def lists_nothing(puppet: Puppet) -> None:
    """Wait until a dialog lists no session."""
    puppet.wait(lambda shown: shown[DIALOG]["rows"] == [], BOUND)


def test_a_third_does_not_see_the_second(opened: Open) -> None:
    """S8 and S25: 2 joins (2), leaves (1, and it stays so), 3 joins and does not see 2 (2)."""
    ann, ben, chloe = (opened(name) for name in ("Ann", "Ben", "Chloe"))
    create(ann)
    join(ben)
    agreed([ann, ben], 2)
    leave(ben)
    agreed([ann], 1)
    with pytest.raises(AssertionError, match="it was not shown"):
        ann.wait(lambda shown: not showing(1)(shown), STABLE)
    join(chloe)
    agreed([ann, chloe], 2)
    tip = chloe.shown[DIALOG]["tips"][0]
    assert "Ann, Chloe" in tip
    assert "Ben" not in tip


def test_join_join_leave(opened: Open) -> None:
    """S13 and S25: both displays of all say 2, then 3, then 2, in the words that are asked for."""
    ann, ben, chloe = (opened(name) for name in ("Ann", "Ben", "Chloe"))
    create(ann)
    join(ben)
    agreed([ann, ben], 2)
    assert ben.shown[DIALOG]["rows"][0].startswith("Sea Zones (2/4 instances) ✓")
    assert ben.shown[DIALOG]["line"].startswith("2/2-4 instance(s) connected ✓")
    join(chloe)
    agreed([ann, ben, chloe], 3)
    leave(ben)
    agreed([ann, chloe], 2)
    assert len({puppet.shown[DIALOG]["seed"] for puppet in (ann, chloe)}) == 1


def test_a_member_is_killed(opened: Open) -> None:
    """All others show one less, and nobody sees a wrong number on the way."""
    ann, ben, chloe = (opened(name) for name in ("Ann", "Ben", "Chloe"))
    create(ann)
    join(ben)
    agreed([ann, ben], 2)
    join(chloe)
    agreed([ann, ben, chloe], 3)
    mark = len(ann.samples)
    ben.kill()
    for puppet in (ann, chloe):
        puppet.wait(showing(2), BOUND)
    assert {sample["shown"][DIALOG]["bottom"] for sample in ann.samples[mark:]} <= {2, 3}


def test_the_creator_is_killed(opened: Open) -> None:
    """S17: all others leave with the message, and the session is in no list any more."""
    ann, ben, chloe, onlooker = (opened(name) for name in ("Ann", "Ben", "Chloe", "Dan"))
    create(ann)
    join(ben)
    agreed([ann, ben], 2)
    join(chloe)
    agreed([ann, ben, chloe], 3)
    onlooker.wait(lambda shown: len(shown[DIALOG]["rows"]) == 1)
    ann.kill()
    for puppet in (ben, chloe):
        puppet.wait(lambda shown: shown["QMessageBox"]["text"] == CLOSED, BOUND)
        assert DIALOG not in puppet.shown
    lists_nothing(onlooker)
    for puppet in (ben, chloe):
        puppet.click("QMessageBox", "button")
        puppet.ask(do="show")
        ready(puppet)
        lists_nothing(puppet)


def test_the_creator_is_killed_alone(opened: Open) -> None:
    """What nobody else was in is gone from the lists as well."""
    ann, onlooker = opened("Ann"), opened("Dan")
    create(ann)
    onlooker.wait(lambda shown: len(shown[DIALOG]["rows"]) == 1)
    ann.kill()
    lists_nothing(onlooker)


def test_the_broker_is_killed(opened: Open, engine: Engine) -> None:
    """All are back with the same number, and a third finds a seat, however soon it asks."""
    ann, ben, chloe = (opened(name) for name in ("Ann", "Ben", "Chloe"))
    create(ann)
    join(ben)
    agreed([ann, ben], 2)
    mark = len(ann.samples)
    engine.kill()
    for puppet in (ann, ben, chloe):
        puppet.wait(lambda shown: shown[DIALOG]["status"].endswith("lost"))
    engine.start()
    for puppet in (ann, ben, chloe):
        ready(puppet)
    agreed([ann, ben], 2)
    assert {sample["shown"][DIALOG]["bottom"] for sample in ann.samples[mark:]} == {2}
    join(chloe)
    agreed([ann, ben, chloe], 3)


def test_ten_join_at_one_moment(opened: Open) -> None:
    """Eleven of eleven: nobody is lost, and all show it."""
    host = opened("Host", seats=[2, 20])
    guests = [opened(f"Guest {number}", seats=[2, 20]) for number in range(10)]
    create(host)
    for guest in guests:
        choose(guest)
    orders = [guest.send(do="click", window=DIALOG, path=["connect_button"]) for guest in guests]
    for guest, order in zip(guests, orders, strict=True):
        guest.answer(order)
    agreed([host, *guests], 11)
