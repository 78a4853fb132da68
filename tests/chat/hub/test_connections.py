"""Open connections."""

from __future__ import annotations

from headcount.chat.hub.connections import Connections
from tests.chat.hub.test_crowd import connection


def test_a_connection_is_known_by_its_id_until_it_goes() -> None:
    """Removing another one of the same id removes nothing."""
    known = Connections()
    one, other = connection("a"), connection("a")
    known.add(one)
    assert "a" in known
    assert known.get("a") is one
    assert not known.remove(other)
    assert len(known) == 1
    known.remove(one)
    assert known.get("a") is None
    assert list(known) == []


def test_one_may_remove_while_one_looks() -> None:
    """Closing all connections is a plain loop."""
    known = Connections()
    for name in "abc":
        known.add(connection(name))
    for one in known:
        known.remove(one)
    assert len(known) == 0
