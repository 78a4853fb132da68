"""The simulation can fail: every planted bug is caught, by name."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from headcount.testing import faults as f
from headcount.testing.campaign import attempt
from tests.testing.planted import PLANTED, Planted

INSTANCES = 8
SEEDS = 400


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.title)
def test_planted_bug_is_caught(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plausible mistake in the protocol breaks the invariant that names it."""
    planted.plant(monkeypatch)
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        steps = f.script(seed, INSTANCES)
        if planted.script is not None:
            steps = list(planted.script(random.Random(seed)))
        violated = attempt(seed, INSTANCES, steps)[1]
        if violated is not None:
            seen[violated.name] += 1
            if violated.name in planted.caught_by:
                return
    pytest.fail(f"not caught by {sorted(planted.caught_by)} in {SEEDS} seeds; seen: {dict(seen)}")


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.title)
def test_same_scripts_hold_without_the_bug(planted: Planted) -> None:
    """What catches a bug catches nothing where there is none."""
    for seed in range(20):
        steps = f.script(seed, INSTANCES)
        if planted.script is not None:
            steps = list(planted.script(random.Random(seed)))
        assert attempt(seed, INSTANCES, steps)[1] is None
