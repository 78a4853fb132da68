"""Deciding requests, each once, and answering when the outcome is certain."""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.context import Context
from headcount.core.docket import MAX_DECIDED, Docket
from headcount.core.messages import Code
from headcount.core.publisher import Publisher
from headcount.core.requests import Wish
from headcount.core.state import Applied, Removal, SessionState
from headcount.core.topics import Kind
from tests.core.builders import (
    CARD,
    SID,
    STATE,
    context,
    incarnation,
    reply_to,
    request,
    sent,
    state,
)

READY = m.Ready(True)


class Desk:
    """A docket and its publisher, of a session of "host" and "a"."""

    def __init__(self, given: SessionState | None = None) -> None:
        self.context: Context = context("host")
        self.publisher = Publisher(self.context, (STATE, CARD), given or state("host", "a"))
        self.docket = Docket(self.context, self.publisher, self.publisher.change)

    def take(self, wanted: m.Request, wish: Wish | None = None) -> list[e.Effect]:
        """Decide a request; return what comes of it at once."""
        self.docket.take(wanted, wish)
        return self.context.take_effects()

    def echo(self) -> list[e.Effect]:
        """Let the latest state be heard back; return the answers."""
        self.publisher.publish()
        self.context.take_effects()
        for change in self.publisher.saw(self.publisher.latest, retained=False):
            self.docket.answer(change)
        return self.context.take_effects()


def reply(number: int, code: Code, client_id: str = "a", **more: object) -> e.Send:
    """Return a host's answer."""
    plain = m.Reply("uid1", f"n_{client_id}", number, code, 1)
    return e.Send(reply_to(client_id), replace(plain, **more))


def test_accepted_is_said_after_the_echo() -> None:
    """R4: decided at once, answered when the state with it has been read back."""
    desk = Desk()
    assert desk.take(request("a", READY)) == []
    assert desk.publisher.latest.version == 6
    assert desk.publisher.latest.members["a"].applied == Applied("n_a", 1)
    assert desk.echo() == [reply(1, Code.ACCEPTED, version=6)]


def test_a_refusal_is_said_at_once() -> None:
    """Nothing has changed, so there is nothing to wait for."""
    desk = Desk()
    wanted = m.Patch([m.Change("model_name", "Other", "New")])
    message, moved = "changed by somebody else: model_name", {"model_name": "Model"}
    assert desk.take(request("a", wanted)) == [
        e.Count("requests_refused"),
        reply(1, Code.CONFLICT, message=message, current=moved),
    ]
    assert desk.publisher.latest == state("host", "a")


def test_a_repeated_request_is_applied_once() -> None:
    """Section 3.1: while it is not certain there is no answer, afterwards the same one."""
    desk = Desk()
    desk.take(request("a", READY))
    assert desk.take(request("a", READY)) == []
    desk.echo()
    assert desk.take(request("a", READY)) == [reply(1, Code.ACCEPTED, version=6)]
    assert desk.publisher.latest.version == 6


def test_a_request_repeated_on_a_new_connection_still_waits_for_the_echo() -> None:
    """R4 holds for who has reconnected meanwhile, and for who has read a later epoch."""
    desk = Desk()
    desk.take(request("a", READY))
    again = request("a", READY, incarnation=incarnation("a", 2), uid="uid1", epoch=1)
    assert desk.take(again) == []
    assert desk.echo() == [reply(1, Code.ACCEPTED, version=6)]


def test_an_older_request_is_void() -> None:
    """Overtaken by a later one of the same process: neither done nor answered."""
    desk = Desk()
    desk.take(request("a", READY, 5))
    desk.echo()
    assert desk.take(request("a", m.Leave(), 4)) == []
    assert "a" in desk.publisher.latest.members


def test_a_new_process_numbers_anew() -> None:
    """Its first request is no repetition of the old one's first."""
    given = state("host", "a", removed={"b": Removal("left", Applied("old", 9))})
    desk = Desk(given)
    desk.take(request("b", m.Join("b", "s"), 1))
    assert "b" in desk.publisher.latest.members


def test_a_refused_request_is_refused_again() -> None:
    """The same answer, though the reason may have gone meanwhile."""
    desk = Desk(state("host", "a", num_players_max=2))
    desk.take(request("b", m.Join("b", "s")))
    desk.publisher.change(replace(desk.publisher.latest, num_players_max=4))
    (again,) = desk.take(request("b", m.Join("b", "s")))
    assert isinstance(again, e.Send)
    assert isinstance(again.body, m.Reply)
    assert again.body.code is Code.FULL
    assert desk.take(request("b", m.Join("b", "s"), 2)) == []
    assert "b" in desk.publisher.latest.members


def test_who_left_is_answered_again_without_leaving_twice() -> None:
    """The note stands with the removal, for any host."""
    desk = Desk(state("host", removed={"a": Removal("left", Applied("n_a", 3))}))
    assert desk.take(request("a", m.Leave(), 3)) == [reply(3, Code.ACCEPTED, version=5)]


def test_a_successor_answers_what_the_host_before_has_decided() -> None:
    """Section 3.1: after a takeover too, from the note in the state; unknown ones included."""
    given = state("host", "a")
    for outcome, code in (("ACCEPTED", Code.ACCEPTED), ("FULL", Code.FULL), ("?", Code.BAD_INPUT)):
        noted = replace(given.members["a"], applied=Applied("n_a", 2, outcome))
        desk = Desk(given.with_member("a", noted))
        assert desk.take(request("a", READY, 2)) == [reply(2, code, version=5)]


def test_ones_own_wish_is_answered_to_the_application() -> None:
    """The host's commands are requests like others, answered without the broker."""
    desk = Desk()
    wish = Wish(7, READY, 1)
    assert desk.take(request("host", READY), wish) == []
    assert desk.echo() == [e.Notify(e.Accepted(SID, "ready", 6, 7))]
    wish = Wish(8, m.Kick("nobody"), 2)
    assert desk.take(request("host", m.Kick("nobody"), 2), wish) == [
        e.Count("requests_refused"),
        e.Notify(e.Refused(SID, "kick", Code.NOT_MEMBER, "no member 'nobody'", 8, {})),
    ]


def test_a_stranger_is_told_once_an_interval() -> None:
    """R8: at most once a heartbeat, per client."""
    desk = Desk()
    for now, answers in ((1000.0, 1), (1001.9, 0), (1002.0, 1), (1003.0, 0)):
        desk.context.now = now
        desk.docket.not_member("x", "n_x")
        assert len(sent(desk.context.take_effects(), Kind.REPLY)) == answers
    desk.docket.not_member("y", "n_y")
    assert desk.context.take_effects() == [reply(0, Code.NOT_MEMBER, "y", message="join again")]


def test_the_memory_of_decisions_is_bounded() -> None:
    """What strangers were refused is forgotten in the end; what members asked is in the state."""
    desk = Desk()
    desk.take(request("a", READY))
    desk.echo()
    for number in range(MAX_DECIDED + 1):
        desk.take(request(f"x{number}", m.Leave()))
    assert desk.take(request("a", READY)) == [reply(1, Code.ACCEPTED, version=6)]
