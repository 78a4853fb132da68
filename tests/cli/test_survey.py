"""Which topics belong to a session."""

from __future__ import annotations

import pytest

from headcount.cli.survey import PATTERNS, Pattern


@pytest.mark.parametrize(
    ("root", "topic", "session_id"),
    [
        ("", "session_state/sea", "sea"),
        ("lab", "lab/session_state/sea", "sea"),
        ("lab", "session_state/sea", None),
        ("", "lab/session_state/sea", None),
        ("", "session_state/a b", None),
        ("", "session_state/a/b", None),
        ("", "session_state/", None),
        ("", "session_state/" + "x" * 65, None),
        ("", "session_statex/sea", None),
        ("a.b", "axb/session_state/sea", None),
    ],
)
def test_a_topic_is_known_by_its_pattern(root: str, topic: str, session_id: str | None) -> None:
    """Only whole topics with an id of ours, below the root, are known."""
    assert Pattern("session_state/{id}").session_id(topic, root) == session_id


def test_what_is_cleared_is_what_we_retain() -> None:
    """Only the two kinds of topic that are published retained may be cleared."""
    cleared = {pattern.template for pattern in PATTERNS if pattern.retained}
    assert cleared == {"session_state/{id}", "session_discovery/{id}"}


def test_filters_are_below_the_root() -> None:
    """A filter asks for any id, below the root."""
    assert Pattern("{id}/session_state").filter("") == "+/session_state"
    assert Pattern("session_state/{id}").filter("lab/x") == "lab/x/session_state/+"
