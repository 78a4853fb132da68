"""Names of guests."""

from __future__ import annotations

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.wire.outgoing import PresenceState, PresenceUpdate, Success
from tests.chat.hub.bench import TALK, Bench, codes, kept, only, sent

UPDATED = Success("Pseudo updated")
UNSEEN = ("\u200d", "\u3164", "\u2800\u2800", "a\u200dnon_1", "ａｎｏｎ_1")
"""Names that nobody sees, or that look like those of who has given none."""


def test_a_name_is_given_once_it_is_known_to_be_free() -> None:
    """One is told, then the others are (K1)."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.says("a", type="setPseudo", pseudo=" Zed "), x.CheckName)
    assert asked.name == "Zed"
    effects = bench.do(n.NameFree(asked.request))
    assert sent(effects, "a") == [UPDATED]
    online = PresenceUpdate(PresenceState("a", "Zed", "online"))
    assert x.Broadcast(TALK, online, "a") in effects
    assert sent(bench.says("a", type="setPseudo", pseudo="Zed"), "a") == [UPDATED]


def test_a_name_of_an_account_is_refused() -> None:
    """And nobody knows a name while the database does not answer."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.says("a", type="setPseudo", pseudo="alice"), x.CheckName)
    assert codes(bench.do(n.NameTaken(asked.request)), "a") == ["NAME_TAKEN"]
    asked = only(bench.says("a", type="setPseudo", pseudo="alice"), x.CheckName)
    effects = bench.do(n.NameTaken(asked.request, "unavailable"))
    assert codes(effects, "a") == ["UNAVAILABLE"]


@pytest.mark.parametrize("sign", ["\u200d", "\ufe0f", "\u034f", "\u3164"])
def test_what_nobody_sees_makes_no_other_name(sign: str) -> None:
    """Neither for the database, nor for an account that is here."""
    bench = Bench()
    bench.open("a")
    pseudo = f"al{sign}ice{sign}"
    asked = only(bench.says("a", type="setPseudo", pseudo=pseudo), x.CheckName)
    assert asked.name == "alice"
    bench.do(n.NameFree(asked.request))
    assert codes(bench.seat("b"), "a") == ["NAME_LOST"]


def test_a_name_that_an_account_has_meanwhile_is_refused() -> None:
    """It was free when the database was asked."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.says("a", type="setPseudo", pseudo="ALICE"), x.CheckName)
    bench.seat("b")
    assert codes(bench.do(n.NameFree(asked.request)), "a") == ["NAME_TAKEN"]


def test_a_guest_loses_a_name_that_becomes_an_accounts() -> None:
    """Whoever has the account is the one who is called so."""
    bench = Bench()
    bench.open("a")
    bench.name("a", "Alice")
    assert codes(bench.seat("b"), "a") == ["NAME_LOST"]
    assert codes(bench.says("a", type="message", text="hi"), "a") == ["Authentification requise"]


def test_nobody_is_called_like_an_account_that_was_just_made() -> None:
    """Neither who is called so already, nor who is waiting for an answer from before."""
    bench = Bench()
    bench.open("a", "b", "c")
    bench.name("a", "Alice")
    bench.name("c", "Zed")
    asked = only(bench.says("b", type="setPseudo", pseudo="ALICE"), x.CheckName)
    effects = bench.do(n.Registered("alice"))
    assert (codes(effects, "a"), codes(effects, "b")) == (["NAME_LOST"], ["NAME_TAKEN"])
    assert codes(effects, "c") == []
    assert bench.do(n.NameFree(asked.request)) == []


@pytest.mark.parametrize(
    "pseudo", [*("", "x" * 33, "anon_1", "ANON_x", "a\tb", "a\u202eb"), *UNSEEN]
)
def test_some_names_are_none(pseudo: str) -> None:
    """Nobody looks like one who has given none, or turns a line around."""
    bench = Bench()
    bench.open("a")
    effects = bench.says("a", type="setPseudo", pseudo=pseudo)
    assert codes(effects, "a") == ["BAD_NAME"]
    assert kept(effects, x.CheckName) == []


def test_an_account_keeps_its_name() -> None:
    """Asking for the one it has is asking for nothing."""
    bench = Bench()
    bench.seat("a")
    assert codes(bench.says("a", type="setPseudo", pseudo="bob"), "a") == ["NAME_FIXED"]
    assert sent(bench.says("a", type="setPseudo", pseudo="alice"), "a") == [UPDATED]


def test_without_guests_there_are_no_names_to_choose() -> None:
    """An account is needed."""
    bench = Bench(guests=False)
    bench.open("a")
    effects = bench.says("a", type="setPseudo", pseudo="zed")
    assert codes(effects, "a") == ["Authentification requise"]


def test_the_last_name_asked_for_counts() -> None:
    """Asked for twice, it is asked about once."""
    bench = Bench()
    bench.open("a")
    first = only(bench.says("a", type="setPseudo", pseudo="one"), x.CheckName)
    assert kept(bench.says("a", type="setPseudo", pseudo="one"), x.CheckName) == []
    second = only(bench.says("a", type="setPseudo", pseudo="two"), x.CheckName)
    assert bench.do(n.NameFree(first.request)) == []
    assert sent(bench.do(n.NameFree(second.request)), "a") == [UPDATED]
