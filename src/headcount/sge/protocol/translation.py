"""A session of ours in SGE's words, and one of theirs in ours."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from headcount.core.lifecycle import Phase
from headcount.core.names import is_name
from headcount.core.state import Incarnation, Member, SessionState
from headcount.sge.protocol.session import SessionPhase, SGDistributedSession, local

_PHASES: dict[Phase, SessionPhase] = {Phase.STARTED: "started", Phase.CLOSED: "closed"}
_THEIRS = Incarnation("sge", 0)
NO_SEED = 0
"""What stands for no seed, as they use it."""
SHORT = 6


def phase_of(state: SessionState) -> SessionPhase:
    """Return the phase as they know it: one that counts down is open."""
    return _PHASES.get(state.phase, "open")


def session_of(state: SessionState) -> SGDistributedSession:
    """Return a session of ours as one of theirs."""
    session = SGDistributedSession(
        state.session_id,
        state.creator_client_id,
        state.model_name,
        state.num_players_min,
        state.seats,
    )
    session.state = phase_of(state)
    session.connected_instances = list(state.connected_instances)
    session.version = state.version
    session.properties = copy.deepcopy(state.properties)
    session.created_at = local(datetime.fromisoformat(state.created_at))
    session.last_updated = local(datetime.fromisoformat(state.last_updated))
    session.last_heartbeat = local(datetime.fromisoformat(state.last_heartbeat))
    return session


def state_of(
    session: SGDistributedSession,
    version: int,
    *,
    seed: int | None = None,
    roles: Sequence[str] = (),
    holders: Mapping[str, str] | None = None,
    own: str = "",
) -> SessionState:
    """Return a session of theirs as one of ours, for displays.

    Args:
        session: the session.
        version: greater than that of any state of it before; their own numbers collide.
        seed: the seed, as far as it is known.
        roles: the roles of the model, which do not travel.
        holders: who has taken a role, by role.
        own: who one is.
    """
    taken = _taken(session, holders or {}, own)
    joined = session.created_at.astimezone().isoformat()
    members = {
        client_id: Member(
            name=_name(taken.get(client_id) or client_id[:SHORT]),
            joined_at=joined,
            joined_seq=number,
            incarnation=_THEIRS,
            role=taken.get(client_id),
        )
        for number, client_id in enumerate(session.connected_instances)
    }
    return SessionState(
        session_id=session.session_id,
        session_uid=_uid(session),
        creator_client_id=session.creator_client_id,
        host_client_id=session.creator_client_id,
        incarnation=_THEIRS,
        epoch=0,
        version=version,
        model_name=_name(session.model_name),
        created_at=joined,
        last_updated=session.last_updated.astimezone().isoformat(),
        last_heartbeat=session.last_heartbeat.astimezone().isoformat(),
        members=members,
        connected_instances=list(session.connected_instances),
        num_players_min=session.num_players_min,
        num_players_max=session.num_players_max,
        phase=Phase(session.state),
        seed=seed or NO_SEED,
        roles=list(dict.fromkeys([*roles, *taken.values()])),
    )


def _taken(session: SGDistributedSession, holders: Mapping[str, str], own: str) -> dict[str, str]:
    """Return who has which role; a joiner takes one under the new id it has from its launch on."""
    known = {client_id: role for role, client_id in holders.items()}
    taken = {c: known[c] for c in session.connected_instances if c in known}
    renamed = (role for client_id, role in known.items() if client_id not in taken)
    nameless = (
        client_id
        for client_id in session.connected_instances
        if client_id not in taken and client_id not in (own, session.creator_client_id)
    )
    return taken | dict(zip(nameless, renamed, strict=False))


def _uid(session: SGDistributedSession) -> str:
    """Return what tells it from others: theirs has no such thing but id and creator."""
    told = f"{session.session_id}\0{session.creator_client_id}"
    return f"sge-{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def _name(text: str) -> str:
    return text if is_name(text) else "?"
