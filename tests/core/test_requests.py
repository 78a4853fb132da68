"""A member's requests to the host."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.context import Context
from headcount.core.messages import Code
from headcount.core.requests import PATIENCE, Requests, Wish
from headcount.core.state import Applied, SessionState
from tests.core.builders import REQUEST, SID, context, join, request, seated, sent, told

READY = m.Ready(True)


def asking(*asks: m.AnyAsk) -> tuple[Context, Requests]:
    """Return requests with these wishes, numbered as their `ref`s from 1."""
    here = context()
    made = Requests(here, SID)
    made.uid, made.epoch = "uid1", 1
    for ref, ask in enumerate(asks, 1):
        made.add(Wish(ref, ask))
    return here, made


def noted(number: int, outcome: str = "ACCEPTED", nonce: str = "n_me") -> SessionState:
    """Return a state with a note of a decided request."""
    here = seated("host")
    applied = Applied(nonce, number, outcome)
    return here.with_member("me", replace(here.members["me"], applied=applied))


def test_one_request_is_outstanding() -> None:
    """Section 3.1: the next one is sent when the first is answered."""
    here, requests = asking(READY, m.Leave())
    assert here.take_effects() == [
        e.Send(REQUEST, request("me", READY, 1, uid="uid1", epoch=1)),
    ]
    requests.accepted(7)
    assert here.take_effects() == [
        e.Notify(e.Accepted(SID, "ready", 7, 1)),
        e.Send(REQUEST, request("me", m.Leave(), 2, uid="uid1", epoch=1)),
    ]


def test_a_request_is_repeated_under_its_number() -> None:
    """Any host can tell a repetition from a second wish; pauses double up to two seconds."""
    here, requests = asking(READY)
    times, bodies = [here.now], [sent(here.take_effects())[0].body]
    while (due := requests.next_deadline()) is not None and due < 1000.0 + PATIENCE:
        here.now = due
        requests.tick()
        bodies += [send.body for send in sent(here.take_effects())]
        times.append(due)
    assert set(map(repr, bodies)) == {repr(bodies[0])}
    pauses = [b - a for a, b in pairwise(times)]
    for pause, wanted in zip(pauses, (0.3, 0.6, 1.2, 2.0), strict=False):
        assert 0.8 * wanted <= pause <= 1.2 * wanted
    assert len(pauses) >= 3


def test_a_request_without_an_answer_fails_in_time() -> None:
    """S18: then a clear error; it may still have been applied, and the text says so."""
    here, requests = asking(READY)
    here.take_effects()
    here.now += PATIENCE
    requests.tick()
    (refused,) = told(here.take_effects())
    assert isinstance(refused, e.Refused)
    assert (refused.code, refused.ref) == (Code.TIMEOUT, 1)
    assert requests.next_deadline() is None


def test_joining_has_a_patience_of_its_own() -> None:
    """The stage decides when to give up."""
    here, requests = asking(join("me"))
    here.now += 10 * PATIENCE
    requests.tick()
    assert told(here.take_effects()) == []


def test_nothing_is_repeated_while_the_link_is_down() -> None:
    """What cannot be sent does not fail either; the new connection begins anew."""
    here, requests = asking(READY)
    here.take_effects()
    here.hearing.link_down()
    here.now += 10 * PATIENCE
    requests.tick()
    assert (here.take_effects(), requests.next_deadline()) == ([], None)
    here.hearing.link_up(here.now)
    requests.restart()
    (again,) = sent(here.take_effects())
    assert isinstance(again.body, m.Request)
    assert (again.body.request, again.body.incarnation.counter) == (1, 2)


@pytest.mark.parametrize(
    ("state", "notice"),
    [
        (noted(1), e.Accepted(SID, "ready", 5, 1)),
        (noted(2), e.Accepted(SID, "ready", 5, 1)),
        (noted(1, "FULL"), e.Refused(SID, "ready", Code.FULL, "refused by the host", 1)),
        (noted(1, "??"), e.Refused(SID, "ready", Code.BAD_INPUT, "refused by the host", 1)),
        (noted(0), None),
        (noted(1, nonce="other"), None),
        (seated("host").with_member("me", noted(1).members["host"]), None),
    ],
)
def test_success_is_read_in_a_state(state: SessionState, notice: e.Notice | None) -> None:
    """R4: the note in one's own record, of one's own process, answers."""
    here, requests = asking(READY)
    here.take_effects()
    requests.settle_from(state)
    assert told(here.take_effects()) == ([] if notice is None else [notice])


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        ({}, True),
        ({"epoch": 2}, True),
        ({"epoch": 0}, False),
        ({"request": 2}, False),
        ({"nonce": "other"}, False),
    ],
)
def test_which_reply_answers(changes: dict[str, object], answers: bool) -> None:
    """To this process, this request, by a host that is not an old one."""
    _, requests = asking(READY)
    reply = m.Reply("uid1", "n_me", 1, Code.ACCEPTED, 1)
    assert requests.answered_by(replace(reply, **changes)) is answers


def test_no_reply_answers_when_nothing_was_asked() -> None:
    """A reply that comes twice is heard once."""
    _, requests = asking(READY)
    requests.accepted(6)
    assert not requests.answered_by(m.Reply("uid1", "n_me", 1, Code.ACCEPTED, 1))
    assert not requests.settled_by(Applied("n_me", 1))


def test_a_conflict_carries_the_values_of_now() -> None:
    """Section 3.1: so that a retry needs no new state."""
    here, requests = asking(READY)
    here.take_effects()
    requests.refused(Code.CONFLICT, "moved", {"properties.x": 2})
    assert told(here.take_effects()) == [
        e.Refused(SID, "ready", Code.CONFLICT, "moved", 1, {"properties.x": 2})
    ]


def test_joining_again_is_nobodys_news() -> None:
    """The application did not ask for it."""
    here, requests = asking()
    requests.add(Wish(None, join("me"), quiet=True))
    requests.accepted(5)
    requests.add(Wish(None, join("me"), quiet=True))
    requests.refused(Code.FULL, "full")
    assert told(here.take_effects()) == []


def test_a_wish_may_go_before_all_others() -> None:
    """Asking for one's seat again comes before what is to be done in it."""
    here = context()
    requests = Requests(here, SID)
    first = Wish(1, READY)
    requests.add(first)
    requests.add(Wish(2, m.Leave()))
    requests.add(Wish(3, m.Cancel()), first=True)
    assert [wish.ref for wish in requests.take_all()] == [1, 3, 2]
    assert requests.take_all() == []


def test_who_is_not_waited_for() -> None:
    """A farewell or a probe is sent once, under a number of its own."""
    here, requests = asking(READY)
    here.take_effects()
    requests.send_once(m.Look())
    (look,) = sent(here.take_effects())
    assert look.body == request("me", m.Look(), 2, uid="uid1", epoch=1)
    assert requests.current is not None
    assert requests.current.ref == 1


def test_giving_up_is_told() -> None:
    """A host's own command that could not be applied in time."""
    here, requests = asking()
    requests.give_up(Wish(4, READY))
    (refused,) = told(here.take_effects())
    assert isinstance(refused, e.Refused)
    assert (refused.code, refused.ref, refused.request) == (Code.TIMEOUT, 4, "ready")
