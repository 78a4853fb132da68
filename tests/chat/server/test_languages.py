"""Which of two languages somebody is answered in."""

from __future__ import annotations

import pytest

from headcount.chat.server.languages import language_of


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "fr"),
        ("", "fr"),
        ("fr", "fr"),
        ("en", "en"),
        ("en-GB,fr;q=0.9", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("de, en;q=0.5, fr;q=0.6", "fr"),
        ("de-DE,de;q=0.9,en;q=0.8", "en"),
        ("ja", "fr"),
        ("en;q=0", "fr"),
        ("en;q=abc", "fr"),
        ("EN", "en"),
        (";;;,,=", "fr"),
        (", ".join(["de"] * 50) + ", en", "fr"),
    ],
)
def test_the_language_that_is_wanted_most(accepted: str | None, language: str) -> None:
    """French where neither is wanted, as existing clients know it."""
    assert language_of(accepted) == language
