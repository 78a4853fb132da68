"""Why something was refused, as windows say it."""

from __future__ import annotations

import inspect

import pytest

from headcount import errors
from headcount.core.messages import Code
from headcount.qt.refusals import FRENCH, refusal

NOBODY = (
    "nobody listens at h:1: start a broker there (headcount serve) "
    "or give another address with --broker"
)


def test_a_window_knows_no_command_line() -> None:
    """What can be typed elsewhere is left out; the cause stays."""
    told = refusal("en", "BrokerRefusedError", NOBODY)
    assert told == "nobody listens at h:1: start a broker there or give another address"
    assert refusal("en", "FULL", "all 4 seats are taken") == "all 4 seats are taken"


def test_in_french() -> None:
    """With the address, the session or the role that was wanted."""
    assert "h:1" in refusal("fr", "BrokerRefusedError", NOBODY, where="h:1")
    assert refusal("fr", "NOT_FOUND", "", id="demo") == "il n'y a pas de session active « demo »"
    assert "Maire" in refusal("fr", "ROLE_TAKEN", "", role="Maire")


def test_what_has_no_translation_is_told_as_it_came() -> None:
    """Better than nothing; and no brace in it is taken for a field."""
    assert refusal("fr", "BAD_INPUT", "seats: {0}") == "seats: {0}"


@pytest.mark.parametrize("code", FRENCH)
def test_every_text_belongs_to_something(code: str) -> None:
    """A code of the protocol, an error, or a reason for which a session ended."""
    reasons = {"host_lost", "link_lost", "broker_gone"}
    kinds = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    assert code in kinds | set(Code) | reasons
    assert FRENCH[code].format(where="h", id="i", role="r")


def test_every_way_to_find_no_broker_has_a_text() -> None:
    """Those are what a player can do something about."""
    kinds = errors.NoBrokerError.__subclasses__()
    assert [kind.__name__ for kind in kinds if kind.__name__ not in FRENCH] == []


def test_an_id_that_is_none() -> None:
    """It is told in French as well; other input that cannot be used keeps its own words."""
    assert "« a b » n'est pas un identifiant" in refusal("fr", "BAD_INPUT", "no id", id="a b")
    assert refusal("fr", "BAD_INPUT", "too much", id="sea") == "too much"
    assert refusal("en", "BAD_INPUT", "no id", id="a b") == "no id"
