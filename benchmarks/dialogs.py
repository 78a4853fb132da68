"""Connection dialogs in processes of their own: how soon do all windows show what is true?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.qt.puppet import DIALOG, Puppet, agreed, choose, create, join, ready

from benchmarks.bench import Bench
from benchmarks.report import Row, median, show, spread, within

SIZE = 4
EVERY = 5
"""Milliseconds between two looks at the windows."""
CROWD = 10
JOIN, FROZEN, CROWDED, KILLED, CLOSED, RESTART = 0.3, 0.05, 3.0, 0.5, 3.0, 5.0
OUTAGE = 1.0
CALM = 10.0
"""How long a frozen window is waited for, in seconds."""


def measure(bench: Bench) -> Iterator[Row]:
    """Measure all of it."""
    yield from _joins(bench)
    yield _crowds(bench)
    yield _kills(bench)
    yield _closes(bench)
    yield _restarts(bench)
    yield _roles(bench)


@contextmanager
def _dialogs(bench: Bench, size: int, **options: Any) -> Iterator[list[Puppet]]:
    """Open so many dialogs; none of them may ever show two numbers."""
    with ExitStack() as living:
        made = [living.enter_context(_dialog(bench, n, options)) for n in range(size)]
        for puppet in made:
            ready(puppet)
        yield made
        wrong = sum(len(puppet.disagreements) for puppet in made)
        if wrong:
            raise RuntimeError(f"the two displays showed different numbers {wrong} times")


def _dialog(bench: Bench, number: int, options: dict[str, Any]) -> Puppet:
    chosen = {"seats": [2, 20], "auto_start": False, "name": f"Player {number}", **options}
    return Puppet("dialog", bench.engine.url, chosen, every=EVERY)


def _joins(bench: Bench) -> Iterator[Row]:
    """Let a fourth dialog join and leave, again and again, beside a process without windows."""
    taken, gaps, bare = [], [], []
    with Puppet("nothing", bench.engine.url) as empty, _dialogs(bench, SIZE) as made:
        *inside, guest = made
        _gather(inside)
        for _ in range(bench.sizes.dialog_joins):
            choose(guest)
            _gaps([*made, empty])
            clicked = guest.click(DIALOG, "connect_button")
            taken.append(agreed(made, SIZE) - clicked)
            gaps.append(max(_gaps(made)))
            bare += _gaps([empty])
            _again(guest)
            agreed(inside, SIZE - 1)
    yield within("dialogs: click Join, right in all 4", bench.name, taken, JOIN)
    yield Row(
        "dialogs: longest stand-still meanwhile",
        bench.name,
        spread(gaps),
        f"max <= {show(FROZEN)}",
        max(gaps) <= FROZEN,
        f"{spread(bare)}, no window",
        median(gaps) / median(bare),
    )


def _crowds(bench: Bench) -> Row:
    """Let ten join at one moment, again and again."""
    taken, whole = [], 0
    with _dialogs(bench, CROWD + 1) as made:
        host, *guests = made
        for n in range(bench.sizes.dialog_crowds):
            create(host)
            for guest in guests:
                choose(guest)
            released = time.monotonic()
            for guest, order in [(each, _order(each)) for each in guests]:
                guest.answer(order)
            try:
                taken.append(agreed(made, CROWD + 1) - released)
                whole += 1
            except AssertionError as lost:
                bench.say(f"crowd {n}: {str(lost).splitlines()[0]}")
            for puppet in [*guests, host]:
                _again(puppet)
            for puppet in made:
                puppet.wait(lambda shown: shown[DIALOG]["rows"] == [])
    times = bench.sizes.dialog_crowds
    return Row(
        f"dialogs: {CROWD} click Join at one moment",
        bench.name,
        f"{whole} of {times} whole; " + (spread(taken) if taken else "never"),
        f"{times} of {times}; max <= {show(CROWDED)}",
        whole == times and max(taken) <= CROWDED,
    )


def _kills(bench: Bench) -> Row:
    """Kill a member, again and again."""
    taken = []
    with _dialogs(bench, SIZE - 1) as inside:
        _gather(inside)
        for n in range(bench.sizes.dialog_losses):
            with _dialog(bench, SIZE + n, {}) as guest:
                join(guest)
                agreed([*inside, guest], SIZE)
                killed = time.monotonic()
                guest.kill()
                taken.append(agreed(inside, SIZE - 1) - killed)
    return within("dialogs: SIGKILL of a member, right in all", bench.name, taken, KILLED)


def _closes(bench: Bench) -> Row:
    """Kill the creator; the others close with a message, and no list has the session."""
    taken = []
    for _ in range(bench.sizes.dialog_losses):
        with _dialogs(bench, SIZE + 1) as made:
            *inside, onlooker = made
            _gather(inside)
            killed = time.monotonic()
            inside[0].kill()
            told = [each.wait(lambda shown: "QMessageBox" in shown) for each in inside[1:]]
            gone = onlooker.wait(lambda shown: shown[DIALOG]["rows"] == [])
            bench.say(f"told after {show(max(told) - killed)}, unlisted {show(gone - killed)}")
            taken.append(max(*told, gone) - killed)
    return within("dialogs: SIGKILL of the creator, all closed", bench.name, taken, CLOSED)


def _restarts(bench: Bench) -> Row:
    """Kill the broker below four dialogs; then let a fifth join, which all have to see."""
    taken = []
    for _ in range(bench.sizes.restarts):
        with _dialogs(bench, SIZE + 1) as made:
            *inside, late = made
            _gather(inside)
            marks = [len(each.samples) for each in inside]
            bench.engine.kill()
            for puppet in made:
                puppet.wait(lambda shown: shown[DIALOG]["status"].endswith("lost"))
            time.sleep(OUTAGE)
            bench.engine.start()
            answers = time.monotonic()
            back = max(each.wait(_linked) for each in made)
            right = agreed(inside, SIZE)
            bench.say(f"back after {show(back - answers)}")
            taken.append(max(back, right) - answers)
            _check(inside, marks)
            join(late)
            agreed(made, SIZE + 1)
    return within("dialogs: broker restarted, all back and right", bench.name, taken, RESTART)


def _roles(bench: Bench) -> Row:
    """Let two click on the same role at one moment: one gets it, the other is told."""
    roles = [f"Role {n}" for n in range(bench.sizes.dialog_roles)]
    taken, ones = [], 0
    with _dialogs(bench, 3, roles=[*roles, "Nobody's"]) as made:
        _gather(made)
        made[0].click(DIALOG, "start_button")
        rivals = made[1:]
        for role in roles:
            for each in rivals:
                each.wait(lambda shown, role=role: role in _radios(shown))
                each.click("RoleDialog", "radios", role)
            clicked = time.monotonic()
            for each, order in [(each, _order(each, "RoleDialog", "ok_button")) for each in rivals]:
                each.answer(order)
            settled = [each.wait(lambda shown, role=role: _settled(shown, role)) for each in made]
            ones += sorted(_mine(each.shown, role) for each in rivals) == [False, True]
            taken.append(max(settled) - clicked)
    return Row(
        "dialogs: two click the same role",
        bench.name,
        f"one has it in {ones} of {len(roles)}; all know after {show(median(taken))}",
        f"{len(roles)} of {len(roles)}",
        ones == len(roles),
    )


# --- moves -------------------------------------------------------------------------------------


def _gather(inside: list[Puppet]) -> None:
    """Let the first create, and the others join one after another."""
    create(inside[0])
    for number, puppet in enumerate(inside[1:], 2):
        join(puppet)
        agreed(inside[:number], number)


def _again(puppet: Puppet) -> None:
    """Let a dialog leave, and open anew; what tells that the session is over is read first."""
    if "QMessageBox" in puppet.shown:
        puppet.click("QMessageBox", "button")
    else:
        puppet.click(DIALOG, "cancel_button")
    puppet.wait(lambda shown: not shown)
    puppet.ask(do="show")
    ready(puppet)
    puppet.click(DIALOG, "create_radio")


def _order(puppet: Puppet, window: str = DIALOG, button: str = "connect_button") -> int:
    return puppet.send(do="click", window=window, path=[button])


def _gaps(made: Iterable[Puppet]) -> list[float]:
    """Return how long each window has stood still at most since this was asked last."""
    return [float(puppet.ask(do="gap")["gap"]) for puppet in made]


def _check(inside: list[Puppet], marks: list[int]) -> None:
    """See that no wrong number was shown meanwhile."""
    for puppet, mark in zip(inside, marks, strict=True):
        seen = {sample["shown"][DIALOG]["bottom"] for sample in puppet.samples[mark:]}
        if seen != {SIZE}:
            raise RuntimeError(f"shown while the broker was away: {seen}")


# --- looks -------------------------------------------------------------------------------------


def _linked(shown: dict[str, Any]) -> bool:
    return bool(shown[DIALOG]["status"].endswith("to broker"))


def _radios(shown: dict[str, Any]) -> dict[str, str]:
    radios: dict[str, str] = shown.get("RoleDialog", {}).get("radios", {})
    return radios


def _mine(shown: dict[str, Any], role: str) -> bool:
    return _radios(shown)[role].endswith("You have selected")


def _settled(shown: dict[str, Any], role: str) -> bool:
    return _radios(shown).get(role, role) != role
