"""Who came to each session and who left, as this server has seen it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from headcount.chat.server import rosters
from headcount.chat.server.live import Live
from headcount.chat.server.rosters import Roster, Rosters

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
JOINED = "2026-11-21T09:30:00Z"


def member(id: str, status: str = "connected", **more: Any) -> dict[str, Any]:
    """Return a member as the page shows it."""
    shown = {"id": id, "name": id.title(), "role": None, "status": status, "joinedAt": JOINED}
    return shown | more


def live(*members: dict[str, Any], id: str = "sea", uid: str = "u1") -> Live:
    """Return a session with these members."""
    here = [each for each in members if each["status"] == "connected"]
    people = tuple((each["id"], each["name"]) for each in here)
    return Live(id, uid, people, {"members": list(members), "count": len(people)})


def after(seconds: float) -> datetime:
    """Return a time."""
    return NOW + timedelta(seconds=seconds)


def told(roster: Roster | None) -> list[tuple[str, str, int]]:
    """Return what a history says, without its times."""
    assert roster is not None
    return [(event.what, event.name, event.count) for event in roster.events()]


def test_a_roster_follows_who_is_there() -> None:
    """Joined, role, away, back, left, and a seat that somebody else takes over."""
    ana = member("ana", role="Mayor")
    roster = Roster(live(member("ana")), NOW)
    for number, members in enumerate(
        [
            (ana, member("ben")),
            (ana, member("ben", "away")),
            (ana, member("ben", "away")),
            (ana, member("ben")),
            (ana, member("ben", name="Chloé")),
            (member("ana"),),
        ]
    ):
        roster.observe(live(*members), after(number))
    assert told(roster) == [
        ("joined", "Ana", 1),
        ("role", "Ana", 1),
        ("joined", "Ben", 2),
        ("away", "Ben", 1),
        ("back", "Ben", 2),
        ("left", "Ben", 1),
        ("joined", "Chloé", 2),
        ("left", "Chloé", 1),
        ("role", "Ana", 1),
    ]
    assert [event.role for event in roster.events(after=7)] == [None, None]
    assert [event.number for event in roster.events()] == list(range(1, 10))


def test_the_count_after_all_is_the_sessions_own() -> None:
    """Whatever changed at once; on the way there it is never above what it was or will be."""
    roster = Roster(live(member("a"), member("b", "away"), member("c")), NOW)
    assert told(roster)[-1] == ("away", "B", 2)
    roster.observe(live(member("a", "away"), member("b"), member("d")), after(1))
    assert told(roster)[-4:] == [
        ("left", "C", 1),
        ("away", "A", 0),
        ("back", "B", 1),
        ("joined", "D", 2),
    ]


def test_who_was_there_before_came_when_they_say() -> None:
    """Others when they were seen; a host whose clock is ahead, or wrong, has no say."""
    early = member("ana")
    late = member("ben", joinedAt="2027-01-01T00:00:00Z")
    odd = member("eve", joinedAt="soon")
    roster = Roster(live(late, early, odd), NOW)
    times = {event.name: event.at for event in roster.events()}
    assert times == {"Ana": datetime.fromisoformat(JOINED), "Ben": NOW, "Eve": NOW}
    roster.observe(live(late, early, odd, member("zoe")), after(5))
    assert roster.events()[-1].at == after(5)
    roster.observe(live(late, early, odd), after(-60))
    assert roster.events()[-1].at == after(5)


def test_a_roster_is_bounded() -> None:
    """The newest events stay, under their numbers, and it is known that older ones were there."""
    roster = Roster(live(), NOW, most=4)
    for number in range(3):
        roster.observe(live(member("ana")), after(number))
        roster.observe(live(), after(number))
    assert (roster.first, roster.last, len(roster.events())) == (3, 6, 4)
    roster.keep(2)
    assert (roster.first, roster.last, len(roster.events())) == (5, 6, 2)


def test_a_history_outlives_its_session_for_a_while() -> None:
    """And goes on if the session is only lost sight of."""
    all_of_them = Rosters()
    all_of_them.observe([live(member("ana"))], NOW)
    all_of_them.observe([], after(10))
    found = all_of_them.get("sea", after(20))
    assert found is not None
    assert found.ended == after(10)
    all_of_them.observe([live(member("ana"), member("ben"))], after(30))
    assert told(found) == [("joined", "Ana", 1), ("joined", "Ben", 2)]
    assert found.ended is None
    all_of_them.observe([], after(40))
    assert all_of_them.get("sea", after(40) + rosters.KEPT) is found
    assert all_of_them.get("sea", after(41) + rosters.KEPT) is None


def test_another_session_with_the_same_id_has_its_own() -> None:
    """The live one is meant, else the last one."""
    all_of_them = Rosters()
    all_of_them.observe([live(member("ana"))], NOW)
    all_of_them.observe([live(member("zoe"), uid="u2")], after(1))
    assert told(all_of_them.get("sea", after(1))) == [("joined", "Zoe", 1)]
    assert all_of_them.last(live(uid="u2")) == 1
    assert all_of_them.last(live(uid="u3")) == 0
    all_of_them.observe([], after(2))
    assert told(all_of_them.get("sea", after(2))) == [("joined", "Zoe", 1)]


def test_not_everything_is_remembered() -> None:
    """Neither of sessions that have ended, nor of too many that live."""
    all_of_them = Rosters()
    many = [live(id=f"s{number}") for number in range(rosters.ENDED + 5)]
    for number, each in enumerate(many):
        all_of_them.observe([each], after(number))
    all_of_them.observe([], after(1000))
    assert len(all_of_them) == rosters.ENDED
    assert all_of_them.get("s4", after(1000)) is None
    assert all_of_them.get("s5", after(1000)) is not None
    crowd = [live(id=f"c{number}") for number in range(rosters.SESSIONS * 2)]
    all_of_them.observe(crowd, after(1001))
    assert len(all_of_them) == rosters.SESSIONS + rosters.ENDED
