"""Who is there and who has which role, as texts worked out from one state."""

from __future__ import annotations

from typing import Any

from headcount.core.state import SessionState
from headcount.qt.people import people_display, role_display
from tests.core.builders import member, state

ROLES = ["Mayor", "Fisher", "Admin"]


def game(**roles: str | None) -> SessionState:
    """Return a session in which each of these has that role, or none; `_` marks who is away."""
    members: dict[str, Any] = {}
    for number, (name, role) in enumerate(roles.items(), 1):
        status = "away" if name.endswith("_") else "connected"
        members[name] = member(name, number, role=role, status=status, name=name.title())
    return state(*roles, members=members, roles=ROLES, num_players_max=4)


def texts(now: SessionState, client_id: str = "ann") -> list[str]:
    """Return what stands beside the buttons."""
    return [choice.text for choice in role_display("en", now, client_id).choices]


def test_the_suffixes() -> None:
    """One's own, a player's who is there, and one that is kept for a player who is away."""
    assert texts(game(ann=None, ben=None)) == ["Mayor", "Fisher"]
    now = game(ann="Mayor", ben="Fisher")
    assert texts(now) == ["Mayor - You have selected", "Fisher - Already connected"]
    assert texts(now, "ben") == ["Mayor - Already connected", "Fisher - You have selected"]
    assert texts(game(ann=None, ben_="Mayor"))[0] == "Mayor - Already taken"


def test_what_is_still_waited_for() -> None:
    """Those who are connected and have no role, if there is one left for them."""
    idle = role_display("en", game(ann=None, ben=None), "ann")
    assert idle.information == "Choose a role, then click OK."
    one = role_display("en", game(ann="Mayor", ben=None), "ann")
    assert one.information == "⏳ Waiting for 1 more player(s) to select their role..."
    assert one.chosen
    assert not one.complete
    for now in (
        game(ann="Mayor", ben="Fisher"),
        game(ann="Mayor", ben_=None),
        game(ann="Mayor", ben="Fisher", chloe=None),
    ):
        done = role_display("en", now, "ann")
        assert done.complete
        assert done.information == "✓ All players ready! Starting game..."


def test_the_lines_of_the_status_window() -> None:
    """A line for each role, then for each member without one; the number of all displays."""
    now = game(ann="Mayor", ben_="Fisher", chloe=None)
    shown = people_display("en", now, "ann")
    assert shown.lines == (
        "✓ Mayor (You)",
        "◌ Fisher (Away)",
        "⏳ Admin (Waiting...)",
        "● Chloe (Connected)",
    )
    assert shown.total == f"Connected: {now.count}/4"
    assert people_display("fr", now, "ann").lines[0] == "✓ Mayor (Vous)"
