"""Who counts."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.chat.hub.connections import Connections
from headcount.chat.hub.crowd import Crowd, folded
from headcount.chat.hub.model import Connection, Member, Room


def connection(name: str, **more: Any) -> Connection:
    """Return an open connection without a name."""
    return Connection(name, "1.2.3.4", "en", f"anon_{name}", Room("lobby"), 0.0, **more)


def crowd(count: Any = "connections") -> tuple[Crowd, list[int]]:
    """Return an empty crowd, and a list that grows with each change."""
    changes: list[int] = []
    return Crowd(count, lambda: changes.append(1)), changes


def test_the_number_is_the_length_of_the_set() -> None:
    """Coming twice or going twice changes nothing (K1)."""
    made, changes = crowd()
    one = connection("a")
    made.update(one, 0.0)
    made.update(one, 0.0)
    assert (made.count, len(changes)) == (1, 1)
    made.discard(one)
    made.discard(one)
    assert (made.count, len(changes)) == (0, 2)


def test_who_contends_does_not_count() -> None:
    """Whichever of the two connections goes, the number told was right."""
    made, _ = crowd()
    one = connection("a")
    made.update(one, 0.0)
    one.contending = True
    made.update(one, 0.0)
    assert made.count == 0


def test_who_is_known_counts_at_once() -> None:
    """Only those without a name may have to wait."""
    made, _ = crowd()
    one = connection("a", counts_from=5.0)
    made.update(one, 4.9)
    assert made.count == 0
    one.pseudo = "zoe"
    made.update(one, 4.9)
    assert made.count == 1


def test_names_are_counted_once() -> None:
    """Two windows of one account, a guest, and one without a name are two (K2)."""
    made, _ = crowd("names")
    member = Member(1, "Alice", "user", "L")
    for one in (
        connection("a", member=member),
        connection("b", member=member),
        connection("c", pseudo="zoe"),
        connection("d"),
    ):
        made.update(one, 0.0)
    assert made.count == 2
    assert [here.name for here in made.people()] == ["Alice", "zoe"]


@pytest.mark.parametrize("count", ["connections", "names"])
def test_there_are_as_many_people_as_the_number_says(count: Any) -> None:
    """Through coming, going, and changes of names."""
    made, _ = crowd(count)
    everyone = [connection(str(number)) for number in range(6)]
    for number, one in enumerate(everyone):
        made.update(one, 0.0)
        one.pseudo = f"name{number % 3}"
        made.update(one, 0.0)
        assert len(made.people()) == made.count
    assert made.count == (6 if count == "connections" else 3)
    for one in everyone:
        made.discard(one)
        assert len(made.people()) == made.count
    assert made.count == 0


def test_a_name_is_found_in_any_spelling() -> None:
    """Case and form of its letters do not matter."""
    made, _ = crowd()
    made.update(connection("a", pseudo="ＢｏＢ"), 0.0)
    assert made.named("bob") == ["a"]
    assert folded("Straße") == folded("STRASSE")
    assert folded("bob\u200d") == folded("b\u00adob\ufe0f") == folded("BoB")


def test_connections_are_counted_by_address() -> None:
    """An address without connections leaves nothing behind."""
    known = Connections()
    one = connection("a")
    known.add(one)
    assert known.from_address("1.2.3.4") == 1
    assert known.remove(one)
    assert not known.remove(one)
    assert known.from_address("1.2.3.4") == 0
