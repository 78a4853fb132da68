"""Drafts: what no database could keep is refused before it spoils a group."""

from __future__ import annotations

import pytest

from headcount.chat.store import Draft
from headcount.chat.store.messages import number_or_none
from headcount.errors import BadInputError


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"pseudo": "\udfff"},
        {"guest": "\0"},
        {"ref": "\0"},
        {"room": ""},
        {"room": "\0"},
        {"room": "x" * 201},
        {"ref": "x" * 201},
        {"guest": "x" * 201},
        {"ref": "r", "guest": ""},
    ],
)
def test_what_cannot_be_kept_is_refused(fields: dict[str, str]) -> None:
    """Where it is made, so that it never reaches the database."""
    good = {"room": "lobby", "pseudo": "Zed", "text": "hello", "guest": "z"}
    Draft(**good)  # type: ignore[arg-type]
    with pytest.raises(BadInputError):
        Draft(**{**good, **fields})  # type: ignore[arg-type]


def test_senders_are_told_apart() -> None:
    """An account from a guest, whatever the guest's key is."""
    member = Draft("lobby", "Ana", "x", user_id=7)
    guest = Draft("lobby", "Ana", "x", guest="account:7")
    assert member.sender != guest.sender


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, 1), (2**53 - 1, 2**53 - 1), (2**53, None), (0, None), (-1, None), (None, None)],
)
def test_only_numbers_of_messages_are_looked_for(number: int | None, expected: int | None) -> None:
    """What can be none is not even asked about."""
    assert number_or_none(number) == expected
