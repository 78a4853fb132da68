"""What an operator may choose."""

from __future__ import annotations

from dataclasses import fields

from headcount.chat.hub.settings import Settings


def test_the_defaults_are_those_of_the_design() -> None:
    """Section 4, and the limits that issue 4 names."""
    plain = Settings()
    assert (plain.count, plain.same_account, plain.guests) == ("connections", "reject", True)
    assert (plain.ping, plain.timeout, plain.probe) == (10.0, 10.0, 1.0)
    assert (plain.renew, plain.fence) == (10.0, 25.0)
    assert (plain.burst, plain.rate, plain.per_address) == (200, 100.0, 1500)
    assert plain.longest_message == 5000


def test_every_setting_is_explained() -> None:
    """Its name stands in the docstring."""
    for field in fields(Settings):
        assert f"{field.name}: " in (Settings.__doc__ or "")
