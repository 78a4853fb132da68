"""The simulated chat can fail: every planted bug is caught, by name."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from headcount.testing import chat_faults as f
from headcount.testing.chat_campaign import PEOPLE, attempt
from tests.testing.chat_planted import PLANTED, Planted

SEEDS = 200


def script_of(planted: Planted, seed: int) -> Sequence[f.Step]:
    """Return what happens in one seed."""
    if planted.script is None:
        return f.script(seed, PEOPLE)
    return planted.script(random.Random(seed))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.title)
def test_planted_bug_is_caught(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plausible mistake in the hub breaks the invariant that names it."""
    planted.plant(monkeypatch)
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        violated = attempt(seed, script_of(planted, seed), settings=planted.settings)[1]
        if violated is not None:
            seen[violated.name] += 1
            if violated.name in planted.caught_by:
                return
    pytest.fail(f"not caught by {sorted(planted.caught_by)} in {SEEDS} seeds; seen: {dict(seen)}")


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.title)
def test_same_scripts_hold_without_the_bug(planted: Planted) -> None:
    """What catches a bug catches nothing where there is none."""
    for seed in range(15):
        violated = attempt(seed, script_of(planted, seed), settings=planted.settings)[1]
        assert violated is None
