"""A session of ours in SGE's words."""

from __future__ import annotations

from datetime import datetime

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge.session import SessionPhase, SGDistributedSession, local

_PHASES: dict[Phase, SessionPhase] = {Phase.STARTED: "started", Phase.CLOSED: "closed"}


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
    session.created_at = local(datetime.fromisoformat(state.created_at))
    session.last_updated = local(datetime.fromisoformat(state.last_updated))
    session.last_heartbeat = local(datetime.fromisoformat(state.last_heartbeat))
    return session
