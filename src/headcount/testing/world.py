"""A simulated run: instances, a broker, a script, and the invariants watching."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.host import Host
from headcount.core.seat import Seat, StageName
from headcount.core.state import SessionState
from headcount.errors import BadInputError
from headcount.testing import faults as f
from headcount.testing.instance import Instance
from headcount.testing.invariants import Invariants, agree, key
from headcount.testing.network import Network, Schedule

SESSION = "s"
RECOVERY = 10.0
"""Seconds after the end of a fault during which nobody touched by it counts as sound."""
CALM = 45.0
"""Seconds after the last fault by which everybody must agree: the longest row of the table."""
ROAMING = 3.0
"""Seconds after which who has changed networks counts as sound, its late will notwithstanding."""
RETRY = (0.3, 2.0)


class World:
    """One run of one script.

    Args:
        seed: of everything that is drawn.
        instances: how many application instances take part.
        trace: keep a readable line for everything that happens.
    """

    def __init__(self, seed: int, instances: int, *, trace: bool = False) -> None:
        self.rng = random.Random(seed)
        self.schedule = Schedule()
        self.network = Network(self.schedule, self.rng)
        self.invariants = Invariants()
        self.trace: list[str] | None = [] if trace else None
        self.instances: list[Instance] = []
        self.totals: Counter[str] = Counter()
        self._buried: Counter[str] = Counter()
        self._policy = f.Create(0)
        self._secrets: dict[str, str] = {}
        self._writes: dict[int, tuple[Instance, str, int, bool, object]] = {}
        self._refs = 0
        self._value = 0
        self.autopilot = True
        self._entered: set[str] = set()
        self.network.dropped = self._dropped
        self.network.published = self.invariants.published
        self.invariants.inhabited = self._inhabited
        self.listed: tuple[SessionState, ...] = ()
        for who in range(instances):
            self.instances.append(self._new(f"i{who}"))
        self.onlooker = Instance("onlooker", self.schedule, self.network, self.rng, self._lists)
        self.onlooker.start()
        self.onlooker.do(e.Browse())

    # --- running -----------------------------------------------------------------------------

    def run(self, steps: Iterable[f.Step]) -> None:
        """Do the steps, let everything calm down, and see that everybody agrees.

        Raises:
            ViolatedError: an invariant does not hold.
        """
        self.play(steps)
        self.autopilot = False
        self._calm_down()
        self.converged()

    def play(self, steps: Iterable[f.Step]) -> None:
        """Do the steps, and no more."""
        for step in steps:
            self._note(repr(step))
            self._do(step)
            if not isinstance(step, f.Wait):
                self._advance(0.001)

    def _advance(self, seconds: float) -> None:
        self.schedule.run_until(self.schedule.now + seconds)
        self.invariants.now = self.schedule.now

    def _calm_down(self) -> None:
        self._quiet_network()
        latest = max([self.schedule.now, *(x.stalled_until for x in self.instances)])
        self._advance(latest - self.schedule.now + CALM)

    def _quiet_network(self) -> None:
        self.network.loss = self.network.repeat = 0.0
        self.network.slowest = 0.02

    def _new(self, name: str) -> Instance:
        instance = Instance(name, self.schedule, self.network, self.rng, self._told)
        instance.sent = self._sent
        instance.heard_itself = self.invariants.heard_own_heartbeat
        self.invariants.names[name] = instance
        self.invariants.born(name)
        instance.start()
        return instance

    # --- the script --------------------------------------------------------------------------

    def _do(self, step: f.Step) -> None:
        match step:
            case f.Wait():
                self._advance(step.seconds)
            case f.Create():
                self._policy = step
                self._wish(self.instances[step.who], self._found(step))
            case f.Join():
                self._wish(self.instances[step.who], self._enter(step.who, step.role))
            case f.Update():
                self._update(self.instances[step.who])
            case f.Claim():
                self._command(self.instances[step.who], m.Role(step.role))
            case f.Leave():
                self._command(self.instances[step.who], m.Leave())
            case f.Start():
                self._as_host(m.Start(step.countdown))
            case f.Kick():
                self._as_host(m.Kick(self.instances[step.who].name))
            case f.Say():
                self._wish(self.instances[step.who], e.Say(SESSION, "hello"))
            case _:
                self._fault(step)

    def _fault(self, step: f.Step) -> None:
        match step:
            case f.Kill():
                self._kill(self.instances[step.who], will=step.will)
            case f.Revive():
                self._revive(step.who)
            case f.Stall():
                self._disturb([step.who], step.seconds)
                self.instances[step.who].stall(step.seconds)
            case f.Cut():
                self._disturb([step.who], step.seconds)
                self.instances[step.who].cut(step.seconds, noticed=step.noticed)
            case f.Roam():
                self._disturb([step.who], ROAMING - RECOVERY)
                self.instances[step.who].roam()
            case f.Partition():
                self._disturb(step.who, step.seconds)
                for who in step.who:
                    self.instances[who].cut(step.seconds, noticed=False)
            case f.Restart():
                self._disturb(range(len(self.instances)), step.seconds - RECOVERY)
                self.network.restart(step.seconds, step.retained)
                if step.retained != "keep":
                    self.invariants.broker_forgot()
            case f.Snapshot():
                self.network.remember()
            case f.Lossy():
                self._lossy(step)
            case _:
                raise TypeError(f"not a step: {step!r}")

    def _lossy(self, step: f.Lossy) -> None:
        self.network.loss, self.network.slowest = step.rate, step.slowest
        self.network.repeat = step.rate
        self.schedule.at(self.schedule.now + step.seconds, self._quiet_network)

    def _kill(self, instance: Instance, *, will: bool) -> None:
        if instance.alive:
            self.network.fired["kills"] += 1
            instance.kill(will=will)
            self.invariants.died(instance.name)
            self.invariants.disturb(instance.name, float("inf"))

    def _revive(self, who: int) -> None:
        if not self.instances[who].alive:
            self._buried.update(self.instances[who].counted)
            self.network.fired["revivals"] += 1
            name = self.instances[who].name
            self.instances[who] = self._new(name)
            self.invariants.disturbed[name] = self.schedule.now + RECOVERY
            self._wish(self.instances[who], self._enter(who, None))

    def _disturb(self, who: Iterable[int], seconds: float) -> None:
        until = self.schedule.now + seconds + RECOVERY
        for index in who:
            self.invariants.disturb(self.instances[index].name, until)

    def _dropped(self, sender: str, receiver: str) -> None:
        for name in (sender, receiver):
            if name:
                self.invariants.disturb(name, self.schedule.now + RECOVERY)

    # --- the application ---------------------------------------------------------------------

    def _found(self, step: f.Create) -> e.Found:
        name = self.instances[step.who].name
        uid = f"{self.rng.getrandbits(48):012x}"
        return e.Found(
            step.session,
            uid,
            "Model",
            name,
            self._secret(name),
            seed=7,
            num_players_min=step.least,
            num_players_max=step.seats,
            roles=f.ROLES,
            on_host_loss="migrate" if step.policy == "migrate" else "close",
        )

    def _enter(self, who: int, role: str | None) -> e.Enter:
        name = self.instances[who].name
        return e.Enter(SESSION, name, self._secret(name), role)

    def _secret(self, name: str) -> str:
        return self._secrets.setdefault(name, f"{self.rng.getrandbits(64):016x}")

    def _wish(self, instance: Instance, wish: e.Input) -> bool:
        try:
            instance.do(wish)
        except BadInputError:
            return False
        return True

    def _command(self, instance: Instance, ask: m.AnyAsk) -> int:
        self._refs += 1
        if not instance.stalled:
            self._wish(instance, e.Command(SESSION, self._refs, ask))
        return self._refs

    def _as_host(self, ask: m.AnyAsk) -> None:
        for instance in self.instances:
            seat = self.seat(instance)
            if instance.alive and seat is not None and seat.hosted:
                self._command(instance, ask)

    def _update(self, instance: Instance) -> None:
        state = self.shown_by(instance)
        if state is None or not instance.alive:
            return
        self._value += 1
        old = state.properties.get(instance.name)
        mine = m.Change(f"properties.{instance.name}", old, self._value, old_absent=old is None)
        changes = [mine]
        base, swaps = state.properties.get("all"), self.rng.random() < 0.5
        if swaps:
            old = base
            changes.append(m.Change("properties.all", old, self._value, old_absent=old is None))
        self._writes[self._refs + 1] = (
            instance,
            state.session_uid,
            self._value,
            swaps,
            base,
        )
        self._command(instance, m.Patch(changes))

    def seat(self, instance: Instance) -> Seat | None:
        """Return an instance's seat in the session, if it has one."""
        return instance.client.sessions.get(SESSION)

    def shown_by(self, instance: Instance) -> SessionState | None:
        """Return what an instance shows, if it is in the session."""
        seat = self.seat(instance)
        return None if seat is None or seat.over or seat.told_end else seat.shown

    # --- what is seen ------------------------------------------------------------------------

    def _told(self, instance: Instance, notice: e.Notice) -> None:
        self.invariants.now = self.schedule.now
        self._note(f"{instance.name} {notice!r}")
        match notice:
            case e.StateChanged():
                self.invariants.shown(instance, notice.state)
                if instance.name in self._entered:
                    self._entered.discard(instance.name)
                    self.invariants.entered(instance, notice.state.session_uid)
            case e.Accepted() if notice.ref in self._writes:
                who, uid, value, swapped, base = self._writes.pop(notice.ref)
                self.invariants.accepted_update(uid, who.name, value, notice.version)
                if swapped:
                    self.invariants.accepted_swap(uid, base, value)
            case e.Accepted(request="join" | "create"):
                self._entered.add(instance.name)
            case e.Refused():
                self.totals["refusals"] += 1
                self.totals["refused updates"] += notice.request == "set"
                if notice.ref in self._writes:
                    del self._writes[notice.ref]
                if notice.request in ("join", "create"):
                    self._later(instance)
            case e.SessionClosed():
                seat = self.seat(instance)
                state = None if seat is None else seat.reader.state
                self.invariants.ended(instance, notice.reason, state)
                self.totals[f"closed {notice.reason}"] += 1
                if notice.reason != "kicked":
                    self._later(instance)
            case _:
                pass

    def _lists(self, instance: Instance, notice: e.Notice) -> None:
        if isinstance(notice, e.SessionsListed):
            self._note(f"listed {[key(state) for state in notice.sessions]}")
            self.listed = notice.sessions
            self.invariants.now = self.schedule.now
            self.invariants.listed(notice.sessions)

    def _sent(self, instance: Instance, send: e.Send) -> None:
        self.invariants.now = self.schedule.now
        self._note(f"{instance.name} sends {send.body!r}")
        self.invariants.sent(instance, send)
        if isinstance(send.body, SessionState) and self._stage(instance) is StageName.HOST:
            self.invariants.applied(instance, send.body)

    def _stage(self, instance: Instance) -> StageName | None:
        seat = self.seat(instance)
        if seat is None:
            return None
        return next((n for n, kind in seat.stages.items() if type(seat.stage) is kind), None)

    def _later(self, instance: Instance) -> None:
        """Let the application try again after a while, as people do."""
        if not self.autopilot:
            return
        found = self.rng.random() < 0.3

        def again() -> None:
            if not instance.alive or self.shown_by(instance) is not None:
                return
            who = next((i for i, x in enumerate(self.instances) if x is instance), None)
            if who is not None and self.autopilot:
                policy = f.Create(who, self._policy.policy, self._policy.seats)
                self._wish(instance, self._found(policy) if found else self._enter(who, None))

        self.schedule.at(self.schedule.now + self.rng.uniform(*RETRY), again)

    def _note(self, line: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.schedule.now:9.3f} {line}")

    # --- convergence -------------------------------------------------------------------------

    def fired(self) -> Counter[str]:
        """Return how often each fault, and each answer to one, has happened."""
        counted = self._buried.copy()
        for instance in self.instances:
            counted.update(instance.counted)
        return self.network.fired + self.totals + counted

    def _inhabited(self, uid: str, but: Instance) -> bool:
        others = [self.shown_by(x) for x in self.inside() if x is not but]
        return any(state is not None and state.session_uid == uid for state in others)

    def inside(self) -> list[Instance]:
        """Return the live instances that are in the session, as far as they know."""
        return [x for x in self.instances if x.alive and self.shown_by(x) is not None]

    def agreed(self, count: int, *, but: tuple[int, ...] = (), acting: bool = False) -> bool:
        """Tell whether every display, some instances left out, shows one state of `count`.

        Args:
            count: the number it has to show.
            but: instances whose displays do not matter.
            acting: whether its host has to be one that may act, too.
        """
        left_out = {self.instances[who].name for who in but}
        shown = [self.shown_by(x) for x in self.inside() if x.name not in left_out]
        states = [state for state in shown if state is not None]
        if len({key(state) for state in states}) != 1 or states[0].count != count:
            return False
        return not acting or self._host_acts(states[0])

    def _host_acts(self, state: SessionState) -> bool:
        seat = self.seat(self.invariants.names[state.host_client_id])
        return seat is not None and isinstance(seat.stage, Host) and seat.stage.acts

    def converged(self) -> None:
        """See that every display, the list included, shows the same state, and that it is true.

        Raises:
            ViolatedError: they do not.
        """
        shown = {x.name: self.shown_by(x) for x in self.inside()}
        agree({name: state for name, state in shown.items() if state is not None}, self.listed)
