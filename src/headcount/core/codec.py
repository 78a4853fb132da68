"""Bytes to messages and back: one pure pair.

What cannot be read becomes a `Malformed`, never an exception: a peer must not be able to
raise into the application.
"""

from __future__ import annotations

from typing import Any

import msgspec

from headcount.core.events import Malformed, MessageReceived
from headcount.core.messages import (
    AppMessage,
    Beat,
    Body,
    Card,
    Heartbeat,
    Patch,
    Presence,
    Probe,
    Reply,
    Request,
)
from headcount.core.state import MAX_DEPTH, MAX_STATE_BYTES, SessionState, connected, deeper
from headcount.core.topics import RETAINED, Kind, Topic, parse

MAX_BYTES = 64 * 1024
"""The most a message other than a state may hold, in bytes."""

_TYPES: dict[Kind, type[Body]] = {
    Kind.STATE: SessionState,
    Kind.CARD: Card,
    Kind.HEARTBEAT: Heartbeat,
    Kind.REQUEST: Request,
    Kind.REPLY: Reply,
    Kind.BEAT: Beat,
    Kind.PRESENCE: Presence,
    Kind.MESSAGE: AppMessage,
    Kind.PROBE: Probe,
}
_DECODERS: dict[Kind, msgspec.json.Decoder[Body]] = {
    kind: msgspec.json.Decoder(type_) for kind, type_ in _TYPES.items()
}
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_STATE_FIELDS = {f.encode_name for f in msgspec.structs.fields(SessionState)} - {"unknown"}


def encode(body: Body | None) -> bytes:
    """Return the payload of `body`; None is the empty payload that clears a topic."""
    if body is None:
        return b""
    if isinstance(body, SessionState) and body.unknown:
        known = msgspec.to_builtins(body)
        del known["unknown"]
        return _ENCODER.encode({**body.unknown, **known})
    return _ENCODER.encode(body)


def decode(
    topic: str, payload: bytes, retained: bool = False, root: str = ""
) -> MessageReceived | Malformed:
    """Return the message that arrived on `topic`, or why it is none.

    Args:
        topic: the topic as it came, with the prefix.
        payload: the bytes as they came.
        retained: whether the broker had kept it.
        root: the prefix below which our topics are.
    """
    parsed = parse(topic, root)
    if parsed is None:
        return Malformed(topic, "not a topic of this protocol")
    if not payload:
        if parsed.kind in RETAINED:
            return MessageReceived(parsed, None, retained)
        return Malformed(topic, "empty")
    if len(payload) > (MAX_STATE_BYTES if parsed.kind is Kind.STATE else MAX_BYTES):
        return Malformed(topic, "too large")
    try:
        body = _DECODERS[parsed.kind].decode(payload)
        if isinstance(body, SessionState):
            body = _with_unknown_fields(body, payload)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return Malformed(topic, str(error))
    if retained and parsed.kind not in RETAINED:
        # Nobody of this protocol asks a broker to keep these: it is no sign of life (rule R11).
        return Malformed(topic, "retained")
    wrong = _contradiction(parsed, body)
    return Malformed(topic, wrong) if wrong else MessageReceived(parsed, body, retained)


def _with_unknown_fields(state: SessionState, payload: bytes) -> SessionState:
    """Keep the fields that a newer version wrote, so that rewriting the state loses nothing."""
    fields = _FIELDS.decode(payload)
    if fields.keys() <= _STATE_FIELDS:
        return state if not state.unknown else msgspec.structs.replace(state, unknown={})
    unknown: dict[str, Any] = {
        name: msgspec.json.decode(raw) for name, raw in fields.items() if name not in _STATE_FIELDS
    }
    return msgspec.structs.replace(state, unknown=unknown)


def _too_deep(body: Body) -> bool:
    """Tell whether what an application wrote is too deep to be compared and written again."""
    match body:
        case SessionState():
            return deeper(body.properties, MAX_DEPTH) or deeper(body.unknown, MAX_DEPTH)
        case Request() if isinstance(body.ask, Patch):
            return any(deeper([c.old, c.new], MAX_DEPTH) for c in body.ask.changes)
        case Reply():
            return deeper(body.current, MAX_DEPTH)
        case AppMessage():
            return deeper(body.payload, MAX_DEPTH)
    return False


def _contradiction(topic: Topic, body: Body) -> str | None:
    """Return what in `body` does not fit its topic or itself, or None."""
    if _too_deep(body):
        return "nested too deep"
    if topic.kind is Kind.STATE and isinstance(body, SessionState):
        if body.session_id != topic.session_id:
            return "session_id is not the topic's"
        if body.connected_instances != connected(body.members):
            return "connected_instances does not fit members"
        if body.num_players_max is not None and body.num_players_max < body.num_players_min:
            return "fewer seats than the minimum"
        if len(body.members) > body.seats:
            return "more members than seats"
        roles = [m.role for m in body.members.values() if m.role is not None]
        if len(roles) != len(set(roles)):
            return "one role, two holders"
        if not body.is_closed and body.host_client_id not in body.members:
            return "the host is no member"
    if topic.kind is Kind.CARD and isinstance(body, Card) and body.session_id != topic.session_id:
        return "session_id is not the topic's"
    return None
