"""Names that must not come back."""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent.parent / "src"


@pytest.mark.parametrize(
    "name", ["session_instances_cache", "ready_instances", "connected_instances_snapshot"]
)
def test_a_second_truth_exists_nowhere(name: str) -> None:
    """S14: what the displays show is in the session's state, and nothing else keeps it."""
    files = [path for path in SOURCE.rglob("*") if path.suffix in (".py", ".pyi", ".json")]
    assert files
    assert [path for path in files if name in path.read_text("utf-8")] == []
