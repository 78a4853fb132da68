"""Times as clients read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from headcount.chat.server.times import iso, iso_now


def test_a_time_is_utc_with_milliseconds_and_a_z() -> None:
    """Wherever it was taken."""
    at = datetime(2026, 11, 21, 1, 24, 58, 69_999, timezone(timedelta(hours=1)))
    assert iso(at) == "2026-11-21T00:24:58.069Z"
    assert iso(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", iso_now())
