"""What happens in a simulated chat while a planted bug waits to be caught."""

from __future__ import annotations

import random

from headcount.testing import chat_faults as f


def tabs(rng: random.Random) -> list[f.Step]:
    """Two windows of one token, and others that come and go."""
    steps: list[f.Step] = [f.Open(0), f.Open(1), f.Wait(0.5), f.Tab(0)]
    for _ in range(4):
        steps += [f.Wait(rng.uniform(0.2, 4.0)), f.Open(rng.choice((1, 2, 4)))]
        steps += [f.Wait(rng.uniform(0.2, 2.0)), f.Close(rng.choice((1, 2, 4)))]
    return steps


def second_windows(rng: random.Random) -> list[f.Step]:
    """Second windows, the first of which are closed."""
    steps: list[f.Step] = []
    for who in (0, 2, 3):
        steps += [f.Open(who), f.Wait(0.5), f.Tab(who), f.Wait(rng.uniform(0.1, 2.0))]
        steps += [f.Close(who), f.Wait(1.0)]
    return steps


def ghosts(rng: random.Random) -> list[f.Step]:
    """Clients that come back after their network went silent."""
    steps: list[f.Step] = [f.Open(0), f.Open(2), f.Wait(1.0)]
    for _ in range(3):
        steps += [f.Drop(0, rng.uniform(0.5, 2.0)), f.Wait(rng.uniform(3.0, 8.0))]
    return steps


def outages(rng: random.Random) -> list[f.Step]:
    """A database that is away for longer than a lease."""
    away = f.Fail(rng.uniform(36.0, 45.0))
    steps: list[f.Step] = [*(f.Open(who) for who in range(6)), f.Wait(1.0), away]
    for _ in range(20):
        steps += [f.Wait(rng.uniform(1.0, 2.0)), f.Crowd(1)]
    return steps


def long_outages(rng: random.Random) -> list[f.Step]:
    """A database that is away for longer than clients try."""
    opened: list[f.Step] = [f.Open(0), f.Open(2), f.Wait(1.0), f.Restart(0.5, graceful=False)]
    return [*opened, f.Wait(1.0), f.Fail(rng.uniform(45.0, 60.0)), f.Wait(70.0)]


def standstills(rng: random.Random) -> list[f.Step]:
    """A server that stands still, and clients that do not."""
    steps: list[f.Step] = [*(f.Open(who) for who in range(4)), f.Wait(1.0)]
    for _ in range(3):
        steps += [f.Wait(rng.uniform(8.0, 14.0)), f.Stall(rng.uniform(11.0, 14.0)), f.Wait(2.0)]
    return steps


def passers_by(rng: random.Random) -> list[f.Step]:
    """Windows closed while they are being let in."""
    steps: list[f.Step] = []
    for _ in range(6):
        for who in (0, 2, 3, 5):
            steps += [f.Open(who), f.Wait(rng.uniform(0.01, 0.03)), f.Close(who)]
        steps.append(f.Wait(1.0))
    return [*steps, f.Wait(10.0)]


def resumptions(rng: random.Random) -> list[f.Step]:
    """Messages that come while a client resumes."""
    steps: list[f.Step] = [f.Open(2), f.Open(0), f.Wait(1.0), f.Say(0), f.Wait(0.5)]
    for _ in range(4):
        steps += [f.Drop(2, 0.3), f.Say(0), f.Wait(0.1), f.Say(0)]
        steps += [step for _ in range(40) for step in (f.Elsewise(told=True), f.Wait(0.01))]
        steps.append(f.Wait(2.0))
    return steps


def crowds(rng: random.Random) -> list[f.Step]:
    """Many in one instant."""
    steps: list[f.Step] = [f.Open(who) for who in range(7)]
    return [*steps, f.Crowd(rng.choice((10, 30))), f.Wait(1.0), f.Say(0), f.Wait(1.0)]
