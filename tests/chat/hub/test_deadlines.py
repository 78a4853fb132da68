"""Times by name."""

from __future__ import annotations

from headcount.chat.hub.deadlines import Deadlines


def test_names_come_in_order_of_time() -> None:
    """Whoever is due is taken, once."""
    due: Deadlines[str] = Deadlines()
    due.set("b", 2.0)
    due.set("a", 1.0)
    due.set("c", 3.0)
    assert due.next() == 1.0
    assert due.take(2.0) == ["a", "b"]
    assert due.take(2.0) == []
    assert "c" in due
    assert "a" not in due


def test_the_last_time_set_counts() -> None:
    """An earlier time for the same name is forgotten."""
    due: Deadlines[str] = Deadlines()
    due.set("a", 1.0)
    due.set("a", 5.0)
    assert due.take(4.0) == []
    assert due.next() == 5.0


def test_soonest_never_puts_off() -> None:
    """What is due sooner stays so."""
    due: Deadlines[int] = Deadlines()
    due.soonest(1, 5.0)
    due.soonest(1, 7.0)
    assert due.next() == 5.0
    due.soonest(1, 3.0)
    assert due.next() == 3.0


def test_a_cancelled_time_never_comes() -> None:
    """Nothing is left of it."""
    due: Deadlines[str] = Deadlines()
    due.set("a", 1.0)
    due.cancel("a")
    due.cancel("b")
    assert due.next() is None
    assert due.take(9.0) == []


def test_delay_puts_all_off() -> None:
    """The time in which nobody could be heard is given back."""
    due: Deadlines[str] = Deadlines()
    due.set("a", 1.0)
    due.set("b", 2.0)
    due.delay(10.0)
    assert due.take(11.0) == ["a"]
    assert due.next() == 12.0
