"""What happens in a simulated chat, as plain data: a script that can be printed and replayed.

`who` is the number of a person. Person 0, 3, 6… has an account and a client of G2; 1, 4, 7… is
a guest with a client of G1; 2, 5, 8… has an account and a client that knows our additions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Open:
    """The window of `who` opens, after logging in if need be."""

    who: int


@dataclass(frozen=True, slots=True)
class Close:
    """It is closed, and its socket with it."""

    who: int


@dataclass(frozen=True, slots=True)
class Vanish:
    """The machine of `who` dies, and nothing of it is ever heard again."""

    who: int


@dataclass(frozen=True, slots=True)
class Drop:
    """The network of `who` goes silent; its client comes back on a new connection."""

    who: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Freeze:
    """The machine of `who` stands still: it answers nothing, and loses nothing."""

    who: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Tab:
    """A second window of `who` opens, with the token of the first."""

    who: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody logs in to the account of `who` on another workstation, and opens a window."""

    who: int


@dataclass(frozen=True, slots=True)
class LogOut:
    """The login of `who` is ended."""

    who: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """All logins of `who` are ended."""

    who: int


@dataclass(frozen=True, slots=True)
class Usurp:
    """Another node takes the account of `who`: its login is lost, and nobody is told."""

    who: int


@dataclass(frozen=True, slots=True)
class Reauth:
    """The client of `who` authenticates, on its connection, as `other`."""

    who: int
    other: int


@dataclass(frozen=True, slots=True)
class BadToken:
    """The client of `who` shows a token that is none."""

    who: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many clients without a name open in one instant."""

    size: int


@dataclass(frozen=True, slots=True)
class Disperse:
    """They all go, half of them without a word."""


@dataclass(frozen=True, slots=True)
class Say:
    """Person `who` says something; `again` sends it twice under one mark."""

    who: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Flood:
    """Person `who` sends so many messages at once."""

    who: int
    size: int


@dataclass(frozen=True, slots=True)
class Elsewise:
    """A message is stored that did not come through the hub; `told` where the hub learns of it."""

    told: bool


@dataclass(frozen=True, slots=True)
class Pseudo:
    """Guest `who` takes a name: its own, or that of the account of `other`."""

    who: int
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Sessions:
    """The broker has live sessions with so many instances each, and no others."""

    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Person `who` goes to the room of a session, or to the lobby (None)."""

    who: int
    session: int | None


@dataclass(frozen=True, slots=True)
class Delete:
    """An admin deletes the newest message of the lobby."""


@dataclass(frozen=True, slots=True)
class Clear:
    """An admin clears the lobby."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The database takes its time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Fail:
    """The database answers nothing useful; what was asked may be done or not."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Restart:
    """The server is gone for a while, in good order or not."""

    seconds: float
    graceful: bool


@dataclass(frozen=True, slots=True)
class Stall:
    """The server stands still, and finds all that came meanwhile waiting."""

    seconds: float


Step = (
    Wait
    | Open
    | Close
    | Vanish
    | Drop
    | Freeze
    | Tab
    | Elsewhere
    | LogOut
    | Revoke
    | Usurp
    | Reauth
    | BadToken
    | Crowd
    | Disperse
    | Say
    | Flood
    | Elsewise
    | Pseudo
    | Sessions
    | Join
    | Delete
    | Clear
    | Slow
    | Fail
    | Restart
    | Stall
)


def opening(rng: random.Random, people: int) -> list[Step]:
    """Return how people come: most of them, close behind one another or in one instant."""
    steps: list[Step] = []
    for who in range(people):
        if rng.random() < 0.85:
            steps.append(Open(who))
        if rng.random() < 0.4:
            steps.append(Wait(round(rng.uniform(0.0, 0.3), 3)))
    return [*steps, Wait(0.5)]


def happening(rng: random.Random, people: int) -> Step:
    """Return one thing that may happen to a chat under way."""
    who, other = rng.randrange(people), rng.randrange(people)
    short = round(rng.uniform(0.1, 6.0), 3)
    sessions = tuple(rng.randrange(1, 5) for _ in range(rng.randrange(3)))
    steps: list[tuple[int, Step]] = [
        (14, Wait(round(rng.uniform(0.01, 1.5), 3))),
        (3, Wait(round(rng.uniform(1.5, 8.0), 3))),
        (6, Open(who)),
        (4, Close(who)),
        (2, Vanish(who)),
        (3, Drop(who, short)),
        (2, Freeze(who, round(rng.uniform(0.5, 30.0), 3))),
        (4, Tab(who)),
        (3, Elsewhere(who)),
        (2, LogOut(who)),
        (1, Revoke(who)),
        (1, Usurp(who)),
        (2, Reauth(who, other)),
        (1, BadToken(who)),
        (1, Crowd(rng.choice((5, 20, 60)))),
        (1, Disperse()),
        (8, Say(who, again=rng.random() < 0.3)),
        (1, Flood(who, 230)),
        (2, Elsewise(told=rng.random() < 0.5)),
        (2, Pseudo(who, rng.choice((None, other)))),
        (2, Sessions(sessions)),
        (2, Join(who, rng.choice((None, 0, 1)))),
        (1, Delete()),
        (1, Clear()),
        (2, Slow(round(rng.uniform(0.5, 4.0), 3))),
        (1, Fail(round(rng.uniform(0.5, 6.0), 3))),
        (1, Fail(round(rng.uniform(20.0, 45.0), 3))),
        (1, Restart(round(rng.uniform(0.1, 4.0), 3), graceful=rng.random() < 0.5)),
        (1, Stall(round(rng.choice((rng.uniform(0.1, 3.0), rng.uniform(20.0, 60.0))), 3))),
    ]
    weights = [weight for weight, _ in steps]
    return rng.choices([step for _, step in steps], weights)[0]


def script(seed: int, people: int, length: int = 24) -> list[Step]:
    """Return the script of a seed."""
    rng = random.Random(seed)
    return opening(rng, people) + [happening(rng, people) for _ in range(length)]
