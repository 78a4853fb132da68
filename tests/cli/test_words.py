"""Events as lines for people."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.cli.words import REASONS, Words, seats


def state(**changes: Any) -> dict[str, Any]:
    """Return the fields of a state event."""
    member = {"name": "Ana", "role": None, "ready": False, "status": "connected"}
    fields = {"model_name": "Sea", "state": "open", "count": 1, "version": 1}
    seats = {"num_players_min": 2, "num_players_max": 4, "host_client_id": "a"}
    return {**fields, **seats, "properties": {}, "members": {"a": member}, **changes}


def test_what_would_steer_a_terminal_is_shown_as_a_dot() -> None:
    """Names and texts of others cannot steer the terminal."""
    fields = {"from": "x", "name": "\x1b]0;x\x07", "text": "\x1b[31m[red]hi", "seq": 1}
    [line] = Words().lines("message", fields)
    assert line == "·]0;x·: ·[31m[red]hi"


@pytest.mark.parametrize(
    ("low", "high", "text"), [(4, 4, "4"), (2, 4, "2-4"), (2, None, "2+"), (1, 1, "1")]
)
def test_seats_are_short(low: int, high: int | None, text: str) -> None:
    """Seats are shown as people write them."""
    assert seats(low, high) == text


def test_a_state_is_shown_when_people_can_see_a_change() -> None:
    """The same line is not shown twice, unless somebody asks for it."""
    words = Words(own="a")
    assert list(words.lines("state", state())) == ["● Sea  1/2-4  open   Ana (host, you)"]
    assert list(words.lines("state", state(version=2))) == []
    assert len(list(words.lines("state", state(version=2)))) == 1
    assert len(list(words.lines("state", state(version=3, count=2)))) == 1


def test_every_reason_has_its_words() -> None:
    """Each reason of the contract is told in a sentence."""
    contract = {"left", "host_left", "host_lost", "kicked", "replaced", "closed"}
    assert set(REASONS) == contract | {"link_lost", "broker_gone"}
    for reason in [*REASONS, "unheard_of"]:
        assert len(list(Words().lines("closed", {"reason": reason}))) == 1
