"""What an operator may choose, and what cannot be."""

from __future__ import annotations

import pytest

from headcount.chat.server.settings import ServerSettings, lease_of
from headcount.errors import BadInputError


def test_a_lease_is_renewed_thrice_and_fenced_before_it_ends() -> None:
    """Of 30 s: every 10 s, and no later than 25 s (design, section 4)."""
    assert lease_of(30.0) == (10.0, 25.0)
    renew, fence = lease_of(6.0)
    assert renew < fence < 6.0


def test_a_lease_that_is_too_short_is_refused() -> None:
    """It would end while it is being renewed."""
    with pytest.raises(BadInputError, match="at least 3 s"):
        ServerSettings(lease=1.0)
