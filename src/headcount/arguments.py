"""What callers may give, checked in one place for the API and the command line alike.

Every function returns the value as the rest of the package wants it, or raises
`BadInputError` with what to write instead. Nothing else happens.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from headcount.core.names import is_name
from headcount.core.state import MAX_MEMBERS, Timers
from headcount.core.topics import is_id
from headcount.errors import BadInputError

DEFAULT_BROKER = "mqtt://127.0.0.1:1883"
MAX_ROLES = 64
MAX_SEED = 2**31 - 1
MAX_SECONDS = 86_400.0
MAX_PAYLOAD_BYTES = 64_000
"""The most an application message may hold, in bytes of JSON."""
MAX_SECRET = 128

Seats = int | tuple[int] | tuple[int, int | None]
"""`4` exactly, `(2, 4)` from 2 to 4, `(2,)` or `(2, None)` at least 2."""
OnHostLoss = Literal["close", "migrate"]

_ROOT = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,7}\Z")


def broker_urls(url: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the addresses to try: those given, else `$HEADCOUNT_BROKER`, else this machine's."""
    if url is None:
        url = os.environ.get("HEADCOUNT_BROKER", "").replace(",", " ").split() or DEFAULT_BROKER
    urls = (url,) if isinstance(url, str) or not isinstance(url, Iterable) else tuple(url)
    if not urls or not all(isinstance(each, str) for each in urls):
        raise BadInputError(f"give a broker address such as {DEFAULT_BROKER}, or several")
    return urls


def identifier(value: str, what: str) -> str:
    """Return a session or client id; `what` names it in the message."""
    if not isinstance(value, str) or not is_id(value):
        raise BadInputError(f"a {what} is 1 to 64 of A-Z a-z 0-9 _ -, not {value!r}")
    return value


def name(value: str, what: str = "name") -> str:
    """Return a name or a role; `what` names it in the message."""
    if not isinstance(value, str) or not is_name(value):
        raise BadInputError(f"a {what} is 1 to 64 printable characters, not {value!r}")
    return value


def root(value: str) -> str:
    """Return a prefix for topics; empty for none."""
    if value and (not isinstance(value, str) or not _ROOT.match(value)):
        raise BadInputError(f"a root is ids with / between them, such as lab/room2, not {value!r}")
    return value


def seats(value: Seats) -> tuple[int, int | None]:
    """Return the least and the most instances of a session; the most is None for no limit."""
    low, high = _range(value)
    limit = MAX_MEMBERS if high is None else high
    if not (_whole(low) and _whole(limit) and 1 <= low <= limit <= MAX_MEMBERS):
        raise BadInputError(
            f"seats are 4, (2, 4) or (2, None), from 1 to {MAX_MEMBERS}, not {value!r}"
        )
    return low, high


def _range(value: Any) -> tuple[Any, Any]:
    match value:
        case (low,):
            return low, None
        case (low, high):
            return low, high
        case _:
            return value, value


def seed(value: int) -> int:
    """Return a seed: a whole number from 0 to 2³¹−1."""
    if not _whole(value) or not 0 <= value <= MAX_SEED:
        raise BadInputError(f"a seed is a whole number from 0 to {MAX_SEED}, not {value!r}")
    return value


def roles(values: Sequence[str]) -> tuple[str, ...]:
    """Return the roles of a session: at most 64, none twice."""
    if isinstance(values, str):
        raise BadInputError(f"give roles as a list, such as [{values!r}]")
    if not isinstance(values, Iterable):
        raise BadInputError(f"give roles as a list, such as ['fisher'], not {values!r}")
    checked = tuple(name(value, "role") for value in values)
    if len(set(checked)) != len(checked):
        raise BadInputError(f"each role only once: {', '.join(checked)}")
    if len(checked) > MAX_ROLES:
        raise BadInputError(f"at most {MAX_ROLES} roles, not {len(checked)}")
    return checked


def secret(value: str) -> str:
    """Return a resume secret: 1 to 128 characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_SECRET:
        raise BadInputError(f"a secret is a text of 1 to {MAX_SECRET} characters")
    return value


def yes_or_no(value: bool, what: str) -> bool:
    """Return True or False; `what` names it in the message."""
    if not isinstance(value, bool):
        raise BadInputError(f"{what} is True or False, not {value!r}")
    return value


def on_host_loss(value: OnHostLoss) -> OnHostLoss:
    """Return what becomes of a session whose host is lost."""
    match value:
        case "close" | "migrate":
            return value
        case _:
            raise BadInputError(f"on_host_loss is 'close' or 'migrate', not {value!r}")


def seconds(value: float, what: str) -> float:
    """Return a time from 0 to a day, in seconds; `what` names it in the message."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= MAX_SECONDS:
        raise BadInputError(f"{what} is a number of seconds, 0 to {MAX_SECONDS:.0f}, not {value!r}")
    return float(value)


def timers(
    *,
    heartbeat: float = 2.0,
    lease: float = 6.0,
    grace_lobby: float = 1.5,
    grace_started: float = 30.0,
    link_timeout: float = 60.0,
) -> Timers:
    """Return the times a session runs on, in seconds; a lease holds at least two heartbeats."""
    checked = Timers(
        heartbeat=seconds(heartbeat, "heartbeat"),
        lease=seconds(lease, "lease"),
        grace_lobby=seconds(grace_lobby, "grace_lobby"),
        grace_started=seconds(grace_started, "grace_started"),
        link_timeout=seconds(link_timeout, "link_timeout"),
    )
    if checked.heartbeat <= 0 or checked.link_timeout <= 0:
        raise BadInputError("heartbeat and link_timeout must be more than 0 seconds")
    if checked.lease < 2 * checked.heartbeat:
        raise BadInputError(
            f"a lease of {lease:g} s is too short for a heartbeat of {heartbeat:g} s: "
            f"give at least {2 * heartbeat:g} s"
        )
    return checked


def json_bytes(value: Any, what: str) -> bytes:
    """Return `value` as JSON, keys in order; equal bytes mean equal values (`True` is not 1)."""
    try:
        _check_json(value)
        return msgspec.json.encode(value, order="deterministic")
    except (TypeError, ValueError, RecursionError, UnicodeError, OverflowError) as error:
        raise BadInputError(f"{what} cannot be written as JSON: {error}") from None


def _check_json(value: Any) -> None:
    """Return if others will read what was written: JSON knows no sets, no bytes and no `nan`."""
    match value:
        case None | str() | int():
            pass
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is no number")
        case dict():
            for key, each in value.items():
                if not isinstance(key, str):
                    raise TypeError(f"the key {key!r} is no text")
                _check_json(each)
        case list() | tuple():
            for each in value:
                _check_json(each)
        case _:
            raise TypeError(f"{type(value).__name__} is none of its types")


def payload(value: Any) -> Any:
    """Return what may be sent as an application message: JSON of at most 64 kB."""
    size = len(json_bytes(value, "a message"))
    if size > MAX_PAYLOAD_BYTES:
        raise BadInputError(f"a message holds {MAX_PAYLOAD_BYTES} bytes of JSON, not {size}")
    return value


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
