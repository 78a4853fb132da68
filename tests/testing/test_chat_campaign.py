"""Campaigns: the chat holds under faults, the faults happen, and a failure can be replayed."""

from __future__ import annotations

import pytest

from headcount.chat.hub.leases import Leases
from headcount.testing import chat_faults as f
from headcount.testing.chat_campaign import (
    MUST_FIRE,
    PEOPLE,
    Summary,
    attempt,
    campaign,
    run_seed,
    shorten,
)


def test_seeds_hold_and_faults_fire() -> None:
    """Hundreds of scripts break no invariant, and every kind of fault happened in them."""
    summary = campaign(range(1, 301))
    assert summary.failures == []
    assert summary.silent == []
    assert summary.seeds == 300


@pytest.mark.parametrize("seed", [7, 27, 165, 328, 363, 2072, 2175, 2845, 3612])
def test_seeds_that_once_failed_hold(seed: int) -> None:
    """Each found a hole in the rules that is mended since."""
    assert run_seed(seed).failures == []


def test_a_campaign_whose_faults_did_not_fire_fails() -> None:
    """Silence proves nothing where nothing went wrong."""
    summary = Summary(seeds=1000)
    assert summary.silent == list(MUST_FIRE)
    assert not summary.ok


def test_every_step_can_be_drawn_and_done() -> None:
    """A script is plain data: it can be printed and read again."""
    drawn = {type(step) for seed in range(300) for step in f.script(seed, PEOPLE)}
    assert drawn == set(f.Step.__args__)
    steps = f.script(1, PEOPLE)
    assert eval(repr(steps), vars(f)) == steps


def test_a_seed_is_replayed_to_the_letter() -> None:
    """The same seed gives the same trace."""
    steps = f.script(42, PEOPLE)
    first, _ = attempt(42, steps, trace=True)
    second, _ = attempt(42, steps, trace=True)
    assert first.trace == second.trace
    assert first.trace


def test_a_failure_comes_with_a_short_script_and_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is printed as short as it can be, with everything that happened."""
    monkeypatch.setattr(Leases, "_release", lambda *_: None)
    failure = next(x for seed in range(60) for x in run_seed(seed).failures)
    assert len(failure.script) < len(f.script(failure.seed, PEOPLE))
    assert failure.trace
    assert failure.invariant in failure.detail
    again = shorten(failure.seed, failure.script, failure.invariant)
    assert len(again) <= len(failure.script)
