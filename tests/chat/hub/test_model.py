"""The records of a hub."""

from __future__ import annotations

from msgspec import UNSET

from headcount.chat.hub.effects import Channel, Kind
from headcount.chat.hub.model import LOBBY, Member, Room
from tests.chat.hub.test_crowd import connection


def test_an_account_comes_before_a_name_and_a_name_before_none() -> None:
    """That is how others know a connection."""
    one = connection("a")
    assert (one.name, one.is_named, one.sender) == ("anon_a", False, "guest:a")
    one.pseudo = "zoe"
    assert (one.name, one.is_named, one.sender) == ("zoe", True, "guest:a")
    one.member = Member(7, "Alice", "admin", "L")
    assert (one.name, one.is_named, one.sender) == ("Alice", True, "account:7")
    assert one.member.is_admin


def test_the_lobby_is_not_named_on_the_wire() -> None:
    """Existing clients know no rooms."""
    assert Room(LOBBY).on_wire is UNSET
    assert Room("demo").on_wire == "demo"
    assert Room("demo").channel(Kind.TALK) == Channel("demo", Kind.TALK)
