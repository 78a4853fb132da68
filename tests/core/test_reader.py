"""Reading a session's state."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core.lifecycle import Phase
from headcount.core.reader import (
    BELIEVABLE_EPOCHS,
    BELIEVABLE_VERSIONS,
    MAX_CLOSED,
    Reader,
    Verdict,
    is_of,
)
from headcount.core.state import SessionState
from tests.core.builders import heartbeat, incarnation, state

BASE = state("host", "a", "b", epoch=3, version=10)
CLOSED = replace(BASE, phase=Phase.CLOSED, epoch=4, version=11)


def claim(by: str, **changes: object) -> SessionState:
    """Return what another member writes as host."""
    return replace(BASE, host_client_id=by, incarnation=incarnation(by), **changes)


def reader(confirmed: bool = True) -> Reader:
    """Return a reader of the base state."""
    made = Reader()
    made.accept(BASE)
    made.confirmed = confirmed
    return made


@pytest.mark.parametrize(
    ("offered", "verdict"),
    [
        (BASE, Verdict.SAME),
        (replace(BASE, model_name="other"), Verdict.SAME),
        (replace(BASE, version=11), Verdict.LATER),
        (replace(BASE, version=9), Verdict.EARLIER),
        (replace(BASE, epoch=2, version=99), Verdict.EARLIER),
        (replace(BASE, epoch=4, version=11), Verdict.LATER),
        (replace(BASE, epoch=4, version=10), Verdict.UNINFORMED),
        (claim("a", epoch=4, version=11), Verdict.LATER),
        (claim("a", epoch=4, version=10), Verdict.UNINFORMED),
        (claim("a", epoch=3, version=11), Verdict.LATER),
        (claim("a", epoch=3, version=10), Verdict.UNINFORMED),
        (claim("a", epoch=2, version=99), Verdict.EARLIER),
        (CLOSED, Verdict.LATER),
        (replace(CLOSED, version=1), Verdict.LATER),
        (replace(CLOSED, epoch=3, version=9), Verdict.EARLIER),
        (replace(BASE, session_uid="uid2"), Verdict.FOREIGN),
        (replace(CLOSED, session_uid="uid2"), Verdict.FOREIGN),
        (claim("stranger", epoch=4, version=11), Verdict.DOUBTED),
        (replace(CLOSED, host_client_id="stranger"), Verdict.DOUBTED),
        (replace(BASE, epoch=3 + BELIEVABLE_EPOCHS, version=11), Verdict.LATER),
        (replace(BASE, epoch=4 + BELIEVABLE_EPOCHS, version=11), Verdict.DOUBTED),
        (replace(BASE, version=10 + BELIEVABLE_VERSIONS), Verdict.LATER),
        (replace(BASE, version=11 + BELIEVABLE_VERSIONS), Verdict.DOUBTED),
    ],
)
def test_what_a_confirmed_reader_makes_of_a_state(offered: SessionState, verdict: Verdict) -> None:
    """Never back within a uid, never to another live one, nothing strange (R7, R13, "Order")."""
    made = reader()
    assert made.judge(offered) is verdict
    assert made.state is BASE


@pytest.mark.parametrize(
    "offered",
    [
        replace(BASE, session_uid="uid2", epoch=1, version=1),
        claim("stranger", epoch=4, version=11),
        replace(BASE, epoch=99, version=11),
    ],
)
def test_an_unconfirmed_reader_believes_more(offered: SessionState) -> None:
    """What nobody has answered for may be old; another uid or a stranger may be the truth."""
    assert reader(confirmed=False).judge(offered) is Verdict.LATER


def test_a_reader_of_nothing_takes_what_comes() -> None:
    """The first state read is later than none."""
    assert Reader().judge(BASE) is Verdict.LATER


def test_a_closed_uid_is_never_read_again() -> None:
    """Invariant 8: not even at a later epoch, not even after another uid was read."""
    made = reader()
    made.accept(CLOSED)
    assert made.judge(replace(BASE, epoch=9, version=99)) is Verdict.DEAD
    made.accept(state(session_uid="uid2"))
    assert made.judge(replace(BASE, epoch=9, version=99)) is Verdict.DEAD
    assert made.judge(CLOSED) is Verdict.DEAD


def test_another_uid_is_read_after_the_old_one_has_closed() -> None:
    """Ids such as "demo" are used again; the new session is unconfirmed at first."""
    made = reader()
    made.accept(CLOSED)
    new = state(session_uid="uid2")
    assert made.judge(new) is Verdict.LATER
    made.accept(new)
    assert made.confirmed is False


def test_so_many_closed_uids_are_remembered() -> None:
    """The memory of closed uids is bounded, the oldest goes first."""
    made = Reader()
    for number in range(MAX_CLOSED + 1):
        made.accept(replace(CLOSED, session_uid=f"u{number}"))
    made.confirmed = False
    assert made.judge(replace(BASE, session_uid="u1")) is Verdict.DEAD
    assert made.judge(replace(BASE, session_uid="u0")) is Verdict.LATER


def test_accepting_twice_is_accepting_once() -> None:
    """A repeated message changes nothing."""
    made = reader()
    made.accept(BASE)
    assert (made.state, made.confirmed) == (BASE, True)


@pytest.mark.parametrize(
    ("changes", "matches"),
    [
        ({}, True),
        ({"version": 99}, True),
        ({"incarnation": incarnation("host", 7)}, True),
        ({"uid": "uid2"}, False),
        ({"epoch": 4}, False),
        ({"epoch": 2}, False),
        ({"host": "a"}, False),
        ({"incarnation": incarnation("a")}, False),
    ],
)
def test_whose_heartbeat_confirms_a_state(changes: dict[str, object], matches: bool) -> None:
    """R10: uid, epoch, host and process have to fit; the version and the connection may move."""
    beat = heartbeat(BASE, **changes)
    assert is_of(beat, BASE) is matches
    assert reader().matches(beat) is matches
    assert Reader().matches(beat) is False


def test_what_a_host_that_goes_on_has_missed() -> None:
    """A list shows a host what supersedes it: the closed state, or the later one (R6)."""
    made = reader(confirmed=False)
    assert made.superior(heartbeat(BASE)) is None
    assert made.superior(heartbeat(BASE, epoch=2)) is BASE
    assert made.superior(heartbeat(BASE, epoch=2, uid="uid2")) is None
    made.accept(CLOSED)
    assert made.superior(heartbeat(BASE)) is CLOSED
