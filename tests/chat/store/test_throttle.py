"""The throttle, by the clock it is given."""

from __future__ import annotations

import pytest

from headcount.chat.store.throttle import Allowance, LoginThrottle, network

PAIR, ADDRESS = Allowance(3, 10.0), Allowance(5, 1.0)


@pytest.fixture
def throttle() -> LoginThrottle:
    """Give one that bears little."""
    return LoginThrottle(PAIR, ADDRESS, most=8)


def test_failures_of_one_account_at_one_address_are_slowed_down(throttle: LoginThrottle) -> None:
    """Some at once, then one for each that is forgotten."""
    for _ in range(3):
        assert throttle.wait("ana", "a", 100.0) == 0
        throttle.failed("ana", "a", 100.0)
    assert throttle.wait("ana", "a", 100.0) == 10
    assert throttle.wait("ana", "a", 109.0) == pytest.approx(1)
    assert throttle.wait("ana", "a", 110.0) == 0
    throttle.failed("ana", "a", 110.0)
    assert throttle.wait("ana", "a", 110.0) == 10


def test_nobody_is_locked_out_by_a_stranger(throttle: LoginThrottle) -> None:
    """What fails elsewhere changes nothing here, however much it is."""
    for n in range(1000):
        throttle.failed("ana", f"10.0.0.{n % 250}", 0.0)
    assert throttle.wait("ana", "192.0.2.1", 0.0) == 0


def test_one_password_for_all_accounts_is_slowed_down(throttle: LoginThrottle) -> None:
    """An address has a count as well; it runs off fast."""
    for n in range(5):
        assert throttle.wait(f"user{n}", "a", 0.0) == 0
        throttle.failed(f"user{n}", "a", 0.0)
    assert throttle.wait("user9", "a", 0.0) == 1
    assert throttle.wait("user9", "b", 0.0) == 0


def test_a_success_forgives_the_accounts_failures_only(throttle: LoginThrottle) -> None:
    """Logging in to one's own account does not help to guess another's."""
    for _ in range(2):
        throttle.failed("ana", "a", 0.0)
    for _ in range(3):
        throttle.failed("ben", "a", 0.0)
    throttle.succeeded("ana", "a")
    assert throttle.wait("ben", "a", 0.0) == 10
    assert throttle.wait("ana", "a", 0.0) == 1, "the address has failed five times"
    assert throttle.wait("ana", "a", 1.0) == 0


def test_what_is_kept_is_bounded(throttle: LoginThrottle) -> None:
    """What was touched longest ago is forgotten first."""
    for n in range(100):
        throttle.failed(f"user{n}", f"a{n}", 0.0)
    assert len(throttle) <= 8


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
    ],
)
def test_addresses_of_one_household_count_together(address: str, expected: str) -> None:
    """Who has one address of IPv6 has 2⁶⁴ of them."""
    assert network(address) == expected
