"""Roles between our session and existing instances (protocol "SGE", sections 1 and 3)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge.hosting.casting import MAX_PLAYERS, Casting, Claim
from headcount.sge.protocol import wire
from headcount.sge.protocol.wire import Publish, Word
from tests.core import builders as b

UTC = 1.8e9
RED, BLUE = wire.topic(Word.RESERVATION, b.SID, "red"), wire.topic(Word.RESERVATION, b.SID, "blue")


class Stage:
    """A game of a host, a member of ours "a", and the existing instances "old" and "other".

    In the game these speak as "old*" and "other*".
    """

    def __init__(self, *guests: str, phase: Phase = Phase.STARTED, **roles: str) -> None:
        self.casting = Casting("host")
        self.guests = list(guests or ("old", "other"))
        self.now = 0.0
        self.kept: dict[str, str] = {}
        self.told: list[Publish] = []
        self.state = b.state("host", "a", *self.guests, phase=phase)
        self.show(**roles)

    def show(self, **roles: str | None) -> list[Publish]:
        """Let members have other roles."""
        state: SessionState = self.state
        for client_id, role in roles.items():
            state = state.with_member(client_id, replace(state.members[client_id], role=role))
        self.state = state
        return self.did(self.casting.show(state, self.guests, self.now, UTC))

    def hear(self, message: Publish, guest: str, *, retained: bool = False) -> list[Claim]:
        """Let a message arrive; return what is asked for."""
        read = wire.read(message.topic, message.payload, retained)
        assert read is not None
        if message.retain:
            self.keep(message)
        effects = self.casting.heard(read, guest, self.now, UTC)
        self.did([each for each in effects if isinstance(each, Publish)])
        return [each for each in effects if isinstance(each, Claim)]

    def reserve(self, guest: str, role: str) -> list[Claim]:
        """Let an existing instance take a role."""
        return self.hear(wire.reservation(b.SID, f"{guest}*", role, UTC), guest)

    def release(self, guest: str, role: str) -> list[Claim]:
        """Let it give the role up: with them that is kept."""
        free = wire.release(b.SID, f"{guest}*", role, UTC)
        return self.hear(replace_retain(free), guest)

    def register(self, guest: str, role: str) -> list[Claim]:
        """Let it register."""
        told: dict[str, Any] = {"clientId": f"{guest}*", "assigned_player_name": role}
        topic = wire.topic(Word.REGISTRATION, b.SID, role)
        return self.hear(Publish(topic, told, False), guest)

    def did(self, published: list[Publish]) -> list[Publish]:
        """Note what is published."""
        for each in published:
            if each.retain:
                self.keep(each)
        self.told += published
        return published

    def keep(self, message: Publish) -> None:
        """Keep what a broker would: who has a role."""
        if message.fields is None:
            self.kept.pop(message.topic, None)
        else:
            self.kept[message.topic] = message.fields["clientId"]

    def topics(self, word: Word) -> list[str]:
        """Return the topics published to, of one word."""
        return [t.topic for t in self.told if t.fields and word in t.topic]


def replace_retain(message: Publish) -> Publish:
    """Return a message as retained."""
    return Publish(message.topic, message.fields, True)


def test_a_reservation_claims_a_role_for_the_seat() -> None:
    """Under the id with which the instance joined, whatever id it speaks with in the game."""
    stage = Stage()
    assert stage.reserve("old", "red") == [Claim("old", "red")]
    assert stage.reserve("old", "red") == []
    stage.show(old="red")
    assert stage.kept == {RED: "old*"}
    assert stage.told == []


def test_a_registration_claims_too() -> None:
    """Its reservation may have been lost."""
    assert Stage().register("old", "blue") == [Claim("old", "blue")]


def test_a_release_gives_it_up() -> None:
    """And nothing of it stays on the broker."""
    stage = Stage()
    stage.reserve("old", "red")
    stage.show(old="red")
    assert stage.release("old", "red") == [Claim("old", None)]
    stage.show(old=None)
    assert stage.kept == {}


def test_a_role_that_is_taken_is_published_back() -> None:
    """The holder's reservation stands again: the window says "Already taken"."""
    stage = Stage(a="red")
    assert stage.kept == {RED: "a"}
    assert stage.reserve("old", "red") == []
    assert stage.kept == {RED: "a"}
    assert stage.release("old", "red") == []
    assert stage.kept == {RED: "a"}


def test_of_two_existing_instances_the_first_gets_it() -> None:
    """The second is told of the first before its claim is decided."""
    stage = Stage()
    assert stage.reserve("old", "red") == [Claim("old", "red")]
    assert stage.reserve("other", "red") == []
    assert stage.kept == {RED: "old*"}


def test_a_claim_that_is_refused_is_undone() -> None:
    """One of ours was a moment faster."""
    stage = Stage()
    stage.reserve("old", "red")
    stage.show(a="red")
    stage.did(stage.casting.refused("old", 0.0, UTC))
    assert stage.kept == {RED: "a"}


def test_another_role_is_taken_instead() -> None:
    """As their dialog does it: released, then reserved."""
    stage = Stage(old="red")
    stage.reserve("old", "red")
    assert stage.release("old", "red") == [Claim("old", None)]
    assert stage.reserve("old", "blue") == [Claim("old", "blue")]
    stage.show(old="blue")
    assert stage.kept == {BLUE: "old*"}


def test_ours_are_reserved_and_registered() -> None:
    """The reservation is kept; the registration is not, so it is told twice."""
    stage = Stage("old", a="red")
    assert stage.kept == {RED: "a"}
    assert [t.retain for t in stage.told] == [True, False]
    stage.now = stage.casting.next_deadline() or 0.0
    stage.did(stage.casting.tick(stage.now, UTC))
    assert len(stage.topics(Word.REGISTRATION)) == 2
    assert stage.casting.next_deadline() is None
    stage.show(a=None)
    assert stage.kept == {}
    assert stage.told[-2].fields is not None
    assert stage.told[-2].fields["action"] == "release"


def test_registrations_are_told_again_to_one_that_begins_to_count() -> None:
    """It was not there when they were told first."""
    stage = Stage("old", a="red")
    before = len(stage.topics(Word.REGISTRATION))
    stage.register("old", "blue")
    assert len(stage.topics(Word.REGISTRATION)) == before + 1
    assert stage.casting.next_deadline() is not None


def test_nothing_is_told_without_existing_instances() -> None:
    """And what was told is cleared when the last one goes."""
    stage = Stage("old", a="red")
    stage.guests = []
    stage.show()
    assert stage.kept == {}
    stage.show(a="blue")
    assert stage.kept == {}


def test_the_role_of_one_that_is_gone_is_free() -> None:
    """Killed, or left: the old system keeps its reservation for ever."""
    stage = Stage()
    stage.reserve("old", "red")
    stage.show(old="red")
    stage.guests = ["other"]
    stage.show(old=None)
    assert stage.kept == {}
    assert stage.told[-2].fields is not None
    assert stage.told[-2].fields["clientId"] == "old*"


def test_all_are_told_when_all_have_a_role() -> None:
    """Once, when every existing instance has registered and every role of use is taken."""
    stage = Stage("old", a="red")
    assert stage.topics(Word.ALL_SELECTED) == []
    stage.reserve("old", "blue")
    stage.register("old", "blue")
    assert stage.topics(Word.ALL_SELECTED) == [f"{b.SID}/session_all_players_selected"]
    stage.show(old="blue")
    assert len(stage.topics(Word.ALL_SELECTED)) == 1


def test_who_has_no_role_is_waited_for_while_one_is_free() -> None:
    """The host has none, and there are two."""
    stage = Stage("old")
    stage.register("old", "blue")
    stage.show(old="blue")
    assert stage.topics(Word.ALL_SELECTED) == []
    stage.show(a="red")
    assert len(stage.topics(Word.ALL_SELECTED)) == 1


def test_roles_that_only_they_know_stay_theirs() -> None:
    """A session without roles of its own: their windows agree without us."""
    stage = Stage("old", "other")
    assert stage.reserve("old", "Player 9") == []
    stage.show()
    assert stage.kept == {wire.topic(Word.RESERVATION, b.SID, "Player 9"): "old*"}
    stage.guests = ["other"]
    stage.show()
    assert stage.kept == {}


def test_their_windows_close_without_roles_of_ours() -> None:
    """When all of them have registered; nobody else can."""
    stage = Stage("old", "other")
    stage.state = replace(stage.state, roles=[])
    stage.show()
    stage.register("old", "Player 1")
    assert stage.topics(Word.ALL_SELECTED) == []
    stage.register("other", "Player 2")
    assert len(stage.topics(Word.ALL_SELECTED)) == 1


@pytest.mark.parametrize("word", [Word.RESERVATION, Word.ALL_SELECTED])
def test_what_an_earlier_game_left_is_cleared(word: Word) -> None:
    """S2: before the start nobody can have chosen a player."""
    stage = Stage("old", phase=Phase.OPEN)
    name = "red" if word is Word.RESERVATION else ""
    left = Publish(wire.topic(word, b.SID, name), {"clientId": "x", "action": "reserve"}, True)
    assert stage.hear(left, "x", retained=True) == []
    assert stage.kept == {}


def test_a_role_that_cannot_stand_in_a_topic_does_not_travel() -> None:
    """A slash makes two levels of it (MQTT 3.1.1, 4.7)."""
    stage = Stage("old", a="red/blue")
    assert stage.kept == {}


def test_memory_is_bounded() -> None:
    """Anybody may reserve anything."""
    stage = Stage("old", "other")
    for number in range(MAX_PLAYERS + 10):
        stage.hear(wire.reservation(b.SID, "stranger", f"p{number}", UTC), "stranger")
    assert len(stage.casting._kept) == MAX_PLAYERS
