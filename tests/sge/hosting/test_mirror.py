"""Mirroring: their writes are requests, and only the difference counts (design, 3.7)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge.hosting.mirror import Effect, Mirror, Seat, Unseat
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Publish, Word
from tests.core import builders as b

UTC = 1.8e9
NOW = 50.0
SILENT = Unseat("old", silent=True)


class Stage:
    """One mirror, and what it published last."""

    def __init__(self, *members: str, **changes: Any) -> None:
        self.mirror = Mirror("host")
        self.now = NOW
        self.state = b.state("host", *members, **changes)
        self.effects: list[Effect] = []
        self.show(self.state)

    def show(self, state: SessionState) -> list[Effect]:
        """Let our session change."""
        self.state = state
        return self.did(self.mirror.show(state, self.now, UTC + self.now))

    def hear(self, message: Publish, *, retained: bool = False) -> list[Effect]:
        """Let a message of theirs arrive."""
        read = wire.read(message.topic, message.payload, retained)
        assert read is not None
        return self.did(self.mirror.heard(read, self.now, UTC + self.now))

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, with every tick that is wanted."""
        end, out = self.now + seconds, list[Effect]()
        while (at := self.mirror.next_deadline()) is not None and at <= end:
            self.now = max(at, self.now)
            out += self.did(self.mirror.tick(self.now, UTC + self.now))
        self.now = end
        return out

    def did(self, effects: list[Effect]) -> list[Effect]:
        """Note effects."""
        self.effects += effects
        return effects

    @property
    def told(self) -> SGDistributedSession:
        """The newest state published."""
        return states(self.effects)[-1]

    def joiner(self, client_id: str, base: SGDistributedSession | None = None) -> Publish:
        """Return what an existing joiner writes over a state."""
        copy = SGDistributedSession.from_dict((base or self.told).to_dict())
        copy.num_players_max = 250
        assert copy.add_instance(client_id)
        copy.num_players_max = self.state.seats
        self.hear(wire.seed(b.SID, client_id, 5, False, UTC))
        return wire.state(copy)


def states(effects: Sequence[object]) -> list[SGDistributedSession]:
    """Return the states among effects."""
    out = []
    for effect in effects:
        if isinstance(effect, Publish) and effect.topic.endswith("/session_state"):
            read = wire.read(effect.topic, effect.payload, True)
            session = None if read is None else wire.state_of(read)
            if session is not None:
                out.append(session)
    return out


def topics(effects: Sequence[object], *, cleared: bool = False) -> list[str]:
    """Return the topics published to, or cleared."""
    sent = [effect for effect in effects if isinstance(effect, Publish)]
    return [each.topic for each in sent if (each.fields is None) is cleared]


def test_they_see_what_we_show() -> None:
    """The eleven fields, with our count, and a discovery that both systems can read."""
    stage = Stage("a")
    assert stage.told.connected_instances == ["host", "a"]
    assert (stage.told.state, stage.told.version) == ("open", 1)
    card = next(e for e in stage.effects if isinstance(e, Publish) and "discovery" in e.topic)
    fields = json.loads(card.payload)
    assert fields["clientId"] == fields["host_client_id"] == "host"
    assert fields["session_uid"] == b.UID
    assert stage.told.last_heartbeat.tzinfo is None


def test_a_bare_card_is_answered_with_one_for_both() -> None:
    """Both use one topic: an existing viewer needs the client id and the time."""
    stage = Stage()
    card = Publish(f"session_discovery/{b.SID}", {"session_id": b.SID, "session_uid": b.UID}, True)
    assert topics(stage.hear(card)) == [f"session_discovery/{b.SID}"]
    assert stage.hear(stage.effects[-1]) == []  # type: ignore[arg-type]


def test_state_and_seed_are_repeated() -> None:
    """Every 5 s and every 3 s; the version stays."""
    stage = Stage(seed=77)
    effects = stage.wait(15.0)
    assert len(states(effects)) == 3
    assert {session.version for session in states(effects)} == {1}
    seeds = [e for e in effects if isinstance(e, Publish) and e.topic.endswith("seed_sync")]
    assert len(seeds) == 6
    assert {e.fields["seed"] for e in seeds if e.fields} == {77}


def test_our_own_echo_is_no_request() -> None:
    """What comes back from the broker asks for nothing and is not answered."""
    stage = Stage("a")
    for effect in list(stage.effects):
        if isinstance(effect, Publish):
            assert stage.hear(effect) == []
    assert states(stage.wait(1.0)) == []


def test_a_joiner_gets_a_seat() -> None:
    """It was heard, and has written itself in."""
    stage = Stage("a")
    assert stage.hear(stage.joiner("old")) == [Seat("old")]
    assert stage.mirror.guests == ["old"]
    told = stage.show(stage.state.with_member("old", b.member("old", 3)))
    assert states(told)[-1].connected_instances == ["host", "a", "old"]


def test_two_that_overwrite_each_other_are_both_kept() -> None:
    """Both were based on one state; the second write does not remove the first."""
    stage = Stage("a")
    base = stage.told
    assert stage.hear(stage.joiner("one", base)) == [Seat("one")]
    assert stage.hear(stage.joiner("two", base)) == [Seat("two")]
    assert set(stage.mirror.guests) == {"one", "two"}


def test_a_foreign_difference_removes_none_of_ours() -> None:
    """Whoever leaves takes out himself; a member of ours stays whatever they write."""
    stage = Stage("a")
    copy = SGDistributedSession.from_dict(stage.told.to_dict())
    copy.remove_instance("a")
    assert stage.hear(wire.state(copy)) == []
    assert states(stage.wait(0.5))[-1].connected_instances == ["host", "a"]


def test_a_guest_that_is_missing_in_a_foreign_state_stays() -> None:
    """Its writer may not have read of it: numbers of versions collide among them."""
    stage = Stage()
    stage.hear(stage.joiner("old"))
    stage.show(stage.state.with_member("old", b.member("old", 2)))
    copy = SGDistributedSession.from_dict(stage.told.to_dict())
    assert copy.remove_instance("old")
    assert stage.hear(wire.state(copy)) == []
    assert stage.mirror.guests == ["old"]


def test_who_has_left_does_not_come_back_through_a_foreign_state() -> None:
    """S2: another one's copy may still hold who has just left."""
    stage = Stage()
    with_old = stage.joiner("old")
    stage.hear(with_old)
    assert stage.hear(wire.disconnect(b.SID, "old", None, UTC)) == [Unseat("old")]
    assert stage.hear(with_old) == []


def test_who_declares_it_closed_is_contradicted() -> None:
    """A wrong clock closes nothing: the session is told open again, above that version."""
    stage = Stage("a")
    copy = SGDistributedSession.from_dict(stage.told.to_dict())
    copy.close()
    assert stage.hear(wire.state(copy)) == []
    again = states(stage.wait(0.5))
    assert [(s.state, s.version > copy.version) for s in again] == [("open", True)]


def test_contradictions_are_paced() -> None:
    """Somebody who writes all the time does not make us do so."""
    stage = Stage()
    copy = SGDistributedSession.from_dict(stage.told.to_dict())
    told = 0
    for number in range(100):
        copy.version = 1000 + number
        stage.hear(wire.state(copy))
        told += len(states(stage.wait(0.01)))
    assert 3 <= told <= 5


def test_a_foreign_state_adds_only_who_is_heard() -> None:
    """Nobody comes back through a state that was kept for long (S2)."""
    stage = Stage()
    copy = SGDistributedSession.from_dict(stage.told.to_dict())
    copy.version, copy.connected_instances = 500, ["host", "ghost", "alive"]
    stage.hear(wire.seed(b.SID, "alive", 5, False, UTC))
    assert stage.hear(wire.state(copy)) == [Seat("alive")]


def test_what_is_retained_asks_for_nothing() -> None:
    """A retained joiner is no joiner; the state over it is told again."""
    stage = Stage()
    assert stage.hear(stage.joiner("ghost"), retained=True) == []
    assert stage.hear(wire.ready(b.SID, "ghost", UTC), retained=True) == []
    assert states(stage.wait(0.5))[-1].connected_instances == ["host"]


def test_a_silent_guest_goes_after_15_seconds() -> None:
    """Its seed is its sign of life."""
    stage = Stage()
    stage.hear(stage.joiner("old"))
    stage.wait(14.0)
    stage.hear(wire.seed(b.SID, "old", 5, False, UTC))
    assert SILENT not in stage.wait(14.9)
    assert SILENT in stage.wait(0.2)
    assert stage.mirror.guests == []


def test_ready_and_disconnect_are_signs_too() -> None:
    """A live notice brings, an emptied one and a goodbye take away."""
    stage = Stage()
    assert stage.hear(wire.ready(b.SID, "old", UTC)) == [Seat("old")]
    empty = wire.clear(wire.topic(Word.READY, b.SID, "old"))
    assert stage.hear(empty) == [Unseat("old")]
    ready = wire.ready(b.SID, "old", UTC)
    stage.hear(ready)
    assert stage.hear(wire.disconnect(b.SID, "old", None, UTC)) == [
        Unseat("old"),
        wire.clear(ready.topic),
    ]


def test_while_one_is_there_ours_are_counted_the_old_way() -> None:
    """`session_instance_ready` for our members, cleared when they or the last guest go."""
    stage = Stage("a")
    ready = [wire.topic(Word.READY, b.SID, c) for c in ("a", "host")]
    stage.hear(stage.joiner("old"))
    with_old = stage.state.with_member("old", b.member("old", 3))
    told = topics(stage.show(with_old))
    assert [t for t in told if "ready" in t] == ready
    gone = stage.show(with_old.with_members({"host": b.member("host", 1)}))
    assert topics(gone, cleared=True) == ready[:1]


def test_a_start_is_told() -> None:
    """Once, and by the state."""
    stage = started("old")
    told = topics(stage.effects)
    assert told.count(f"{b.SID}/session_game_start") == 1
    assert stage.told.state == "started"


def test_the_new_id_of_a_joiner_at_its_launch_is_recognised() -> None:
    """Messages of the game from an unknown id are those of a guest; silence counts as before."""
    stage = started("old")
    turn = Publish(f"{b.SID}/game_nextTurn", {"clientId": "newid"}, False)
    assert stage.hear(turn) == []
    assert SILENT not in stage.wait(14.0)
    stage.hear(turn)
    assert SILENT not in stage.wait(14.0)
    assert SILENT in stage.wait(2.0)


def test_one_that_only_tells_its_seed_under_its_new_id_is_counted() -> None:
    """Nobody has a role yet: its seed is all that is heard of it after the start."""
    stage = started("old")
    for _ in range(10):
        stage.hear(wire.seed(b.SID, "newid", 5, False, UTC + stage.now))
        assert SILENT not in stage.wait(3.0)


def test_a_silent_guest_that_is_heard_again_sits_down_again() -> None:
    """Its connection was lost for a while; members of ours come back just so."""
    stage = Stage()
    stage.hear(stage.joiner("old"))
    stage.show(stage.state.with_member("old", b.member("old", 2)))
    assert SILENT in stage.wait(15.0)
    stage.show(stage.state.with_member("old", b.member("old", 2, status="away")))
    assert stage.hear(wire.seed(b.SID, "old", 5, False, UTC)) == [Seat("old")]
    assert stage.mirror.guests == ["old"]


def test_a_guest_of_a_host_that_is_gone_sits_down_with_the_new_one() -> None:
    """Whoever tells the seed and is a member that is away had its seat held elsewhere."""
    stage = Stage("a")
    orphan = stage.state.with_member("old", b.member("old", 3, status="away"))
    stage.show(orphan)
    assert stage.hear(wire.seed(b.SID, "old", 5, False, UTC)) == [Seat("old")]


def test_what_is_told_of_ours_brings_nobody_back() -> None:
    """S2: the echo of our own notice of a member is no sign of life of it."""
    stage = Stage("a")
    stage.hear(stage.joiner("old"))
    stage.show(stage.state.with_member("old", b.member("old", 3)))
    echo = wire.topic(Word.READY, b.SID, "a")
    ready = next(e for e in stage.effects if isinstance(e, Publish) and e.topic == echo)
    stale = SGDistributedSession.from_dict(stage.told.to_dict())
    stale.version += 7
    gone = {c: m for c, m in stage.state.members.items() if c != "a"}
    stage.show(stage.state.with_members(gone))
    assert stage.hear(ready) == []
    assert stage.hear(wire.state(stale)) == []


def test_nobody_is_judged_by_the_deaf() -> None:
    """Rule R1: while the connection is lost, and until a whole lease after it."""
    stage = Stage()
    stage.hear(stage.joiner("old"))
    stage.mirror.lost(stage.now)
    assert SILENT not in stage.wait(100.0)
    stage.mirror.connected(stage.now, UTC + stage.now)
    assert SILENT not in stage.wait(14.9)
    assert SILENT in stage.wait(0.2)


def test_the_heartbeat_is_told_by_the_fastest_of_their_clocks() -> None:
    """One that is a minute ahead would take the host for dead after 15 s, and close the session."""
    stage = Stage()
    stage.hear(stage.joiner("old"))
    for ahead in (60.0, 3600.0):
        stage.hear(wire.seed(b.SID, "old", 5, False, UTC + stage.now + ahead))
        told = states(stage.wait(6.0))[-1].last_heartbeat.timestamp()
        assert told > UTC + stage.now + ahead - 10.0
    assert stage.hear(wire.disconnect(b.SID, "old", None, UTC)) == [Unseat("old")]
    assert states(stage.wait(6.0))[-1].last_heartbeat.timestamp() <= UTC + stage.now


def test_another_seed_is_answered_with_ours() -> None:
    """Whoever joins next takes the one that is kept."""
    stage = Stage(seed=77)
    stage.wait(1.0)
    stage.hear(wire.seed(b.SID, "old", 5, False, UTC))
    seeds = [e.fields for e in stage.wait(0.5) if isinstance(e, Publish) and "seed" in e.topic]
    assert [fields["seed"] for fields in seeds if fields] == [77]


def started(*guests: str) -> Stage:
    """Return a session with existing instances that has just started."""
    stage = Stage()
    for number, guest in enumerate(guests, 2):
        stage.hear(stage.joiner(guest))
        stage.show(stage.state.with_member(guest, b.member(guest, number)))
    stage.show(replace(stage.state, phase=Phase.STARTED))
    return stage


def test_the_end_leaves_nothing_behind() -> None:
    """Closed is told, then everything that a game leaves is cleared (S6)."""
    stage = started("old")
    chosen = wire.reservation(b.SID, "old", "Player 1", UTC)
    stage.hear(chosen)
    stage.hear(Publish(wire.topic(Word.ALL_SELECTED, b.SID), {"clientId": "old"}, True))
    ended = stage.show(replace(stage.state, phase=Phase.CLOSED, closed_reason="closed"))
    assert states(ended)[-1].state == "closed"
    kept: set[str] = set()
    for effect in [*stage.effects, chosen]:
        if isinstance(effect, Publish) and effect.retain:
            (kept.discard if effect.fields is None else kept.add)(effect.topic)
    assert kept - {chosen.topic} == set()
    assert chosen.topic in topics(ended, cleared=True)
    assert stage.wait(100.0) == []


def test_a_guest_without_a_seat_is_told_by_the_state() -> None:
    """Existing instances do not ask how many may come."""
    stage = Stage()
    stage.hear(stage.joiner("old"))
    stage.mirror.refused("old", stage.now)
    assert stage.mirror.guests == []
    assert states(stage.wait(0.5))[-1].connected_instances == ["host"]


def test_nothing_of_another_session_matters() -> None:
    """Each session has its own mirror."""
    stage = Stage()
    assert stage.mirror.heard(Heard(Word.READY, "else", "x", {}, False), NOW, UTC) == []


def test_who_came_while_we_were_deaf_gets_a_seat() -> None:
    """Its notice is kept, and it is alive; the notice of a ghost alone is nothing (S2)."""
    stage = Stage()
    for client_id in ("old", "ghost"):
        assert stage.hear(wire.ready(b.SID, client_id, UTC), retained=True) == []
    assert stage.hear(wire.seed(b.SID, "old", 5, False, UTC)) == [Seat("old")]


def test_who_found_no_seat_is_asked_about_later() -> None:
    """It believes to be in it: when a seat is free it gets one."""
    stage = Stage()
    stage.hear(wire.ready(b.SID, "old", UTC))
    stage.mirror.refused("old", stage.now)
    seed = wire.seed(b.SID, "old", 5, False, UTC)
    assert stage.hear(seed) == []
    stage.wait(10.0)
    assert stage.hear(seed) == [Seat("old")]
