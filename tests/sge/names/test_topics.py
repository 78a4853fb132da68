"""The topics that SGE's code asks for (protocol "SGE", section 4)."""

from __future__ import annotations

from headcount.sge.names.topics import game_topics, is_under, session_topics


def test_the_topics_of_a_session_have_their_places() -> None:
    """Scripts take them by number."""
    assert session_topics("sea") == [
        "sea/session_player_registration",
        "sea/session_seed_sync",
        "sea/session_player_disconnect",
        "sea/session_game_start",
        "sea/session_instance_ready",
        "sea/session_player_reservation",
        "sea/session_all_players_selected",
    ]


def test_the_topics_of_a_game() -> None:
    """Of a session, or of whatever is on the broker."""
    assert game_topics("sea")[1] == "sea/game_nextTurn"
    assert game_topics(None)[1] == "game_nextTurn"


def test_what_belongs_to_a_topic() -> None:
    """It, and what is about one name under it."""
    topics = session_topics("sea")
    assert is_under("sea/session_seed_sync", topics)
    assert is_under("sea/session_player_reservation/Player 1", topics)
    assert not is_under("sea/session_seed_synchronised", topics)
    assert not is_under("pond/session_seed_sync", topics)
