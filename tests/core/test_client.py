"""One application instance on one connection."""

from __future__ import annotations

import random

import pytest

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.client import SURVEY_JITTER, Client
from headcount.core.messages import Presence
from headcount.core.seat import StageName
from headcount.core.state import Incarnation
from headcount.core.topics import ANY, Kind, Topic
from headcount.errors import BadInputError
from tests.core import builders as b
from tests.core.builders import NOW, SID

ME = b.presence_of("me")


def client() -> Client:
    """Return a client that was never connected."""
    return Client("me", "n_me", random.Random(1))


def test_a_connection_begins_with_a_birth() -> None:
    """Exactly this, and the next thing wanted is a second later."""
    here = client()
    assert here.upcoming == Incarnation("n_me", 1)
    assert here.handle(e.LinkUp(), 10.0) == [
        e.Subscribe((ME,)),
        e.Send(ME, Presence("birth", Incarnation("n_me", 1), 1)),
    ]
    assert here.next_deadline() == 11.0
    assert here.upcoming == Incarnation("n_me", 2)


def test_nothing_is_wanted_before_the_first_connection() -> None:
    """No deadline, no effect."""
    here = client()
    assert here.next_deadline() is None
    assert here.handle(e.Tick(), 10.0) == []


@pytest.mark.parametrize(
    "wish",
    [
        e.Command(SID, 1, m.Leave()),
        e.Say(SID, "hello"),
        e.Enter("demo2", "me", "mine"),
        e.Observe("demo2"),
        b.found(session_id="demo2"),
    ],
    ids=lambda wish: type(wish).__name__,
)
def test_what_the_caller_does_wrong_raises_and_changes_nothing(wish: e.Input) -> None:
    """Section 2: a command without a session, a second part in one session."""
    here = client()
    here.handle(e.Observe("demo2"), 10.0)
    before = (set(here.sessions), here.next_deadline())
    with pytest.raises(BadInputError):
        here.handle(wish, 10.0)
    assert (set(here.sessions), here.next_deadline()) == before
    assert here.handle(e.Tick(), 10.0) == []


def test_forgetting_what_one_never_followed_is_harmless() -> None:
    """Whoever stops twice has stopped."""
    here = client()
    assert here.handle(e.Forget(SID), 10.0) == []
    assert here.handle(e.StopBrowsing(), 10.0) == []


def test_malformed_messages_are_counted() -> None:
    """And otherwise ignored."""
    assert client().handle(e.Malformed("x", "why"), 10.0) == [e.Count("malformed")]


def test_nothing_is_heard_without_a_connection() -> None:
    """What a dead connection still delivers is nothing."""
    play = b.being_member("host", "a")
    play.link_down()
    assert play.hear(b.HEARTBEAT, b.heartbeat(play.shown)) == []


def test_one_may_be_in_several_sessions() -> None:
    """Each hears its own messages only."""
    play = b.hosting("a")
    play.take(e.Observe("other"))
    other = b.state("x", session_id="other", session_uid="u2")
    play.hear(Topic(Kind.STATE, "other"), other)
    assert play.client.sessions["other"].shown == other
    assert play.shown.session_id == SID
    assert play.stage() is StageName.HOST


def test_a_session_that_is_over_makes_room() -> None:
    """One may join again after leaving."""
    play = b.joining()
    play.command(m.Leave())
    play.take(e.Enter(SID, "me", "mine"))
    assert play.stage() is StageName.JOINING
    play.wait(1.0)
    assert play.client.sessions == {}


@pytest.mark.parametrize(
    ("late", "utc_jump", "stalls"),
    [(0.9, 0.0, 0), (1.1, 0.0, 1), (60.0, 0.0, 1), (0.0, 0.9, 0), (0.0, 30.0, 1), (0.0, -30.0, 0)],
)
def test_what_is_a_stall(late: float, utc_jump: float, stalls: int) -> None:
    """Section 3.4: more than 1 s past a due deadline, or the wall clock ran ahead by that."""
    here = client()
    here.handle(e.LinkUp(), NOW, 5000.0)
    birth = Presence("birth", Incarnation("n_me", 1), 1)
    here.handle(e.MessageReceived(ME, birth), NOW, 5000.0)
    deadline = here.next_deadline()
    assert deadline is not None
    now = deadline + late
    effects = here.handle(e.Tick(), now, 5000.0 + (now - NOW) + utc_jump)
    assert effects.count(e.Count("stalls")) == stalls


def test_a_backlog_after_a_stall_is_one_stall() -> None:
    """Every message of it is late too, but the time was lost once."""
    play = b.being_member("host", "a")
    play.now += 60.0
    for _ in range(5):
        play.hear(b.PROBE, m.Probe("x"))
    assert play.counted["stalls"] == 1


def test_link_losses_are_counted_once_each() -> None:
    """Further attempts that fail are no further losses."""
    play = b.connected_play()
    play.link_down()
    play.take(e.LinkDown(refused=True))
    play.take(e.LinkDown())
    assert play.counted["link_losses"] == 1


def test_a_deaf_link_is_given_up() -> None:
    """Nothing heard for 5 s, one's own births included."""
    play = b.connected_play()
    play.mute.add(Kind.PRESENCE)
    effects = play.wait(10.0)
    assert effects.count(e.DropLink()) == 1


def test_hosts_look_for_leftovers_of_dead_sessions() -> None:
    """S22: automatic cleaning on creating and when somebody joins, at most every 12 s."""
    dead = b.state("x", session_id="dead", session_uid="u2")
    play = b.connected_play()
    play.retained[Topic(Kind.STATE, "dead")] = dead
    play.take(b.found())
    play.wait(1.0 + SURVEY_JITTER)
    everything = Topic(Kind.STATE, ANY)
    asked = [x for x in play.effects if isinstance(x, e.Subscribe) and everything in x.filters]
    assert len(asked) == 1
    for number in range(4):
        play.ask(f"c{number}", b.join(f"c{number}"))
    effects = play.wait(6.0)
    assert not any(isinstance(x, e.Subscribe) and everything in x.filters for x in effects)
    play.wait(60.0)
    assert e.Swept("dead", "no live host") in play.notices
    assert Topic(Kind.STATE, "dead") not in play.retained
    assert play.stage() is StageName.HOST


def test_the_same_seed_makes_the_same_run() -> None:
    """All chance comes from the injected generator."""
    runs = [b.hosting("a", "b").effects for _ in range(2)]
    assert runs[0] == runs[1]


def test_an_input_that_is_none_is_the_callers_mistake() -> None:
    """A wrong type raises at once."""
    with pytest.raises(TypeError):
        client().handle("hello", 10.0)  # type: ignore[arg-type]
