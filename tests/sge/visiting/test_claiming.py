"""Taking a role where nobody decides: the order of the broker does."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Publish, Word
from headcount.sge.visiting.claiming import (
    MAX_PLAYERS,
    TRIES,
    Answered,
    Claiming,
    Effect,
    RolesChanged,
)

UTC = 1.8e9
SID = "S1"


class Table:
    """Several of ours in a session of theirs, and a broker that keeps one order."""

    def __init__(self, *ids: str, count: int = 4) -> None:
        self.now = 0.0
        self.session = SGDistributedSession(SID, "old")
        self.session.connected_instances = [f"c{n}" for n in range(count)]
        self.claims = {client_id: Claiming(SID, client_id) for client_id in ids}
        self.answers: list[tuple[str, Answered]] = []
        self.said: list[Publish] = []
        self.kept: dict[str, Any] = {}

    def claim(self, who: str, role: str) -> list[Publish]:
        """Let one claim a role; what it publishes is returned, not delivered."""
        return self.did(who, self.claims[who].claim(role, self.now, UTC))

    def did(self, who: str, effects: list[Effect]) -> list[Publish]:
        """Note answers; return messages."""
        self.answers += [(who, e) for e in effects if isinstance(e, Answered)]
        return [e for e in effects if isinstance(e, Publish)]

    def deliver(self, *messages: Publish) -> None:
        """Let everybody hear these, and all that follows from them."""
        waiting = list(messages)
        for message in waiting:
            self.said.append(message)
            if message.retain and message.fields is None:
                self.kept.pop(message.topic, None)
            elif message.retain and message.fields is not None:
                self.kept[message.topic] = message.fields["clientId"]
            read = wire.read(message.topic, message.payload, False)
            assert read is not None
            for who, claims in self.claims.items():
                waiting += self.did(who, claims.heard(read, self.session, self.now, UTC))
            assert len(waiting) < 100

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (at := min(c.next_deadline() for c in self.claims.values())) <= end:
            self.now = max(self.now, at)
            for who, claims in self.claims.items():
                self.deliver(*self.did(who, claims.tick(self.session, self.now, UTC)))
        self.now = end

    def start(self) -> None:
        """Start the game."""
        for claims in self.claims.values():
            claims.start(self.now)

    def count(self, word: Word) -> int:
        """Return how often something was said."""
        return sum(word in each.topic and each.fields is not None for each in self.said)


def test_a_free_role_is_had_once_the_reservation_comes_back() -> None:
    """And told to everybody."""
    table = Table("a", "b")
    table.deliver(*table.claim("a", "red"))
    assert table.answers == [("a", Answered("red", "ACCEPTED"))]
    assert table.claims["a"].own == "red"
    assert table.claims["b"].roles == {"red": "a"}
    table.claim("b", "red")
    table.claim("a", "red")
    assert [answer.outcome for _, answer in table.answers[1:]] == ["ROLE_TAKEN", "ACCEPTED"]


def test_of_two_at_one_moment_the_first_at_the_broker_has_it() -> None:
    """The old system refuses both; the second says again whose it is."""
    table = Table("a", "b")
    first, second = table.claim("b", "red"), table.claim("a", "red")
    table.deliver(*first, *second)
    assert sorted((who, answer.outcome) for who, answer in table.answers) == [
        ("a", "ROLE_TAKEN"),
        ("b", "ACCEPTED"),
    ]
    assert list(table.kept.values()) == ["b"]
    assert table.claims["a"].roles == table.claims["b"].roles == {"red": "b"}


def test_an_existing_instance_that_gives_way_takes_nothing_along() -> None:
    """Its release stands on our topic for a moment."""
    table = Table("a")
    table.deliver(*table.claim("a", "red"))
    table.deliver(wire.reservation(SID, "old*", "red", UTC))
    release = wire.release(SID, "old*", "red", UTC)
    table.deliver(Publish(release.topic, release.fields, True))
    assert list(table.kept.values()) == ["a"]
    assert table.claims["a"].roles == {"red": "a"}
    table.deliver(wire.clear(release.topic))
    assert list(table.kept.values()) == ["a"]


def test_the_roles_of_others_are_known() -> None:
    """Reserved, registered, released, or its player gone; what is left is cleared."""
    table = Table("a")
    claims = table.claims["a"]
    table.deliver(wire.reservation(SID, "old*", "red", UTC))
    assert claims.roles == {"red": "old*"}
    table.deliver(wire.registration(table.session, "other*", "red", UTC))
    assert claims.roles == {"red": "other*"}
    table.deliver(wire.disconnect(SID, "other*", "red", UTC))
    assert claims.roles == {}
    assert table.kept == {}
    table.deliver(wire.reservation(SID, "old*", "blue", UTC))
    table.deliver(wire.release(SID, "old*", "blue", UTC))
    assert claims.roles == {}


def test_another_role_is_taken_instead() -> None:
    """The first is free then, and nothing of it is kept."""
    table = Table("a")
    table.deliver(*table.claim("a", "red"))
    table.deliver(*table.claim("a", "blue"))
    assert table.claims["a"].roles == {"blue": "a"}
    assert [topic.rpartition("/")[2] for topic in table.kept] == ["blue"]
    table.deliver(*table.did("a", table.claims["a"].release(UTC)))
    assert table.kept == {}


def test_it_registers_twice_and_again_for_newcomers() -> None:
    """From the start on, when the role dialogs are open."""
    table = Table("a")
    table.deliver(*table.claim("a", "red"))
    table.wait(5.0)
    assert table.count(Word.REGISTRATION) == 0
    table.start()
    table.wait(5.0)
    assert table.count(Word.REGISTRATION) == 2
    table.deliver(wire.registration(table.session, "old*", "blue", UTC))
    table.wait(5.0)
    assert table.count(Word.REGISTRATION) == 5


def test_all_have_a_role() -> None:
    """Whoever counts enough registrations first says so; the others believe it."""
    table = Table("a", "b", count=2)
    table.start()
    table.deliver(*table.claim("a", "red"))
    table.wait(1.0)
    assert not table.claims["a"].all_selected
    table.deliver(*table.claim("b", "blue"))
    table.wait(3.0)
    assert [claims.all_selected for claims in table.claims.values()] == [True, True]
    assert 1 <= table.count(Word.ALL_SELECTED) <= 2


@pytest.mark.parametrize("started", [False, True])
def test_a_leftover_of_an_earlier_game_selects_nobody(started: bool) -> None:
    """S2: before the start nobody can have selected anything."""
    table = Table("a")
    if started:
        table.start()
    table.deliver(wire.all_selected(SID, "old", UTC))
    assert table.claims["a"].all_selected is started


def test_a_broker_that_does_not_answer_is_given_up() -> None:
    """After three tries."""
    table = Table("a")
    asked = table.claim("a", "red")
    claims = table.claims["a"]
    for _ in range(TRIES):
        table.now = claims.next_deadline()
        asked += table.did("a", claims.tick(table.session, table.now, UTC))
    assert len(asked) == TRIES
    assert table.answers == [("a", Answered("red", "TIMEOUT"))]


def test_a_change_is_told_once() -> None:
    """For whoever shows it."""
    claims = Claiming(SID, "a")
    session = SGDistributedSession(SID, "old")
    read = wire.read(*_wire(wire.reservation(SID, "old*", "red", UTC)), False)
    assert read is not None
    assert claims.heard(read, session, 0.0, UTC) == [RolesChanged()]
    assert claims.heard(read, session, 0.0, UTC) == []


def test_memory_is_bounded() -> None:
    """Anybody may reserve anything."""
    table = Table("a")
    for number in range(MAX_PLAYERS + 10):
        table.deliver(wire.reservation(SID, "stranger", f"p{number}", UTC))
    assert len(table.claims["a"].roles) == MAX_PLAYERS


def _wire(message: Publish) -> tuple[str, bytes]:
    return message.topic, message.payload
