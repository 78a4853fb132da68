"""Live sessions as the chat shows them, whichever protocol they speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from headcount.chat.server.times import iso
from headcount.core.state import SessionState
from headcount.sge.protocol.session import SGDistributedSession


@dataclass(frozen=True, slots=True)
class Live:
    """One live session; `uid` tells it from others of the same id."""

    id: str
    uid: str
    people: tuple[tuple[str, str], ...]
    """Its connected instances, as (id, name)."""
    shown: dict[str, Any]
    """All of it that the page shows."""

    @property
    def created_at(self) -> str:
        """When it was created, ISO 8601 in UTC."""
        created: str = self.shown["createdAt"]
        return created

    @property
    def count(self) -> int:
        """How many instances are connected."""
        return len(self.people)


def ours(state: SessionState) -> Live:
    """Return a session of our protocol; secrets of its members are no part of it."""
    members = [
        {
            "id": client_id,
            "name": member.name,
            "role": member.role,
            "ready": member.ready,
            "status": member.status,
            "joinedAt": member.joined_at,
        }
        for client_id, member in state.members.items()
    ]
    shown = {
        "id": state.session_id,
        "uid": state.session_uid,
        "name": state.model_name,
        "state": str(state.phase),
        "count": state.count,
        "min": state.num_players_min,
        "max": state.num_players_max,
        "joinable": state.joinable,
        "countdown": state.countdown,
        "createdAt": state.created_at,
        "host": state.host_client_id,
        "seed": state.seed,
        "roles": state.roles,
        "members": members,
        "protocol": "headcount",
    }
    people = tuple((id, state.members[id].name) for id in state.connected_instances)
    return Live(state.session_id, state.session_uid, people, shown)


def theirs(session: SGDistributedSession) -> Live:
    """Return a session of existing SGE instances, who have ids but no names and no uid."""
    created = iso(session.created_at.astimezone(UTC))
    uid = f"sge/{session.creator_client_id}/{created}"[:100]
    people = tuple((id, id) for id in session.connected_instances)
    joined = {"role": None, "ready": False, "status": "connected", "joinedAt": created}
    shown = {
        "id": session.session_id,
        "uid": uid,
        "name": session.model_name,
        "state": session.state,
        "count": len(people),
        "min": session.num_players_min,
        "max": session.num_players_max,
        "joinable": session.is_joinable(),
        "countdown": None,
        "createdAt": created,
        "host": session.creator_client_id,
        "seed": None,
        "roles": [],
        "members": [{"id": id, "name": name, **joined} for id, name in people],
        "protocol": "sge",
    }
    return Live(session.session_id, uid, people, shown)
