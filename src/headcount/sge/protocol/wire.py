"""What existing SGE instances put on the wire: topics and payloads, and nothing that acts.

Every rule here is a fact of the protocol reference "SGE", sections 1 and 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from headcount.sge.protocol.session import EXPIRES, SGDistributedSession, local, local_now

Fields = Mapping[str, Any]
MAX_BYTES = 256 * 1024
SEED_EVERY = 3.0
"""Seconds between two seeds that an existing instance publishes."""
STATE_EVERY = 5.0
"""Seconds between two states and two discoveries that an existing creator publishes."""
SILENT = EXPIRES
"""Seconds of silence after which an existing instance, or its session, counts as dead."""


class Word(StrEnum):
    """The last part of a topic, or the first of what follows the session's id."""

    DISCOVERY = "session_discovery"
    STATE = "session_state"
    SEED = "session_seed_sync"
    READY = "session_instance_ready"
    DISCONNECT = "session_player_disconnect"
    START = "session_game_start"
    RESERVATION = "session_player_reservation"
    REGISTRATION = "session_player_registration"
    ALL_SELECTED = "session_all_players_selected"
    NEXT_TURN = "game_nextTurn"
    ACTION = "game_gameAction_performed"
    METHOD = "game_execute_method"


RETAINED = frozenset(
    {Word.DISCOVERY, Word.STATE, Word.SEED, Word.READY, Word.RESERVATION, Word.ALL_SELECTED}
)
"""What existing instances have the broker keep."""
NAMED = frozenset({Word.READY, Word.DISCONNECT, Word.RESERVATION, Word.REGISTRATION})
"""Topics that end with a client's or a player's name."""


@dataclass(frozen=True, slots=True)
class Publish:
    """A message for existing instances; None clears what is retained."""

    topic: str
    fields: Fields | None
    retain: bool

    @property
    def payload(self) -> bytes:
        """The bytes."""
        return b"" if self.fields is None else json.dumps(self.fields).encode()


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of existing instances, read.

    `session` is set for a state, `name` for a topic that ends with one, `fields` is None where
    the topic was cleared.
    """

    word: Word
    session_id: str
    name: str
    fields: Fields | None
    retained: bool

    @property
    def client_id(self) -> str:
        """Who sent it, or an empty text."""
        value = None if self.fields is None else self.fields.get("clientId")
        return value if isinstance(value, str) else ""


def topic(word: Word, session_id: str, name: str = "") -> str:
    """Return the topic of a word in a session."""
    if word is Word.DISCOVERY:
        return f"{word}/{session_id}"
    return f"{session_id}/{word}/{name}" if name else f"{session_id}/{word}"


def filters(session_id: str) -> list[str]:
    """Return what to subscribe to, to hear the existing instances of a session."""
    return [topic(word, session_id, "+" if word in NAMED else "") for word in Word]


def read(topic_: str, payload: bytes, retained: bool) -> Heard | None:
    """Return what a message says, or None if it is no message of theirs."""
    parts = _split(topic_)
    if parts is None or len(payload) > MAX_BYTES:
        return None
    if not payload:
        return Heard(*parts, None, retained)
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return Heard(*parts, fields, retained) if isinstance(fields, dict) else None


def state_of(heard: Heard) -> SGDistributedSession | None:
    """Return the session that a state tells, or None if it tells none."""
    if heard.word is not Word.STATE or heard.fields is None:
        return None
    try:
        session = SGDistributedSession.from_dict(heard.fields)
    except ValueError:
        return None
    return session if session.session_id == heard.session_id else None


def card_of(heard: Heard) -> SGDistributedSession | None:
    """Return what a discovery of theirs tells of a session; who is in it, it does not tell."""
    fields = heard.fields
    if heard.word is not Word.DISCOVERY or fields is None or not heard.client_id:
        return None
    try:
        card = SGDistributedSession.from_dict({**fields, "creator_client_id": heard.client_id})
    except ValueError:
        return None
    return card if card.session_id == heard.session_id else None


def is_theirs(heard: Heard) -> bool:
    """Tell whether a message says what one of theirs says, and not just anything."""
    if heard.word is Word.STATE:
        return state_of(heard) is not None
    return heard.client_id != ""


def seed_of(heard: Heard) -> int | None:
    """Return the seed that a message tells; 0 is none."""
    if heard.word is not Word.SEED or heard.fields is None:
        return None
    seed = heard.fields.get("seed")
    return seed if type(seed) is int and 0 < seed < 2**31 else None


def is_reserved(heard: Heard) -> bool:
    """Tell whether a reservation takes a player; else it gives it up."""
    return heard.fields is not None and heard.fields.get("action") == "reserve"


def ahead_of(heard: Heard, utc: float) -> float | None:
    """Return how many seconds its sender's clock is ahead of `utc`, or None if it tells no time."""
    told = None if heard.fields is None else heard.fields.get("timestamp")
    try:
        when = local(datetime.fromisoformat(told)) if isinstance(told, str) else None
    except ValueError:
        return None
    return None if when is None else (when - datetime.fromtimestamp(utc)).total_seconds()


def discovery(session: SGDistributedSession, client_id: str, utc: float) -> Publish:
    """Return the message by which a session is found."""
    fields = {
        "session_id": session.session_id,
        "clientId": client_id,
        "num_players_min": session.num_players_min,
        "num_players_max": session.num_players_max,
        "model_name": session.model_name,
        "timestamp": local_now(utc),
    }
    return Publish(topic(Word.DISCOVERY, session.session_id), fields, True)


def state(session: SGDistributedSession) -> Publish:
    """Return the message that tells a session's state."""
    return Publish(topic(Word.STATE, session.session_id), session.to_dict(), True)


def seed(session_id: str, client_id: str, value: int, leads: bool, utc: float) -> Publish:
    """Return the message that tells the seed."""
    fields = {
        "clientId": client_id,
        "seed": value,
        "is_leader": leads,
        "timestamp": local_now(utc),
    }
    return Publish(topic(Word.SEED, session_id), fields, True)


def ready(session_id: str, client_id: str, utc: float) -> Publish:
    """Return the message by which an instance counts itself."""
    fields = {
        "clientId": client_id,
        "timestamp": local_now(utc),
        "seed_synced": True,
        "game_start_subscribed": True,
    }
    return Publish(topic(Word.READY, session_id, client_id), fields, True)


def disconnect(session_id: str, client_id: str, player: str | None, utc: float) -> Publish:
    """Return the message that an instance goes."""
    fields = {
        "clientId": client_id,
        "assigned_player_name": player,
        "timestamp": local_now(utc),
    }
    return Publish(topic(Word.DISCONNECT, session_id, player or client_id), fields, False)


def start(session_id: str, client_id: str, counted_down: bool, utc: float) -> Publish:
    """Return the message that starts the game."""
    fields = {
        "clientId": client_id,
        "timestamp": local_now(utc),
        "start_type": "auto" if counted_down else "manual",
        "countdown_finished": counted_down,
    }
    return Publish(topic(Word.START, session_id), fields, False)


def reservation(session_id: str, client_id: str, player: str, utc: float) -> Publish:
    """Return the message by which an instance takes a player for itself."""
    return _reservation(session_id, client_id, player, "reserve", True, utc)


def release(session_id: str, client_id: str, player: str, utc: float) -> Publish:
    """Return the message by which it gives the player up; it is not kept, a clear follows it."""
    return _reservation(session_id, client_id, player, "release", False, utc)


def _reservation(
    session_id: str, client_id: str, player: str, action: str, retain: bool, utc: float
) -> Publish:
    fields = {
        "clientId": client_id,
        "player_name": player,
        "action": action,
        "timestamp": local_now(utc),
    }
    return Publish(topic(Word.RESERVATION, session_id, player), fields, retain)


def registration(session: SGDistributedSession, client_id: str, player: str, utc: float) -> Publish:
    """Return the message that an instance plays a player."""
    fields = {
        "clientId": client_id,
        "assigned_player_name": player,
        "num_players_min": session.num_players_min,
        "num_players_max": session.num_players_max,
        "timestamp": local_now(utc),
    }
    return Publish(topic(Word.REGISTRATION, session.session_id, player), fields, False)


def all_selected(session_id: str, client_id: str, utc: float) -> Publish:
    """Return the message that everybody has a player: waiting role dialogs close."""
    fields = {
        "clientId": client_id,
        "timestamp": local_now(utc),
        "all_players_selected": True,
    }
    return Publish(topic(Word.ALL_SELECTED, session_id), fields, True)


def clear(topic_: str) -> Publish:
    """Return the message that clears what is retained on a topic."""
    return Publish(topic_, None, True)


def fits(name: str) -> bool:
    """Tell whether a name can be one level of a topic (MQTT 3.1.1, 4.7)."""
    return bool(name) and not set(name) & set("/+#\0")


def _split(topic_: str) -> tuple[Word, str, str] | None:
    """Return word, session id and name of a topic, or None if it is none of these."""
    first, _, rest = topic_.partition("/")
    if first == Word.DISCOVERY:
        return (Word.DISCOVERY, rest, "") if rest and "/" not in rest else None
    word, _, name = rest.partition("/")
    try:
        found = Word(word)
    except ValueError:
        return None
    if found is Word.DISCOVERY or (name != "") is not (found in NAMED):
        return None
    return found, first, name
