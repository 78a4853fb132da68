"""Which connection has an account."""

from __future__ import annotations

import pytest

from headcount.chat.hub import closing
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.wire.outgoing import AuthAck
from tests.chat.hub.bench import Bench, closed, codes, counts, kept, only, sent


def second_window(policy: str = "reject") -> tuple[Bench, list[x.Effect]]:
    """Return a hub where `b` shows the token by which `a` has its account."""
    bench = Bench(same_account=policy)
    bench.seat("a")
    bench.wait(0.5)
    bench.open("b")
    return bench, bench.auth("b")


def test_a_second_window_is_told_once_and_stays_out() -> None:
    """The older one is asked, answers, and notices nothing (K3)."""
    bench, effects = second_window()
    assert kept(effects, x.Probe) == [x.Probe("a")]
    effects = bench.do(n.Alive("a"))
    assert codes(effects, "b") == ["ALREADY_LOGGED_IN"]
    assert closed(effects) == {"b": closing.ALREADY_LOGGED_IN}
    assert counts(bench.wait(2.0)) == []
    assert bench.hub.connections == bench.hub.count == 1


def test_a_refused_window_that_comes_back_for_ever_harms_nobody() -> None:
    """Every 3 s for a minute: no interruption, and never a wrong number."""
    bench, _ = second_window()
    bench.do(n.Alive("a"))
    for number in range(20):
        assert counts(bench.wait(3.0)) == []
        bench.do(n.Alive("a"))
        bench.open(f"b{number}")
        told = counts(bench.wait(0.1))
        bench.auth(f"b{number}")
        effects = bench.wait(0.1) + bench.do(n.Alive("a"))
        assert closed(effects) == {f"b{number}": closing.ALREADY_LOGGED_IN}
        assert told + counts(effects) == []


def test_a_silent_older_connection_gives_way() -> None:
    """The same user is back within 1.5 s, and the number is right meanwhile (K8)."""
    bench, _ = second_window()
    effects = bench.wait(1.0)
    assert closed(effects) == {"a": closing.SILENT}
    assert sent(effects, "b")[-1:] == [AuthAck()]
    assert {count for count, _ in counts(effects)} <= {1}
    assert kept(effects, x.Release) == []


def test_an_older_connection_that_closes_gives_way_at_once() -> None:
    """A page that is loaded again."""
    bench, _ = second_window()
    effects = bench.do(n.Closed("a"))
    assert sent(effects, "b") == [AuthAck()]
    assert kept(effects, x.Attach) == kept(effects, x.Release) == []


def test_all_who_wait_are_refused_when_the_older_one_lives() -> None:
    """Three windows of one token: the first stays."""
    bench, _ = second_window()
    bench.open("c")
    bench.auth("c")
    effects = bench.do(n.Alive("a"))
    assert set(closed(effects)) == {"b", "c"}


def test_the_first_of_those_who_wait_comes_next() -> None:
    """And is asked on behalf of the others."""
    bench, _ = second_window()
    bench.open("c")
    bench.auth("c")
    effects = bench.do(n.Closed("a"))
    assert sent(effects, "b") == [AuthAck()]
    assert kept(effects, x.Probe) == [x.Probe("b")]
    assert set(closed(bench.do(n.Alive("b")))) == {"c"}


def test_under_allow_all_windows_stay() -> None:
    """And a ghost among them goes (K7)."""
    bench, effects = second_window("allow")
    assert sent(effects, "b") == [AuthAck()]
    bench.do(n.Alive("a"))
    assert closed(bench.wait(2.0)) == {}
    bench.open("c")
    assert kept(bench.auth("c"), x.Probe) == [x.Probe("a"), x.Probe("b")]
    bench.do(n.Alive("b"))
    assert set(closed(bench.wait(1.5))) == {"a"}


def test_under_replace_the_newest_wins_once() -> None:
    """The older one comes back after 3 s, and is the second window then."""
    bench, effects = second_window("replace")
    assert codes(effects, "a") == ["SESSION_REPLACED"]
    assert closed(effects) == {"a": closing.REPLACED}
    assert sent(effects, "b") == [AuthAck()]
    for number in range(5):
        bench.wait(3.0)
        bench.do(n.Alive("b"))
        bench.open(f"a{number}")
        bench.auth(f"a{number}")
        assert closed(bench.do(n.Alive("b"))) == {f"a{number}": closing.ALREADY_LOGGED_IN}
    bench.wait(9.0)
    bench.do(n.Alive("b"))
    bench.wait(3.0)
    bench.open("z")
    assert closed(bench.auth("z")) == {"b": closing.REPLACED}


def test_a_login_is_released_with_its_last_connection() -> None:
    """Then one may log in elsewhere (K4)."""
    bench, _ = second_window("allow")
    assert kept(bench.do(n.Closed("a")), x.Release) == []
    assert kept(bench.do(n.Closed("b")), x.Release) == [x.Release(1, "L", 1)]


def test_being_somebody_else_releases_who_one_was() -> None:
    """One connection, one account."""
    bench = Bench()
    bench.seat("a")
    effects = bench.auth("a", 2, "M", "bob")
    assert kept(effects, x.Release) == [x.Release(1, "L", 1)]
    asked = only(effects, x.Attach)
    assert sent(bench.do(n.Attached(asked.request, 2, "M", 4)), "a") == [AuthAck()]
    assert counts(bench.wait(0.05))[-1] == (1, ["bob"])


def test_what_is_attached_for_nobody_is_released() -> None:
    """The window was closed meanwhile."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.auth("a"), x.Attach)
    assert kept(bench.do(n.Closed("a")), x.Release) == []
    effects = bench.do(n.Attached(asked.request, 1, "L", 3))
    assert kept(effects, x.Release) == [x.Release(1, "L", 3)]


def test_an_attachment_for_nobody_never_frees_who_came_since() -> None:
    """Done after the one that counts, it has only raised the `seq` of the lease."""
    bench = Bench()
    bench.open("a", "b")
    first = only(bench.auth("a"), x.Attach)
    bench.do(n.Closed("a"))
    second = only(bench.auth("b"), x.Attach)
    bench.do(n.Attached(second.request, 1, "L", 5))
    effects = bench.do(n.Attached(first.request, 1, "L", 6))
    assert kept(effects, x.Release) == []
    assert only(bench.do(n.Closed("b")), x.Release).seq == 6


@pytest.mark.parametrize(
    ("why", "code", "stays"),
    [
        ("taken", "ALREADY_LOGGED_IN", False),
        ("invalid", "Token invalide", True),
        ("unavailable", "UNAVAILABLE", True),
    ],
)
def test_who_gets_no_lease_is_told_why(why: n.Why, code: str, stays: bool) -> None:
    """Only who would take another's place is closed."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.auth("a"), x.Attach)
    effects = bench.do(n.NotAttached(asked.request, why))
    assert codes(effects, "a") == [code]
    assert (closed(effects) == {}) is stays
    assert bench.hub.count == int(stays)


def test_a_lease_that_cannot_be_renewed_is_not_used() -> None:
    """After 25 s nothing is sent any more, whatever comes first."""
    bench = Bench()
    bench.renews = False
    bench.seat("a")
    bench.open("b")
    for _ in range(8):
        effects = bench.wait(3.0)
        for name in "ab":
            effects += bench.do(n.Alive(name))
        for asked in kept(effects, x.Renew):
            bench.do(n.NotRenewed(asked.request))
    bench.now += 1.5
    effects = bench.says("b", type="typing")
    assert effects[-1:] == [x.Disconnect("a", closing.TRY_LATER, "the database does not answer")]
    assert kept(effects, x.Release) == [x.Release(1, "L", 1)]


def test_a_lost_login_is_told_and_closed() -> None:
    """Somebody else has the account by now."""
    bench = Bench()
    bench.seat("a")
    effects = bench.do(n.LoginLost("L", 1))
    assert codes(effects, "a") == ["SESSION_REPLACED"]
    assert closed(effects) == {"a": closing.REPLACED}
    assert kept(effects, x.Release) == []


def test_a_login_that_was_ended_elsewhere_is_not_called_replaced() -> None:
    """As when the operator revokes an account, or gives it another password."""
    bench = Bench()
    bench.seat("a")
    effects = bench.do(n.LoginLost("L", 1, replaced=False))
    assert codes(effects, "a") == []
    assert closed(effects) == {"a": closing.LOGGED_OUT}
    assert kept(effects, x.Release) == []


def test_logging_out_closes_at_once() -> None:
    """And everybody has the new number (K9)."""
    bench = Bench()
    bench.seat("a")
    bench.open("b")
    bench.wait(0.1)
    assert closed(bench.do(n.LoggedOut("L"))) == {"a": closing.LOGGED_OUT}
    assert counts(bench.wait(0.05))[0][0] == 1
    assert bench.do(n.LoggedOut("L")) == []


def test_revoking_an_account_closes_all_its_logins() -> None:
    """And no other account's."""
    bench = Bench(same_account="allow")
    bench.seat("a", 1, "L")
    bench.seat("b", 1, "M")
    bench.seat("c", 2, "N", "carl")
    effects = bench.do(n.Revoked(1))
    assert set(closed(effects)) == {"a", "b"}
    assert codes(effects, "a") == ["Token invalide"]


def test_a_newer_login_that_the_database_has_attached_ends_the_older() -> None:
    """Two workstations, one of which has the account by now."""
    bench = Bench()
    bench.seat("a", 1, "L")
    bench.wait(1.0)
    bench.open("b")
    asked = only(bench.auth("b", 1, "M"), x.Attach)
    effects = bench.do(n.Attached(asked.request, 1, "M", 9))
    assert closed(effects) == {"a": closing.REPLACED}
    assert sent(effects, "b") == [AuthAck()]
