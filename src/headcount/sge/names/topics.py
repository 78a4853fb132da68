"""The topics of a session and of a game, as SGE's code asks for them (protocol "SGE", 1 and 4)."""

from __future__ import annotations

from headcount.sge.protocol.wire import Word

SESSION = (
    Word.REGISTRATION,
    Word.SEED,
    Word.DISCONNECT,
    Word.START,
    Word.READY,
    Word.RESERVATION,
    Word.ALL_SELECTED,
)
"""In this order."""
GAME = (Word.ACTION, Word.NEXT_TURN, Word.METHOD)


def session_topics(session_id: str) -> list[str]:
    """Return the topics of a session; scripts know them by their places in this list."""
    return [f"{session_id}/{word}" for word in SESSION]


def game_topics(session_id: str | None) -> list[str]:
    """Return the topics of a game; without a session, those of all that is on the broker."""
    return [f"{session_id}/{word}" if session_id else str(word) for word in GAME]


def is_under(topic: str, topics: list[str]) -> bool:
    """Tell whether a topic is one of these, or is about one name under one of them."""
    return any(topic == each or topic.startswith(f"{each}/") for each in topics)
