"""One instance's part in one session begins with what is wanted of it."""

from __future__ import annotations

import pytest

from headcount.core import events as e
from headcount.core.seat import StageName
from tests.core import builders as b
from tests.core.builders import SID


@pytest.mark.parametrize(
    ("wish", "stage"),
    [
        (e.Enter(SID, "me", "mine"), StageName.JOINING),
        (b.found(), StageName.FOUNDING),
        (e.Observe(SID), StageName.OBSERVER),
    ],
)
@pytest.mark.parametrize("connected", [True, False])
def test_each_wish_begins_its_stage(wish: e.Input, stage: StageName, connected: bool) -> None:
    """With a link or before there is one."""
    play = b.connected_play() if connected else b.Play()
    play.retained[b.STATE] = b.state("old", session_uid="older")
    play.take(wish)
    assert play.stage() is stage


def test_the_name_the_secret_and_the_role_are_kept() -> None:
    """They are needed again when the seat is asked for again (R8)."""
    play = b.connected_play()
    play.take(e.Enter(SID, "Zoé", "mine", "red"))
    assert (play.seat.name, play.seat.secret, play.seat.role) == ("Zoé", "mine", "red")
    play = b.connected_play()
    play.take(b.found(name="Zoé", secret="mine"))
    assert (play.seat.name, play.seat.secret, play.seat.role) == ("Zoé", "mine", None)
