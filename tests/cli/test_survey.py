"""Which topics belong to a session."""

from __future__ import annotations

import pytest

from headcount.cli.survey import PATTERNS, Pattern
from headcount.sge.protocol.wire import RETAINED, Word


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
    """Only what is published retained may be cleared: two kinds of ours, seven of theirs (S22)."""
    cleared = {pattern.template for pattern in PATTERNS if pattern.retained and not pattern.old}
    assert cleared == {"session_state/{id}", "session_discovery/{id}"}
    theirs = {pattern.template for pattern in PATTERNS if pattern.old}
    words = {*RETAINED, Word.REGISTRATION}
    assert {word for word in Word if any(f"{word}" in template for template in theirs)} == words


def test_ids_of_existing_instances_are_any_text() -> None:
    """They are typed by people."""
    state = Pattern("{id}/session_state", retained=True, old=True)
    ready = Pattern("{id}/session_instance_ready/{name}", retained=True, old=True)
    assert state.session_id("My game/session_state", "") == "My game"
    assert ready.session_id("My game/session_instance_ready/Player 1", "") == "My game"
    assert ready.filter("") == "+/session_instance_ready/+"
    assert state.session_id("a/b/session_state", "") is None


def test_filters_are_below_the_root() -> None:
    """A filter asks for any id, below the root."""
    assert Pattern("{id}/session_state").filter("") == "+/session_state"
    assert Pattern("session_state/{id}").filter("lab/x") == "lab/x/session_state/+"
