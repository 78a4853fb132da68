"""What happens in a simulated run, as plain data: a script that can be printed and replayed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Create:
    """Instance `who` creates the session, or another one."""

    who: int
    policy: str = "close"
    seats: int | None = None
    least: int = 1
    session: str = "s"


@dataclass(frozen=True, slots=True)
class Join:
    """Instance `who` joins it."""

    who: int
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Instance `who` leaves."""

    who: int


@dataclass(frozen=True, slots=True)
class Kill:
    """The process of `who` dies; its will may never come."""

    who: int
    will: bool = True


@dataclass(frozen=True, slots=True)
class Revive:
    """A new process takes the seat of `who` again, with the secret that was kept."""

    who: int


@dataclass(frozen=True, slots=True)
class Stall:
    """The process of `who` stands still."""

    who: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The network of `who` is gone; `noticed` tells whether the connection is seen to break."""

    who: int
    seconds: float
    noticed: bool


@dataclass(frozen=True, slots=True)
class Roam:
    """Instance `who` changes networks: it connects anew, and an old will of it comes late."""

    who: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Several are cut off from the broker at once, in silence."""

    who: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Restart:
    """The broker is gone for a while; `retained` is "keep", "lose" or "older"."""

    seconds: float
    retained: str = "keep"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is retained now is what an "older" restart will bring back."""


@dataclass(frozen=True, slots=True)
class Lossy:
    """For a while messages are lost, repeated and late."""

    rate: float
    seconds: float
    slowest: float = 0.02


@dataclass(frozen=True, slots=True)
class Update:
    """Instance `who` writes a property of its own, and one that all of them write."""

    who: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Instance `who` claims a role."""

    who: int
    role: str


@dataclass(frozen=True, slots=True)
class Start:
    """The host starts, after a countdown in seconds."""

    countdown: float = 0.0


@dataclass(frozen=True, slots=True)
class Kick:
    """The host kicks `who`."""

    who: int


@dataclass(frozen=True, slots=True)
class Say:
    """Instance `who` sends an application message."""

    who: int


Step = (
    Wait
    | Create
    | Join
    | Leave
    | Kill
    | Revive
    | Stall
    | Cut
    | Roam
    | Partition
    | Restart
    | Snapshot
    | Lossy
    | Update
    | Claim
    | Start
    | Kick
    | Say
)

ROLES = ("red", "green", "blue")


def gathering(rng: random.Random, instances: int) -> list[Step]:
    """Return how a session comes about: one or two creators, the others close behind."""
    policy = rng.choice(("close", "migrate"))
    seats = rng.choice((None, None, instances, max(2, instances - 2)))
    steps: list[Step] = [Create(0, policy, seats, least=rng.choice((1, 1, 2)))]
    if rng.random() < 0.15:
        steps.append(Create(1, policy, seats))
    for who in range(1, instances):
        if rng.random() < 0.5:
            steps.append(Wait(round(rng.uniform(0.0, 0.6), 3)))
        steps.append(Join(who, rng.choice((None, None, *ROLES))))
    return [*steps, Wait(1.0)]


def happening(rng: random.Random, instances: int) -> Step:
    """Return one thing that may happen to a session under way."""
    who = rng.randrange(instances)
    some = tuple(sorted(rng.sample(range(instances), rng.randint(1, max(1, instances // 2)))))
    short = round(rng.choice((rng.uniform(0.1, 4.0), rng.uniform(4.0, 9.0))), 3)
    steps: list[tuple[int, Step]] = [
        (10, Wait(round(rng.uniform(0.05, 2.0), 3))),
        (3, Wait(round(rng.uniform(2.0, 7.0), 3))),
        (8, Update(who)),
        (3, Claim(who, rng.choice((*ROLES, "unlisted")))),
        (2, Say(who)),
        (2, Leave(who)),
        (3, Join(who)),
        (2, Kill(who, will=rng.random() < 0.7)),
        (2, Revive(who)),
        (3, Stall(who, short)),
        (2, Stall(0, short)),
        (1, Stall(who, round(rng.uniform(10.0, 120.0), 3))),
        (3, Cut(who, short, noticed=rng.random() < 0.5)),
        (1, Cut(0, short, noticed=rng.random() < 0.5)),
        (2, Roam(who)),
        (1, Partition(some, short)),
        (1, Restart(round(rng.uniform(0.1, 5.0), 3), rng.choice(("keep", "lose", "older")))),
        (1, Snapshot()),
        (2, Lossy(round(rng.uniform(0.005, 0.03), 4), round(rng.uniform(1.0, 6.0), 3))),
        (1, Lossy(0.0, 3.0, slowest=0.4)),
        (1, Start(rng.choice((0.0, 1.0, 3.0)))),
        (1, Kick(who)),
    ]
    weights = [weight for weight, _ in steps]
    return rng.choices([step for _, step in steps], weights)[0]


def script(seed: int, instances: int, length: int = 24) -> list[Step]:
    """Return the script of a seed."""
    rng = random.Random(seed)
    steps = gathering(rng, instances)
    if rng.random() < 0.05:
        doomed = [Kill(who, will=rng.random() < 0.9) for who in range(instances // 2)]
        return [*steps, Wait(1.0), *doomed, Wait(1.0)]
    return steps + [happening(rng, instances) for _ in range(length)]
