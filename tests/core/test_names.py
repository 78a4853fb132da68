"""Names that people give, and what others wrote where it is shown."""

from __future__ import annotations

import pytest

from headcount.core.names import is_name, printable


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("a", True),
        ("Zoé Müller", True),
        ("x" * 64, True),
        ("é" * 64, True),
        ("😀" * 64, True),
        ("", False),
        ("x" * 65, False),
        ("é" * 65, False),
        ("a\tb", False),
        ("\ud800", False),
    ],
)
def test_what_is_a_name(text: str, good: bool) -> None:
    """1 to 64 printable characters."""
    assert is_name(text) is good


@pytest.mark.parametrize("name", ["👨\u200d👩\u200d👧", "می\u200cخواهم", "A\u00a0B", "é", "x" * 64])
def test_names_of_all_scripts_are_names(name: str) -> None:
    """What joins signs is part of how some names are written."""
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "a\x1bb", "\u202ea"])
def test_what_would_steer_a_terminal_is_no_name(name: str) -> None:
    """Control characters, and those that turn the direction of writing."""
    assert not is_name(name)


def test_what_is_shown_of_others_steers_nothing() -> None:
    """A dot stands for it, in a terminal as in a window; what joins signs is kept."""
    assert printable("a\x1b[2Jb\nc\u202e") == "a·[2Jb·c·"
    assert printable("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"
