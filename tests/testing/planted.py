"""Bugs on purpose: each is a way to get the protocol wrong that somebody got wrong once.

A planted bug replaces one piece of the machines by a plausible mistake. The simulation has
to catch every one of them, by the name of the invariant that it breaks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from headcount.core import rules
from headcount.core.authority import Authority
from headcount.core.client import Client
from headcount.core.directory import Directory
from headcount.core.docket import Docket
from headcount.core.hearing import Hearing
from headcount.core.host import Host
from headcount.core.leases import Leases
from headcount.core.member import Member
from headcount.core.readmission import Readmission
from headcount.core.roster import Roster
from headcount.core.state import SessionState
from headcount.core.successor import Successor
from headcount.testing import faults as f
from headcount.testing.instance import Instance

Script = Callable[[random.Random], Sequence[f.Step]]
Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Planted:
    """A bug, how it is planted, what has to catch it, and what may happen meanwhile."""

    title: str
    plant: Callable[[Patch], None]
    caught_by: frozenset[str]
    script: Script | None = None


def gathered(policy: str, others: int = 5) -> list[f.Step]:
    """Return a session of instance 0 with some members."""
    return [
        f.Create(0, policy),
        f.Wait(0.6),
        *(f.Join(who) for who in range(1, others + 1)),
        f.Wait(1.5),
    ]


# --- the bugs --------------------------------------------------------------------------------


def no_epoch_check(patch: Patch) -> None:
    """Compare versions alone."""
    patch.setattr(SessionState, "supersedes", lambda self, other: self.version > other.version)


def last_write_wins(patch: Patch) -> None:
    """Write what was asked, whatever stands there by now."""
    patch.setattr(rules, "_patch", lambda state, ask: rules._patched(state, ask.changes))


def retained_counts(patch: Patch) -> None:
    """Take a retained state for a sign that its host lives."""
    real = Directory._state

    def trusting(self: Directory, session_id: str, state: SessionState, retained: bool) -> None:
        real(self, session_id, state, retained)
        self._confirm(session_id, self._entry(session_id))

    patch.setattr(Directory, "_state", trusting)


def wall_clocks(patch: Patch) -> None:
    """Judge the host by its time of day."""
    from datetime import datetime

    real = Member._due

    def due(self: Member, now: float) -> bool:
        then = datetime.fromisoformat(self.state.last_heartbeat).timestamp()
        return self.context.utc - then > 15.0 or real(self, now)

    patch.setattr(Member, "_due", due)


def any_will(patch: Patch) -> None:
    """Let a death of any earlier connection count."""

    def died(self: Roster, state: SessionState, client_id: str, _: Any) -> SessionState | None:
        return self._away(state, client_id)

    patch.setattr(Roster, "died", died)


def judging_undrained(patch: Patch) -> None:
    """Tick first after a stall, and count the stalled time as silence."""
    patch.setattr(Client, "_notice_stall", lambda *_: None)
    patch.setattr(Hearing, "tick", lambda *_: [])
    patch.setattr(Hearing, "next_deadline", lambda *_: None)
    patch.setattr(Member, "progress", _judge_at_once)

    def tick_first(self: Instance) -> None:
        if not self.alive or self.stalled:
            return
        from headcount.core.events import Tick

        self._handle(Tick())
        inbox, self._inbox = self._inbox, []
        for event in inbox:
            self._handle(event)
        self._wake()

    patch.setattr(Instance, "_resume", tick_first)


def _judge_at_once(self: Member) -> None:
    if self._suspects is not None:
        self._suspects = None
        if self._due(self.context.now):
            from headcount.core.seat import Entry, StageName

            self.seat.become(StageName.SUCCESSOR, Entry(named=self._named))


def deaf_leases(patch: Patch) -> None:
    """Let leases run on while one's own link is down."""
    patch.setattr(Leases, "link_up", lambda self, now: None)


def no_fence(patch: Patch) -> None:
    """Act as host for as long as one has not heard otherwise."""
    patch.setattr(Authority, "holds", lambda self, now: bool(self._until))


def early_answers(patch: Patch) -> None:
    """Call a change accepted when it is applied."""
    real = Docket.take

    def take(self: Docket, request: Any, wish: Any = None) -> None:
        real(self, request, wish)
        while self._publisher.waiting:
            self.answer(self._publisher.waiting.popleft())

    patch.setattr(Docket, "take", take)


def no_reading(patch: Patch) -> None:
    """Claim on what one knows, and be host as soon as one has claimed."""

    def tick(self: Successor) -> None:
        if self._claims_at is not None and self.context.now >= self._claims_at:
            self._claims_at = None
            self._claim_now()
        elif self._settles_at is not None and self.context.now >= self._settles_at:
            self._settles_at = None
            if self._claim is not None:
                self.seat.reader.accept(self._claim)
                self._stand()

    patch.setattr(Successor, "tick", tick)


def versions_restart(patch: Patch) -> None:
    """Number versions anew in every epoch."""
    real = Successor._publish

    def publish(self: Successor) -> None:
        assert self._claim is not None
        self._claim = replace(self._claim, version=1)
        real(self)

    patch.setattr(Successor, "_publish", publish)


def closed_reopens(patch: Patch) -> None:
    """Let a host go on above the state that closed its session."""
    real = Host.later

    def later(self: Host, state: SessionState, retained: bool) -> None:
        if state.is_closed and state.host_client_id != self.context.client_id:
            self._readmission.pending = False
            self._apply(replace(self.latest, epoch=state.epoch + 1))
        else:
            real(self, state, retained)

    patch.setattr(Host, "later", later)


def blind_refill(patch: Patch) -> None:
    """Fill an empty topic in again without looking whether anybody has gone on."""
    real = Readmission._judge

    def judge(self: Readmission, latest: SessionState) -> str:
        real(self, latest)
        return self._done("go on")

    patch.setattr(Readmission, "_judge", judge)
    # Nobody else is to remember the end of the session, or the host would be told.
    patch.setattr(Directory, "_object", lambda *_: None)


def stopped_clock(patch: Patch) -> None:
    """Use a clock that stands still while the machine sleeps."""
    patch.setattr(Instance, "clock_stops", True)
    real = Client._notice_stall
    patch.setattr(Client, "_notice_stall", lambda self, now, utc: real(self, now, now))


def numbers_anew(patch: Patch) -> None:
    """Keep the nonce over a restart, though the numbers begin at one again."""
    real = Client.__init__

    def same_nonce(self: Client, client_id: str, _: str, rng: random.Random) -> None:
        real(self, client_id, f"nonce-of-{client_id}", rng)

    patch.setattr(Client, "__init__", same_nonce)


# --- what may happen meanwhile ---------------------------------------------------------------


def host_writes_on(rng: random.Random) -> list[f.Step]:
    """A host whose network holds back what it writes, until another has taken over."""
    steps = [*gathered("migrate"), f.Cut(0, rng.uniform(7.5, 8.8), noticed=False)]
    for _ in range(6):
        steps += [f.Update(0), f.Wait(0.3)]
    return [*steps, f.Wait(12.0)]


def takeovers(rng: random.Random) -> list[f.Step]:
    """Hosts lost one after the other, with changes under way."""
    steps = gathered("migrate")
    for _ in range(3):
        steps += [f.Update(rng.randrange(1, 6)), f.Stall(0, rng.uniform(6.5, 9.0))]
        steps += [f.Wait(rng.uniform(5.0, 9.0)), f.Update(rng.randrange(1, 6)), f.Wait(1.0)]
    return steps


def reconnections(rng: random.Random) -> list[f.Step]:
    """Members that change networks, whose old wills come late."""
    return [*gathered("close"), *(f.Roam(who) for who in (1, 2, 3)), f.Wait(12.0)]


def long_outage(rng: random.Random) -> list[f.Step]:
    """A broker that is away for longer than a lease."""
    steps = [*gathered("close"), f.Restart(rng.uniform(8.0, 14.0), "keep"), f.Wait(20.0)]
    return [*steps, f.Wait(10.0)]


def closed_behind_the_host(rng: random.Random) -> list[f.Step]:
    """A session closed while its host is cut off, and all that was kept lost."""
    return [
        *gathered("close", others=2),
        f.Cut(0, rng.uniform(11.0, 14.0), noticed=True),
        f.Wait(8.0),
        f.Kill(1),
        f.Kill(2),
        f.Restart(0.3, "lose"),
        f.Wait(15.0),
    ]


def reopened(rng: random.Random) -> list[f.Step]:
    """A session closed by its survivors, to which its host comes back."""
    cut = f.Cut(0, rng.uniform(2.5, 4.5), noticed=True)
    return [*gathered("close", others=3), cut, f.Wait(6.0)]


def resumed(rng: random.Random) -> list[f.Step]:
    """Processes that die and come back to their seats, and change things at once."""
    steps = gathered("close")
    for who in (1, 2, 3):
        steps += [f.Update(who), f.Wait(0.3), f.Update(who), f.Wait(0.3), f.Update(who)]
        steps += [f.Wait(0.3), f.Kill(who), f.Wait(0.1), f.Revive(who), f.Wait(0.3)]
        steps += [f.Update(who), f.Wait(0.5), f.Update(who), f.Wait(0.5)]
    return steps


def orphans(rng: random.Random) -> list[f.Step]:
    """Everybody gone at once, and what they left still kept."""
    killed = [f.Kill(who) for who in range(6)]
    return [*gathered("close"), *killed, f.Wait(12.0), f.Restart(0.3), f.Wait(5.0)]


def asleep(rng: random.Random) -> list[f.Step]:
    """Lids closed for less time than a broker takes to notice."""
    steps = gathered("migrate")
    for _ in range(4):
        steps += [f.Stall(0, rng.uniform(6.0, 8.5)), f.Wait(rng.uniform(4.0, 6.4))]
        steps += [f.Update(1), f.Update(2), f.Wait(3.0)]
    return steps


def stalls(rng: random.Random) -> list[f.Step]:
    """Members that stand still for longer than a lease while all others are well."""
    steps = gathered("close")
    for who in (1, 2, 3):
        steps += [f.Stall(who, rng.uniform(6.2, 8.9)), f.Wait(14.0)]
    return steps


def names(*invariants: str) -> frozenset[str]:
    """Return the names of invariants as a set."""
    return frozenset(invariants)


PLANTED = [
    Planted("no epoch check", no_epoch_check, names("monotone"), host_writes_on),
    Planted("last write wins", last_write_wins, names("nothing accepted is lost")),
    Planted("counting a retained message", retained_counts, names("truth"), orphans),
    Planted("comparing wall clocks", wall_clocks, names("no false verdict")),
    Planted("ignoring a will's incarnation", any_will, names("no false verdict"), reconnections),
    Planted(
        "judging before draining after a stall",
        judging_undrained,
        names("no false verdict"),
        stalls,
    ),
    Planted(
        "leases that run while one's own link is down",
        deaf_leases,
        names("no false verdict"),
        long_outage,
    ),
    Planted("a host without its own fence", no_fence, names("fence")),
    Planted("acknowledging before the echo", early_answers, names("nothing accepted is lost")),
    Planted(
        "a successor that does not read again",
        no_reading,
        names("nothing accepted is lost", "truth", "one number", "terminal", "no false verdict"),
    ),
    Planted("versions that restart", versions_restart, names("truth", "no orphan"), takeovers),
    Planted("closed that is not terminal", closed_reopens, names("terminal"), reopened),
    Planted(
        "an empty topic re-filled without a re-read",
        blind_refill,
        names("terminal"),
        closed_behind_the_host,
    ),
    Planted("a timer that stops during suspend", stopped_clock, names("fence"), asleep),
    Planted(
        "requests numbered anew after a restart",
        numbers_anew,
        names("nothing accepted is lost"),
        resumed,
    ),
]
