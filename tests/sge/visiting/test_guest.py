"""Being in a session that an existing instance created."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Publish, Word
from headcount.sge.visiting.guest import (
    LINK_TIMEOUT,
    Changed,
    Effect,
    Ended,
    Guest,
    Seeded,
    Started,
)
from tests.sge.hosting.test_mirror import states, topics

UTC = 1.8e9
SID = "S 1"


class Visit:
    """One guest, and an old creator that one speaks for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.guest = Guest(SID, "me", 0.0, random.Random(1))
        self.effects: list[Effect] = []

    def hear(self, message: Publish, *, retained: bool = False) -> list[Effect]:
        """Let a message arrive."""
        read = wire.read(message.topic, message.payload, retained)
        assert read is not None
        return self.did(self.guest.heard(read, self.now, UTC + self.now))

    def state(
        self, *clients: str, version: int = 1, retained: bool = False, beat: float = 0.0
    ) -> list[Effect]:
        """Let a state of these instances arrive."""
        return self.hear(
            wire.state(session(*clients, version=version, beat=beat)), retained=retained
        )

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass."""
        end, out = self.now + seconds, list[Effect]()
        while (at := self.guest.next_deadline()) is not None and at <= end:
            self.now = max(at, self.now)
            out += self.did(self.guest.tick(self.now, UTC + self.now))
        self.now = end
        return out

    def did(self, effects: list[Effect]) -> list[Effect]:
        """Note effects."""
        self.effects += effects
        return effects


def session(*clients: str, version: int = 1, beat: float = 0.0) -> SGDistributedSession:
    """Return an old creator's session."""
    made = SGDistributedSession(SID, clients[0], "Sea", 2, 4)
    made.connected_instances = list(clients)
    made.version = version
    made.last_heartbeat = datetime.fromtimestamp(UTC + beat)
    return made


def inside() -> Visit:
    """Return a visit that has begun."""
    visit = Visit()
    visit.hear(wire.seed(SID, "old", 42, True, UTC), retained=True)
    visit.state("old", retained=True)
    visit.state("old", "me", version=2)
    return visit


def test_it_writes_itself_in_and_takes_the_seed() -> None:
    """What the others count, and the seed of whoever was there."""
    visit = Visit()
    assert visit.hear(wire.seed(SID, "old", 42, True, UTC), retained=True) == [Seeded(42)]
    effects = visit.state("old", retained=True)
    written = states(effects)[0]
    assert (written.connected_instances, written.version) == (["old", "me"], 2)
    assert [e.session for e in effects if isinstance(e, Changed)] == [visit.guest.session]
    assert topics(effects) == [
        f"{SID}/session_seed_sync",
        f"{SID}/session_instance_ready/me",
        f"{SID}/session_state",
    ]


def test_the_seed_is_its_sign_of_life() -> None:
    """Every 3 s; the first seed stays."""
    visit = inside()
    assert visit.hear(wire.seed(SID, "other", 7, True, UTC)) == []
    seeds = topics(visit.wait(9.0))
    assert seeds.count(f"{SID}/session_seed_sync") == 3
    assert visit.guest.seed == 42


def test_there_is_nobody() -> None:
    """Two seconds without a state."""
    assert Visit().wait(2.1) == [Ended("NOT_FOUND")]


@pytest.mark.parametrize(("state", "reason"), [("started", "STARTED"), ("closed", "NOT_FOUND")])
def test_it_is_too_late(state: str, reason: str) -> None:
    """A session that has started, or is over, takes nobody."""
    visit = Visit()
    old = session("old")
    old.state = state  # type: ignore[assignment]
    assert visit.hear(wire.state(old), retained=True) == [Ended(reason)]  # type: ignore[arg-type]


def test_a_full_one_is_full() -> None:
    """We do not count above the maximum, though they would."""
    assert Visit().state("a", "b", "c", "d", retained=True) == [Ended("FULL")]


def test_who_is_overwritten_writes_itself_in_again() -> None:
    """A join of theirs that was based on an older state loses us; not for long."""
    visit = inside()
    assert visit.state("old", "other", version=2) == []
    again = states(visit.wait(0.6))
    assert set(again[-1].connected_instances) == {"old", "me", "other"}
    assert again[-1].version == 3


def test_an_older_version_removes_nobody() -> None:
    """Who wrote over what he had not read is put together with it."""
    visit = inside()
    visit.state("old", "me", "third", version=5)
    effects = visit.state("old", "me", "fourth", version=3)
    shown = [e.session for e in effects if isinstance(e, Changed)][-1]
    assert set(shown.connected_instances) == {"old", "me", "third", "fourth"}


def test_the_start_is_told_once() -> None:
    """By its message and by the state."""
    visit = inside()
    assert visit.hear(wire.start(SID, "old", False, UTC)) == [Started()]
    begun = session("old", "me", version=3)
    begun.state = "started"
    effects = visit.hear(wire.state(begun))
    assert Started() not in effects
    assert not any(isinstance(e, Ended) for e in visit.wait(60.0))


def test_a_creator_that_is_silent_is_lost() -> None:
    """15 s by our own hearing, whatever the clocks say; the session is declared closed (S16)."""
    visit = inside()
    visit.wait(10.0)
    visit.state("old", "me", version=2, beat=3600.0)
    assert not any(isinstance(e, Ended) for e in visit.wait(14.9))
    ended = visit.wait(0.2)
    assert states(ended)[-1].is_closed()
    assert Ended("host_lost") in ended


def test_a_closing_that_its_creator_contradicts_is_none() -> None:
    """One with a wrong clock declared it closed; the creator goes on."""
    visit = inside()
    over = session("old", "me", version=3)
    over.close()
    assert visit.hear(wire.state(over)) == []
    visit.wait(3.0)
    visit.state("old", "me", version=5, beat=3.0)
    assert not any(isinstance(e, Ended) for e in visit.wait(10.0))


@pytest.mark.parametrize("cleared", [True, False])
def test_a_closing_of_the_creator_ends_it(cleared: bool) -> None:
    """Its discovery is cleared at once, or it says nothing more."""
    visit = inside()
    over = session("old", "me", version=3)
    over.close()
    visit.hear(wire.state(over))
    if cleared:
        effects = visit.hear(wire.clear(wire.topic(Word.DISCOVERY, SID)))
    else:
        effects = visit.wait(6.1)
    assert Ended("closed") in effects
    assert topics(effects, cleared=True) == [f"{SID}/session_instance_ready/me"]


def test_leaving_takes_everything_along() -> None:
    """Out of the state, and nothing of ours stays on the broker (S6, S15)."""
    visit = inside()
    effects = visit.guest.leave(UTC)
    assert states(effects)[0].connected_instances == ["old"]
    assert topics(effects, cleared=True) == [f"{SID}/session_instance_ready/me"]
    assert f"{SID}/session_player_disconnect/me" in topics(effects)
    assert effects[-1] == Ended("left")
    assert visit.guest.leave(UTC) == []
    assert visit.state("old", version=9) == []


@pytest.mark.parametrize("age", [0.0, 3600.0])
def test_a_session_without_a_state_gets_one(age: float) -> None:
    """S21: who knows of states and joins creates it, from the discovery and the notices."""
    visit = Visit()
    card = wire.discovery(session("old"), "old", UTC - age)
    visit.hear(card, retained=True)
    visit.hear(wire.ready(SID, "old", UTC), retained=True)
    visit.hear(wire.ready(SID, "other", UTC), retained=True)
    assert states(visit.wait(1.9)) == []
    if age:
        visit.wait(1.0)
        visit.hear(wire.discovery(session("old"), "old", UTC))
    written = states([*visit.effects, *visit.wait(6.0)])[0]
    assert written.connected_instances == ["old", "other", "me"]
    assert (written.creator_client_id, written.version) == ("old", 2)
    assert (written.num_players_min, written.num_players_max) == (2, 4)


def test_who_comes_and_goes_without_a_state_is_counted() -> None:
    """S21: by being ready and by its seed, since it never writes the state itself."""
    visit = inside()
    visit.hear(wire.ready(SID, "late", UTC))
    for _ in range(3):
        visit.hear(wire.seed(SID, "late", 42, False, UTC))
        visit.hear(wire.discovery(session("old"), "old", UTC))
        told = visit.wait(3.0)
    assert states(told)[-1].connected_instances == ["old", "me", "late"]
    visit.hear(wire.clear(wire.topic(Word.READY, SID, "late")))
    assert states(visit.wait(3.0))[-1].connected_instances == ["old", "me"]


def test_one_that_is_killed_is_taken_out() -> None:
    """Silent for 15 s: the old system counts it for ever."""
    visit = Visit()
    visit.state("old", "killed", "silent", retained=True)
    told: list[Effect] = []
    for second in range(16):
        visit.hear(wire.discovery(session("old"), "old", UTC))
        if second < 5:
            visit.hear(wire.seed(SID, "killed", 42, False, UTC))
        told += visit.wait(1.0)
    assert states(told)[-1].connected_instances == ["old", "killed", "me"]
    for _ in range(5):
        visit.hear(wire.discovery(session("old"), "old", UTC))
        told += visit.wait(1.0)
    assert states(told)[-1].connected_instances == ["old", "me"]


def test_a_session_that_only_its_leftovers_tell_of_is_not_joined() -> None:
    """S2: its creator is waited for, and says nothing."""
    visit = Visit()
    assert visit.state("dead", retained=True, beat=-60.0) == []
    assert visit.wait(5.9) == []
    assert visit.wait(0.2) == [Ended("NOT_FOUND")]


def test_a_creator_with_a_slow_clock_is_heard() -> None:
    """Its state looks old; what it says next does not."""
    visit = Visit()
    visit.state("old", retained=True, beat=-60.0)
    visit.wait(2.5)
    effects = visit.hear(wire.discovery(session("old"), "old", UTC))
    assert states(effects)[0].connected_instances == ["old", "me"]


def test_the_creators_seed_counts_most() -> None:
    """Whoever changed the session brings another one along; until the start it can be put right."""
    visit = Visit()
    assert visit.hear(wire.seed(SID, "changer", 7, False, UTC), retained=True) == [Seeded(7)]
    visit.state("old", retained=True)
    assert visit.hear(wire.seed(SID, "old", 42, True, UTC)) == [Seeded(42)]
    assert visit.hear(wire.seed(SID, "changer", 7, False, UTC)) == []
    assert visit.guest.seed == 42


def test_the_deaf_do_not_judge() -> None:
    """Rule R1: nobody is lost while one's own connection is; later one writes oneself in again."""
    visit = inside()
    visit.guest.lost(visit.now)
    assert visit.wait(30.0) == []
    visit.did(visit.guest.connected(visit.now, UTC))
    visit.state("old", version=9, retained=True)
    again = visit.wait(2.0)
    assert states(again)[-1].connected_instances == ["old", "me"]
    assert not any(isinstance(e, Ended) for e in visit.effects)


def test_a_broker_that_forgot_everything_is_told_again() -> None:
    """It was restarted without its store."""
    visit = inside()
    visit.guest.lost(visit.now)
    visit.did(visit.guest.connected(visit.now, UTC))
    assert states(visit.wait(2.0))[-1].connected_instances == ["old", "me"]


def test_without_a_connection_it_ends() -> None:
    """A minute, as with sessions of ours."""
    visit = inside()
    visit.guest.lost(visit.now)
    assert Ended("link_lost") in visit.wait(LINK_TIMEOUT)


def test_who_was_overwritten_by_an_older_state_is_written_again() -> None:
    """It is not enough to know better: the others read what is kept."""
    visit = inside()
    visit.state("old", version=1)
    assert states(visit.wait(0.6))[-1].connected_instances == ["old", "me"]


def test_a_window_that_was_closed_goes_on_telling_the_seed() -> None:
    """So the creator's seed is no sign that its session is open, nor is what others write."""
    visit = inside()
    over = session("old", "me", version=3)
    over.close()
    visit.hear(wire.state(over))
    for _ in range(2):
        visit.hear(wire.seed(SID, "old", 42, False, UTC))
        visit.state("old", "me", "other", version=4)
        visit.wait(2.9)
    assert Ended("closed") in visit.wait(0.5)


def test_an_old_heartbeat_is_replaced_by_the_newest() -> None:
    """One that writes an old copy makes others take the creator for dead."""
    visit = inside()
    visit.state("old", "me", version=3, beat=10.0)
    visit.state("old", "me", "late", version=4, beat=1.0)
    told = states(visit.wait(0.6))[-1]
    assert told.last_heartbeat == datetime.fromtimestamp(UTC + 10.0)
    assert told.connected_instances == ["old", "me", "late"]
