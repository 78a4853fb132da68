"""How rooms are called in the store."""

from __future__ import annotations

from headcount.chat.server.names import RoomNames


def test_a_session_is_stored_under_id_and_uid() -> None:
    """So that another session of the same id finds nothing of it; the lobby is the lobby."""
    names = RoomNames()
    assert "lobby" in names
    assert names.stored("lobby") == "lobby"
    assert names.update({"sea": "u1", "lobby": "u2"}) == set()
    assert ("sea" in names, names.stored("sea"), names.stored("lobby")) == (True, "sea/u1", "lobby")
    assert names.update({"sea": "u3"}) == {"sea"}
    assert names.stored("sea") == "sea/u3"
    assert names.update({}) == set()
    assert "sea" not in names
