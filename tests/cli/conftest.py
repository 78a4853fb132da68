"""What all tests of the command line need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

KEPT = {"HEADCOUNT_NATS_SERVER"}


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep ids and secrets of a test apart from the user's, its options too; no colours."""
    for variable in os.environ:
        if variable.startswith("HEADCOUNT_") and variable not in KEPT:
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HEADCOUNT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HEADCOUNT_HTTP_PORT", "0")  # several run at once
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
