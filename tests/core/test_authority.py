"""A host's fence."""

from __future__ import annotations

import pytest

from headcount.core.authority import Authority
from headcount.core.state import Timers


def authority() -> Authority:
    """Return the authority of a host with the usual times."""
    return Authority(Timers())


def test_no_authority_before_the_first_echo() -> None:
    """R2: it begins with the first heartbeat heard on this connection."""
    here = authority()
    here.sent(1, 100.0)
    assert not here.holds(100.0)
    assert here.heard(1)
    assert here.holds(100.1)


def test_it_runs_from_the_time_of_sending() -> None:
    """R2: send time + lease - 1 s, so that no member can have judged it lost before."""
    here = authority()
    here.sent(1, 100.0)
    here.heard(1)
    assert here.until == 105.0
    assert here.holds(105.0)
    assert not here.holds(105.001)


def test_each_echo_prolongs_it() -> None:
    """The last one heard back counts, in whatever order they come."""
    here = authority()
    for seq, now in ((1, 100.0), (2, 102.0), (3, 104.0)):
        here.sent(seq, now)
    assert here.heard(3)
    assert here.until == 109.0
    assert not here.heard(1)
    assert not here.heard(3)
    assert here.until == 109.0


@pytest.mark.parametrize("seq", [0, 2, 10**9])
def test_what_was_never_sent_counts_for_nothing(seq: int) -> None:
    """A forged or an old number."""
    here = authority()
    here.sent(1, 100.0)
    assert not here.heard(seq)
    assert not here.holds(100.0)


def test_what_was_sent_before_counts_for_nothing_after() -> None:
    """R2: on a new connection it begins anew."""
    here = authority()
    here.sent(1, 100.0)
    here.heard(1)
    here.sent(2, 101.0)
    here.suspend()
    assert here.until is None
    assert not here.heard(2)
    assert not here.holds(101.0)


@pytest.mark.parametrize(("lease", "length"), [(6.0, 5.0), (2.0, 1.0), (1.0, 0.5), (0.0, 0.0)])
def test_short_leases_leave_half_of_themselves(lease: float, length: float) -> None:
    """A host with a lease below two seconds would otherwise have no time at all."""
    here = Authority(Timers(lease=lease))
    here.sent(1, 100.0)
    here.heard(1)
    assert here.until == 100.0 + length
