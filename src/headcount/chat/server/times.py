"""Times as clients read them: ISO 8601 in UTC, with milliseconds and a `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: datetime) -> str:
    """Return a time as clients read it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_now() -> str:
    """Return the time now, for people."""
    return iso(datetime.now(UTC))
