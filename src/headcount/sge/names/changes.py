"""What an updater has changed of a session, as what to ask its host for (S18)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from headcount.core.messages import AnyAsk, Change, Close, Kick, Patch, Start
from headcount.core.state import MAX_MEMBERS
from headcount.errors import BadInputError
from headcount.sge.protocol.session import SGDistributedSession
from headcount.updates import difference

Updater = Callable[[SGDistributedSession], object]
"""Changes the session it is given, or returns another; `False` is to change nothing."""
WRITABLE = ("model_name", "num_players_min", "num_players_max")
"""The fields that any instance may change."""
FIXED = ("session_id", "creator_client_id", "created_at")


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do, in this order; the first is refused as a whole if one of its values moved."""

    patch: Patch | None
    joins: bool
    leaves: bool
    asks: tuple[AnyAsk, ...]


def check(updater: object, max_retries: object) -> None:
    """Return if an update may be begun with these.

    Raises:
        BadInputError: one of them cannot be used.
    """
    if not callable(updater):
        raise BadInputError(f"an updater is a function of the session, not {updater!r}")
    if isinstance(max_retries, bool) or not isinstance(max_retries, int) or max_retries < 0:
        raise BadInputError(f"max_retries is a whole number from 0, not {max_retries!r}")


def updated(before: SGDistributedSession, updater: Updater) -> SGDistributedSession:
    """Return what an updater makes of a session."""
    given = copy.deepcopy(before)
    result = updater(given)
    if isinstance(result, SGDistributedSession):
        return result
    return before if result is False else given


def changes(before: SGDistributedSession, after: SGDistributedSession, own: str) -> Changes:
    """Return what an instance has to ask for so that `before` becomes `after`.

    Args:
        before: the session as it was read.
        after: as the updater left it.
        own: the instance's client id.

    Raises:
        BadInputError: it changes what cannot be changed so; the message says what.
    """
    instances = after.connected_instances
    if not isinstance(instances, list) or not all(isinstance(each, str) for each in instances):
        raise BadInputError(f"connected_instances is a list of client ids, not {instances!r}")
    for name in FIXED:
        if getattr(before, name) != getattr(after, name):
            raise BadInputError(f"{name} of a session cannot be changed")
    came = set(after.connected_instances) - set(before.connected_instances)
    gone = set(before.connected_instances) - set(after.connected_instances)
    if came - {own}:
        raise BadInputError("only an instance itself can join a session: add your own client id")
    kicked = [Kick(client_id) for client_id in before.connected_instances if client_id in gone]
    asks: list[AnyAsk] = [kick for kick in kicked if kick.client_id != own]
    if after.state != before.state:
        asks.append(_turn(before, after))
    return Changes(_patch(before, after), own in came, own in gone, tuple(asks))


def _turn(before: SGDistributedSession, after: SGDistributedSession) -> AnyAsk:
    if after.is_closed():
        return Close()
    if after.is_started() and before.is_open():
        return Start(0.0)
    raise BadInputError(f"a session that is {before.state} cannot become {after.state}")


def _patch(before: SGDistributedSession, after: SGDistributedSession) -> Patch | None:
    fields = [
        Change(name, _bounded(getattr(before, name)), _bounded(getattr(after, name)))
        for name in WRITABLE
        if getattr(before, name) != getattr(after, name)
    ]
    found = [*fields, *difference(before.properties, after.properties)]
    return Patch(found) if found else None


def _bounded(value: str | int) -> str | int | None:
    """Return a value as our state has it: as many as ever find room are no bound."""
    return None if value == MAX_MEMBERS else value
