"""Who of the existing instances is there, under which ids, by which clock."""

from __future__ import annotations

import pytest

from headcount.sge.hosting.guests import FAR, LAPSES, MAX_GUESTS, MAX_KNOWN, UNKNOWN_FOR, Guests
from headcount.sge.protocol import wire
from headcount.sge.protocol.wire import Publish, Word

UTC = 1.8e9


def heard(message: Publish) -> wire.Heard:
    """Return a message as it is heard."""
    read = wire.read(message.topic, message.payload, False)
    assert read is not None
    return read


def owner(guests: Guests, word: Word, client_id: str, now: float) -> str:
    """Return whose a message is, after the start; "ours" is a member of ours."""
    name = "x" if word in wire.NAMED else ""
    message = Publish(wire.topic(word, "S1", name), {"clientId": client_id}, False)
    return guests.owner(heard(message), {"ours"}, True, now)


def test_one_is_there_until_it_is_silent() -> None:
    """15 s, and 30 s more to come back."""
    guests = Guests()
    assert guests.add("a", 0.0)
    guests.renew("a", 10.0, None)
    assert guests.next_deadline() == 10.0 + wire.SILENT
    assert guests.lapse(24.9) == []
    assert guests.lapse(25.0) == ["a"]
    assert not guests
    assert guests.has_lapsed("a", 25.0 + LAPSES - 0.1)
    assert not guests.has_lapsed("a", 25.0 + LAPSES)
    assert not guests.has_lapsed("stranger", 25.0)


def test_one_that_left_does_not_come_back() -> None:
    """It said so."""
    guests = Guests()
    guests.add("a", 0.0)
    guests.lapse(15.0)
    assert guests.remove("a")
    assert not guests.has_lapsed("a", 16.0)
    assert not guests.remove("a")


def test_there_is_no_end_of_them() -> None:
    """As many as a session has seats."""
    guests = Guests()
    assert [guests.add(f"c{n}", 0.0) for n in range(MAX_GUESTS + 1)].count(False) == 1


def test_a_launched_joiner_keeps_its_seat_under_a_new_id() -> None:
    """The first word about a role names it; what follows is known."""
    guests = Guests()
    guests.add("a", 0.0)
    assert owner(guests, Word.RESERVATION, "a*", 5.0) == "a"
    assert owner(guests, Word.SEED, "a*", 6.0) == "a"
    assert owner(guests, Word.SEED, "ours", 6.0) == "ours"


def test_a_seed_names_it_after_a_while() -> None:
    """Sooner it may be one that joins too late, and will say that it is ready."""
    guests = Guests()
    guests.add("a", 0.0)
    assert owner(guests, Word.SEED, "a*", 5.0) == "a*"
    assert owner(guests, Word.SEED, "late", 5.0) == "late"
    assert owner(guests, Word.READY, "late", 8.8) == "late"
    assert owner(guests, Word.SEED, "late", 5.0 + UNKNOWN_FOR) == "late"
    assert owner(guests, Word.SEED, "a*", 5.0 + UNKNOWN_FOR) == "a"


def test_who_fell_silent_last_is_the_one() -> None:
    """One that died before the start has been silent for longer."""
    guests = Guests()
    for client_id, until in (("dead", 1.0), ("a", 9.0), ("talks", 20.0)):
        guests.add(client_id, 0.0)
        guests.renew(client_id, until, None)
    assert owner(guests, Word.RESERVATION, "a*", 12.0) == "a"
    assert owner(guests, Word.RESERVATION, "x*", 12.0) == "dead"
    assert owner(guests, Word.RESERVATION, "y*", 12.0) == "y*"


def test_before_the_start_ids_stay() -> None:
    """Nobody has launched."""
    guests = Guests()
    guests.add("a", 0.0)
    assert guests.owner(heard(wire.seed("S1", "b", 5, False, UTC)), (), False, 9.0) == "b"


@pytest.mark.parametrize(
    ("ahead", "told"), [(60.0, 60.0), (3600.0, 3600.0), (4.0, 0.0), (-60.0, 0.0), (FAR, 0.0)]
)
def test_the_fastest_clock_counts(ahead: float, told: float) -> None:
    """A little ahead is right, behind is no matter, and no zone is more than a day ahead."""
    guests = Guests()
    for client_id, each in (("a", ahead), ("b", 0.1), ("gone", 600.0)):
        guests.renew(client_id, 0.0, each)
        guests.add(client_id, 0.0)
    guests.remove("gone")
    assert guests.ahead == told


def test_one_that_speaks_on_under_its_first_id_was_not_launched() -> None:
    """The new id that it was given is another's: the two change seats, which is all the same."""
    guests = Guests()
    for client_id, until in (("a", 8.0), ("deaf", 9.0)):
        guests.add(client_id, 0.0)
        guests.renew(client_id, until, None)
    assert owner(guests, Word.RESERVATION, "a*", 10.0) == "deaf"
    assert owner(guests, Word.SEED, "deaf", 12.0) == "a"
    assert owner(guests, Word.SEED, "deaf", 15.0) == "a"
    assert owner(guests, Word.SEED, "a*", 15.0) == "deaf"
    assert guests.seat_of("deaf") == "a"


def test_the_last_words_of_one_that_is_gone_are_nobodys() -> None:
    """It said goodbye twice, and the second time the game was on."""
    guests = Guests()
    guests.add("a", 0.0)
    guests.add("left", 0.0)
    guests.remove("left")
    assert owner(guests, Word.DISCONNECT, "left", 1.0) == ""
    assert guests.seat_of("left") == ""
    assert not guests.remove("")


def test_memory_is_bounded() -> None:
    """Anybody may publish anything; whoever is heard is not forgotten for it."""
    guests = Guests()
    guests.add("a", 0.0)
    for number in range(MAX_KNOWN + 10):
        guests.renew("a", float(number), 0.0)
        guests.renew(f"c{number}", float(number), 60.0)
        owner(guests, Word.SEED, f"c{number}", float(number))
        owner(guests, Word.READY, f"d{number}", float(number))
    assert guests.heard_lately("a", float(MAX_KNOWN))
    for table in (guests._heard, guests._ahead, guests._unknown, guests._late):
        assert len(table) <= MAX_KNOWN
