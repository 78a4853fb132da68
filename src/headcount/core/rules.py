"""What a host answers to a request: a pure function of the state and the request.

Every rule about seats, roles, starting and changing stands here once, for the requests of
members and for the host's own commands alike.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import replace

from headcount.core import messages as m
from headcount.core.lifecycle import Phase, Turn
from headcount.core.messages import Code
from headcount.core.names import is_name
from headcount.core.state import (
    MAX_MEMBERS,
    MAX_PROPERTIES_BYTES,
    MAX_VALUE_DEPTH,
    Applied,
    Member,
    Removal,
    SessionState,
    deeper,
)

_WRITABLE = ("model_name", "num_players_min", "num_players_max")
_PROPERTY = "properties."


@dataclass(frozen=True, slots=True)
class Decision:
    """How a request ends: the state after it, or a refusal with the reason."""

    state: SessionState | None = None
    code: Code = Code.ACCEPTED
    message: str = ""
    current: dict[str, Any] = field(default_factory=dict)


def refuse(code: Code, message: str, current: dict[str, Any] | None = None) -> Decision:
    """Return a refusal."""
    return Decision(None, code, message, current or {})


def resume_hash(secret: str) -> str:
    """Return what a state tells of a resume secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def decide(state: SessionState, request: m.Request, utc: str) -> Decision:
    """Return how `request` ends when it is applied to `state`.

    Args:
        state: the newest state; the one in the decision is the same but for what was asked.
        request: the request, the host's own included.
        utc: the time to write down, ISO 8601 in UTC; no rule depends on it.
    """
    if state.is_closed:
        return refuse(Code.CLOSED, "the session is over")
    ask = request.ask
    if isinstance(ask, m.Join):
        return _join(state, request, ask, utc)
    member = state.members.get(request.client_id)
    if member is None or member.incarnation.nonce != request.incarnation.nonce:
        return refuse(Code.NOT_MEMBER, "join the session first")
    match ask:
        case m.Leave():
            return Decision(state.without_member(request.client_id, _removal("left", request)))
        case m.Ready():
            return Decision(state.with_member(request.client_id, replace(member, ready=ask.ready)))
        case m.Role():
            return _role(state, request.client_id, member, ask.role)
        case m.Patch():
            return _patch(state, ask)
        case m.Start() | m.Cancel() | m.Close() | m.Kick():
            if request.client_id != state.host_client_id:
                return refuse(Code.NOT_ALLOWED, "only the host may do this")
            return _command(state, ask)
        case _:
            return refuse(Code.BAD_INPUT, "not a request that changes anything")


def applied(request: m.Request, code: Code = Code.ACCEPTED) -> Applied:
    """Return the note that `request` was decided."""
    return Applied(request.incarnation.nonce, request.request, code.value)


def _removal(why: Any, request: m.Request) -> Removal:
    return Removal(why, applied(request))


def _join(state: SessionState, request: m.Request, ask: m.Join, utc: str) -> Decision:
    if not is_name(ask.name):
        return refuse(Code.BAD_INPUT, "a name is 1 to 64 printable characters")
    client_id = request.client_id
    removal = state.removed.get(client_id)
    if removal is not None and removal.why == "kicked":
        return refuse(Code.KICKED, "the host has removed this client for good")
    member = state.members.get(client_id)
    if member is not None:
        return _resume(state, request, ask, member)
    if state.phase is not Phase.OPEN:
        return refuse(Code.STARTED, "the session has started")
    if len(state.members) >= state.seats:
        return refuse(Code.FULL, f"all {state.seats} seats are taken")
    newcomer = Member(
        name=ask.name,
        joined_at=utc,
        joined_seq=1 + max((x.joined_seq for x in state.members.values()), default=0),
        incarnation=request.incarnation,
        resume_hash=resume_hash(ask.secret),
    )
    seated = replace(
        state.with_member(client_id, newcomer),
        removed={cid: r for cid, r in state.removed.items() if cid != client_id},
    )
    return Decision(seated) if ask.role is None else _role(seated, client_id, newcomer, ask.role)


def _resume(state: SessionState, request: m.Request, ask: m.Join, member: Member) -> Decision:
    same_process = member.incarnation.nonce == request.incarnation.nonce
    if not same_process and not hmac.compare_digest(member.resume_hash, resume_hash(ask.secret)):
        return refuse(Code.NOT_ALLOWED, "this client id has a seat that another process holds")
    back = replace(member, incarnation=request.incarnation, status="connected", name=ask.name)
    seated = state.with_member(request.client_id, back)
    if request.client_id == state.host_client_id and not same_process:
        # The host's own seat: with it goes the session, to the newer process.
        seated = replace(seated, incarnation=request.incarnation, epoch=state.epoch + 1)
    if ask.role is None or ask.role == member.role:
        return Decision(seated)
    return _role(seated, request.client_id, back, ask.role)


def _role(state: SessionState, client_id: str, member: Member, role: str | None) -> Decision:
    if role is not None:
        if role not in state.roles:
            known = ", ".join(state.roles) or "none"
            return refuse(Code.ROLE_UNKNOWN, f"no role {role!r} here; there are: {known}")
        holder = state.role_holder(role)
        if holder not in (None, client_id):
            return refuse(Code.ROLE_TAKEN, f"{role!r} is taken; choose another role")
    return Decision(state.with_member(client_id, replace(member, role=role)))


def _command(state: SessionState, ask: m.Start | m.Cancel | m.Close | m.Kick) -> Decision:
    match ask:
        case m.Start():
            return start(state, ask.countdown)
        case m.Cancel():
            turned = state.turned(Turn.CANCEL)
            if turned is None:
                return refuse(Code.NOT_ALLOWED, "no countdown is running")
            return Decision(turned)
        case m.Close():
            return Decision(closed(state, "closed"))
        case m.Kick():
            if ask.client_id == state.host_client_id:
                return refuse(Code.NOT_ALLOWED, "the host cannot be kicked; close the session")
            member = state.members.get(ask.client_id)
            if member is None:
                return refuse(Code.NOT_MEMBER, f"no member {ask.client_id!r}")
            return Decision(state.without_member(ask.client_id, Removal("kicked", member.applied)))


def start(state: SessionState, countdown: float) -> Decision:
    """Return `state` started, or counting down for `countdown` seconds if that is not 0."""
    if state.count < state.num_players_min:
        missing = state.num_players_min - state.count
        return refuse(Code.NOT_ALLOWED, f"{missing} more needed to start")
    turned = state.turned(Turn.COUNT_DOWN if countdown > 0 else Turn.START)
    if turned is None:
        return refuse(Code.NOT_ALLOWED, f"the session is {state.phase} already")
    return Decision(replace(turned, countdown=countdown) if countdown > 0 else turned)


def closed(state: SessionState, reason: str) -> SessionState:
    """Return `state` closed, one epoch on (rule R6)."""
    return replace(
        state, phase=Phase.CLOSED, countdown=None, closed_reason=reason, epoch=state.epoch + 1
    )


def handed_over(state: SessionState, heir: str) -> SessionState:
    """Return `state` without its host, hosted by `heir`, one epoch on (rule R6)."""
    left = (state.turned(Turn.TAKE_OVER) or state).without_member(
        state.host_client_id, Removal("left")
    )
    return replace(
        left,
        epoch=state.epoch + 1,
        host_client_id=heir,
        incarnation=state.members[heir].incarnation,
    )


def readable(state: SessionState, path: str) -> tuple[bool, Any]:
    """Return whether `path` names something that is there, and its value."""
    if path.startswith(_PROPERTY):
        key = path[len(_PROPERTY) :]
        return key in state.properties, state.properties.get(key)
    return (path in _WRITABLE), getattr(state, path, None) if path in _WRITABLE else None


def unfit(patch: m.Patch) -> Decision | None:
    """Return a refusal if a patch holds what nobody could read, else None."""
    if any(deeper(change.new, MAX_VALUE_DEPTH) for change in patch.changes):
        return refuse(Code.BAD_INPUT, f"a value may nest {MAX_VALUE_DEPTH} levels deep")
    return None


def _patch(state: SessionState, patch: m.Patch) -> Decision:
    wrong = unfit(patch)
    if wrong is not None:
        return wrong
    moved = {}
    for change in patch.changes:
        if not change.path.startswith(_PROPERTY) and change.path not in _WRITABLE:
            return refuse(Code.NOT_ALLOWED, f"{change.path!r} cannot be written")
        there, value = readable(state, change.path)
        if there == change.old_absent or (there and _json(value) != _json(change.old)):
            moved[change.path] = value
    if moved:
        return refuse(Code.CONFLICT, "changed by somebody else: " + ", ".join(moved), moved)
    return _patched(state, patch.changes)


def _json(value: Any) -> bytes:
    """Return what tells true from 1, which Python holds equal."""
    return msgspec.json.encode(value, order="deterministic")


def _patched(state: SessionState, changes: list[m.Change]) -> Decision:
    properties = dict(state.properties)
    fields: dict[str, Any] = {}
    for change in changes:
        if not change.path.startswith(_PROPERTY):
            fields[change.path] = change.new
        elif change.new_absent:
            properties.pop(change.path[len(_PROPERTY) :], None)
        else:
            properties[change.path[len(_PROPERTY) :]] = change.new
    if len(msgspec.json.encode(properties)) > MAX_PROPERTIES_BYTES:
        limit = MAX_PROPERTIES_BYTES // 1024
        return refuse(Code.BAD_INPUT, f"properties may hold {limit} kB in all")
    wrong = _wrong_fields(state, fields)
    if wrong:
        return refuse(Code.BAD_INPUT, wrong)
    return Decision(replace(state, properties=properties, **fields))


def _wrong_fields(state: SessionState, fields: dict[str, Any]) -> str | None:
    if "model_name" in fields and not (
        isinstance(fields["model_name"], str) and is_name(fields["model_name"])
    ):
        return "model_name is 1 to 64 printable characters"
    low = fields.get("num_players_min", state.num_players_min)
    high = fields.get("num_players_max", state.num_players_max)
    if type(low) is not int or not (high is None or type(high) is int):
        return "seats are whole numbers"
    if not 1 <= low <= (MAX_MEMBERS if high is None else high) <= MAX_MEMBERS:
        return f"seats are 1 to {MAX_MEMBERS}, the minimum not above the maximum"
    if len(state.members) > (MAX_MEMBERS if high is None else high):
        return "more members are here than that leaves seats"
    return None
