"""Campaigns: the protocol holds under faults, the faults happen, and a failure can be replayed."""

from __future__ import annotations

import pytest

from headcount.core.authority import Authority
from headcount.testing import faults as f
from headcount.testing.campaign import MUST_FIRE, Summary, attempt, campaign, run_seed, shorten


def test_seeds_hold_and_faults_fire() -> None:
    """Hundreds of scripts break no invariant, and every kind of fault happened in them."""
    summary = campaign(1, 600, processes=2)
    assert summary.failures == []
    assert summary.silent == []
    assert summary.seeds == 600


@pytest.mark.parametrize(
    "seed",
    [
        *(5387, 5625, 7173, 7516, 8467, 10966, 12532, 13083, 14314, 17726, 20514, 21019, 24550),
        *(29176, 501160),
    ],
)
def test_seeds_that_once_failed_hold(seed: int) -> None:
    """Each found a hole in the rules that is mended since."""
    assert run_seed(seed, 8).failures == []


def test_a_campaign_whose_faults_did_not_fire_fails() -> None:
    """Silence proves nothing where nothing went wrong."""
    summary = Summary(seeds=1000)
    assert summary.silent == list(MUST_FIRE)
    assert not summary.ok


def test_a_seed_is_replayed_to_the_letter() -> None:
    """The same seed gives the same trace."""
    steps = f.script(42, 8)
    first, _ = attempt(42, 8, steps, trace=True)
    second, _ = attempt(42, 8, steps, trace=True)
    assert first.trace == second.trace
    assert first.trace


def test_a_failure_comes_with_a_short_script_and_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is printed as short as it can be, with everything that happened."""
    monkeypatch.setattr(Authority, "holds", lambda self, now: True)
    failures = [x for seed in range(60) for x in run_seed(seed, 8).failures]
    assert failures
    failure = failures[0]
    assert len(failure.script) < len(f.script(failure.seed, 8))
    assert failure.trace
    assert failure.invariant in failure.detail
    again = shorten(failure.seed, 8, failure.script, failure.invariant)
    assert len(again) <= len(failure.script)


def test_fifty_of_a_hundred_killed_in_a_second() -> None:
    """A crowd that loses half of itself agrees on the other half (S20)."""
    steps: list[f.Step] = [f.Create(0, "migrate"), f.Wait(1.0)]
    steps += [f.Join(who) for who in range(1, 100)]
    steps.append(f.Wait(4.0))
    for who in range(0, 100, 2):
        steps += [f.Kill(who), f.Wait(0.019)]
    world, violated = attempt(7, 100, steps)
    assert violated is None
    assert len(world.inside()) == 50
