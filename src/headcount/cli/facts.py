"""Notices and states as the events of the contract, field by field."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from headcount.core import events as e
from headcount.core.state import SessionState

if TYPE_CHECKING:
    from headcount.cli.rows import Row

Fields = dict[str, Any]


def state_fields(state: SessionState) -> Fields:
    """Return the fields of a state event."""
    return {
        "session_id": state.session_id,
        "model_name": state.model_name,
        "state": state.phase,
        "count": state.count,
        "connected_instances": state.connected_instances,
        "num_players_min": state.num_players_min,
        "num_players_max": state.num_players_max,
        "version": state.version,
        "epoch": state.epoch,
        "host_client_id": state.host_client_id,
        "seed": state.seed,
        "roles": state.roles,
        "properties": state.properties,
        "members": {
            client_id: {
                "name": member.name,
                "role": member.role,
                "ready": member.ready,
                "status": member.status,
                "joined_at": member.joined_at,
            }
            for client_id, member in state.members.items()
        },
    }


def row_fields(row: Row) -> Fields:
    """Return the fields of a row in the list."""
    fields = asdict(row)
    del fields["created_at"]
    return fields


def event_of(notice: e.Notice) -> tuple[str, Fields] | None:
    """Return the event that tells a notice, or None for one that is not told.

    Answers to requests are not told here: which word was typed is not known to them.
    """
    match notice:
        case e.StateChanged():
            return "state", state_fields(notice.state)
        case e.CountdownTick():
            return "countdown", {"seconds": notice.seconds}
        case e.MessageArrived():
            return "message", {
                "from": notice.sender,
                "name": notice.name,
                "text": _text(notice.payload),
                "seq": notice.seq,
            }
        case e.LinkChanged():
            return "link", {"status": "restored" if notice.up else "lost"}
        case e.SessionClosed():
            return "closed", {"reason": notice.reason}
        case _:
            return None


def _text(payload: Any) -> str:
    if isinstance(payload, str):
        return payload
    import msgspec

    return msgspec.json.encode(payload).decode()
