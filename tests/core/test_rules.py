"""What a host answers to a request."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from headcount.core import messages as m
from headcount.core import rules
from headcount.core.lifecycle import Phase
from headcount.core.messages import Code
from headcount.core.rules import decide, resume_hash
from headcount.core.state import MAX_MEMBERS, Applied, Incarnation, Removal, SessionState
from tests.core.builders import UTC, incarnation, join, member, request, state

LATER = "2027-01-15T09:00:00.000+00:00"
OTHER_PROCESS = Incarnation("another", 1)


def ask(here: SessionState, client_id: str, wanted: m.AnyAsk, **changes: Any) -> rules.Decision:
    """Return how one request ends."""
    return decide(here, request(client_id, wanted, **changes), LATER)


def after(decision: rules.Decision) -> SessionState:
    """Return the state after an accepted request."""
    assert decision.code is Code.ACCEPTED, decision.message
    assert decision.state is not None
    return decision.state


# --- joining -------------------------------------------------------------------------------------


def test_a_newcomer_gets_the_next_place() -> None:
    """S17: the joined is in the list, last, with the time, the process and the secret's hash."""
    after_join = after(ask(state("host", "a"), "b", join("b")))
    assert after_join.connected_instances == ["host", "a", "b"]
    assert after_join.members["b"] == member(
        "b", 3, joined_at=LATER, resume_hash=resume_hash("secret of b")
    )
    assert after_join == replace(
        state("host", "a").with_member("b", after_join.members["b"]), version=5
    )


@pytest.mark.parametrize(
    ("here", "code"),
    [
        (state("host", "x"), Code.ACCEPTED),
        (state("host", "x", num_players_max=2), Code.FULL),
        (state("host", "x", num_players_max=3), Code.ACCEPTED),
        (state("host", phase=Phase.STARTING), Code.STARTED),
        (state("host", phase=Phase.STARTED), Code.STARTED),
        (state("host", phase=Phase.CLOSED), Code.CLOSED),
        (state("host", removed={"a": Removal("kicked")}), Code.KICKED),
        (state("host", removed={"a": Removal("left")}), Code.ACCEPTED),
        (state("host", removed={"a": Removal("silent")}), Code.ACCEPTED),
        (state("host", num_players_max=1, removed={"a": Removal("kicked")}), Code.KICKED),
        (
            state(*[f"c{n}" for n in range(MAX_MEMBERS)], num_players_max=None),
            Code.FULL,
        ),
    ],
)
def test_who_may_join(here: SessionState, code: Code) -> None:
    """While open, below the maximum, and not kicked: `silent` and `left` may come back (R8)."""
    assert ask(here, "a", join("a")).code is code


def test_who_is_away_keeps_the_seat_from_others() -> None:
    """Invariant 5: seats taken count members who are away."""
    here = state("host", num_players_max=2).with_member("x", member("x", 2, status="away"))
    assert ask(here, "a", join("a")).code is Code.FULL


def test_coming_back_is_no_longer_being_removed() -> None:
    """A client is a member or removed, never both."""
    here = state("host", removed={"a": Removal("left"), "b": Removal("kicked")})
    assert after(ask(here, "a", join("a"))).removed == {"b": Removal("kicked")}


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (None, Code.ACCEPTED),
        ("blue", Code.ACCEPTED),
        ("red", Code.ROLE_TAKEN),
        ("green", Code.ROLE_UNKNOWN),
    ],
)
def test_joining_with_a_role(role: str | None, code: Code) -> None:
    """The seat comes with the role or not at all."""
    here = state("host").with_member("host", member("host", role="red"))
    decision = ask(here, "a", join("a", role))
    assert decision.code is code
    if code is Code.ACCEPTED:
        assert after(decision).members["a"].role == role
    else:
        assert decision.state is None


@pytest.mark.parametrize("name", ["\n", "a\nb", "\0", "\u202e", "x" * 65, "é" * 65, "😀" * 65])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    """Names are printable and at most 64 characters (CLI.md)."""
    assert ask(state("host"), "a", m.Join(name, "s")).code is Code.BAD_INPUT


SEATED = state("host", "a").with_member(
    "a", member("a", 2, status="away", role="red", resume_hash=resume_hash("secret of a"))
)


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.STARTING, Phase.STARTED])
@pytest.mark.parametrize(
    ("process", "secret", "code"),
    [
        (incarnation("a"), "secret of a", Code.ACCEPTED),
        (incarnation("a", 7), "anything", Code.ACCEPTED),
        (OTHER_PROCESS, "secret of a", Code.ACCEPTED),
        (OTHER_PROCESS, "a guess", Code.NOT_ALLOWED),
    ],
)
def test_resuming_a_seat(phase: Phase, process: Incarnation, secret: str, code: Code) -> None:
    """The same process, or another that knows the secret, in any phase; nobody else."""
    here = replace(SEATED, phase=phase)
    decision = ask(here, "a", m.Join("Anna", secret), incarnation=process)
    assert decision.code is code
    if code is Code.ACCEPTED:
        back = after(decision).members["a"]
        assert (back.name, back.status, back.incarnation) == ("Anna", "connected", process)
        assert (back.role, back.joined_seq) == ("red", 2)
        assert after(decision).connected_instances == ["host", "a"]
        assert after(decision).epoch == here.epoch


def test_resuming_a_seat_in_a_full_session() -> None:
    """One's own seat is never taken."""
    here = replace(SEATED, num_players_max=2)
    assert after(ask(here, "a", join("a"))).count == 2


def test_a_seat_without_a_secret_cannot_be_taken_over() -> None:
    """An empty hash is the hash of no secret."""
    here = state("host", "a")
    assert ask(here, "a", join("a"), incarnation=OTHER_PROCESS).code is Code.NOT_ALLOWED


@pytest.mark.parametrize(("wanted", "role"), [(None, "red"), ("red", "red"), ("blue", "blue")])
def test_resuming_keeps_the_role_or_changes_it(wanted: str | None, role: str) -> None:
    """Who asks for no role keeps the one held for him."""
    assert after(ask(SEATED, "a", join("a", wanted))).members["a"].role == role


def test_resuming_with_a_role_that_is_taken_is_refused() -> None:
    """Invariant 5: one holder a role, for those who come back too."""
    here = SEATED.with_member("host", member("host", role="blue"))
    assert ask(here, "a", join("a", "blue")).code is Code.ROLE_TAKEN


def test_the_hosts_own_seat_takes_the_session_along() -> None:
    """A newer process of the host writes one epoch on, and the older one gives way."""
    host = member("host", 1, resume_hash=resume_hash("secret of host"))
    here = state("host").with_member("host", host)
    taken = after(ask(here, "host", join("host"), incarnation=OTHER_PROCESS))
    assert (taken.epoch, taken.incarnation, taken.host_client_id) == (2, OTHER_PROCESS, "host")
    assert ask(here, "host", m.Join("host", "?"), incarnation=OTHER_PROCESS).code is (
        Code.NOT_ALLOWED
    )


def test_joining_twice_is_joining_once() -> None:
    """A repeated request changes nothing more."""
    once = after(ask(state("host"), "a", join("a")))
    assert after(ask(once, "a", join("a"))) == once


# --- members' own -------------------------------------------------------------------------------

ASKS: list[m.AnyAsk] = [
    m.Leave(),
    m.Ready(True),
    m.Role("red"),
    m.Patch([m.Change("properties.x", old_absent=True)]),
    m.Start(),
    m.Cancel(),
    m.Close(),
    m.Kick("a"),
    m.Look(),
]


@pytest.mark.parametrize("wanted", ASKS, ids=lambda wanted: type(wanted).__name__)
def test_a_stranger_may_do_nothing_but_join(wanted: m.AnyAsk) -> None:
    """Neither somebody else nor another process with a member's id."""
    assert ask(state("host", "a"), "evil", wanted).code is Code.NOT_MEMBER
    forged = ask(state("host", "a"), "a", wanted, incarnation=OTHER_PROCESS)
    assert forged.code is Code.NOT_MEMBER


@pytest.mark.parametrize("wanted", [*ASKS, join("a")], ids=lambda wanted: type(wanted).__name__)
def test_a_closed_session_changes_no_more(wanted: m.AnyAsk) -> None:
    """Invariant 8: the end is the end."""
    over = state("host", "a", phase=Phase.CLOSED)
    assert ask(over, "a", wanted).code is Code.CLOSED


@pytest.mark.parametrize(
    "wanted", [m.Start(), m.Cancel(), m.Close(), m.Kick("host")], ids=lambda w: type(w).__name__
)
def test_only_the_host_commands(wanted: m.AnyAsk) -> None:
    """Starting, cancelling, closing and kicking are not a member's."""
    assert ask(state("host", "a"), "a", wanted).code is Code.NOT_ALLOWED


def test_looking_changes_nothing() -> None:
    """A probe is no request to decide."""
    assert ask(state("host"), "host", m.Look()).code is Code.BAD_INPUT


def test_who_leaves_is_out_at_once_and_remembered() -> None:
    """S15, S17: removed by itself, with the request, so that an old one stays void."""
    left = after(ask(state("host", "a", "b"), "a", m.Leave(), number=7))
    assert left.connected_instances == ["host", "b"]
    assert left.removed == {"a": Removal("left", Applied("n_a", 7))}


@pytest.mark.parametrize("ready", [True, False])
def test_being_ready(ready: bool) -> None:
    """A member says so of itself; saying it twice changes nothing more."""
    once = after(ask(state("host", "a"), "a", m.Ready(ready)))
    assert once.members["a"].ready is ready
    assert after(ask(once, "a", m.Ready(ready))) == once


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("blue", Code.ACCEPTED),
        (None, Code.ACCEPTED),
        ("red", Code.ROLE_TAKEN),
        ("green", Code.ROLE_UNKNOWN),
    ],
)
def test_taking_a_role(role: str | None, code: Code) -> None:
    """One that exists and nobody else holds; null gives one's own up."""
    here = state("host", "a").with_member("host", member("host", role="red"))
    decision = ask(here, "a", m.Role(role))
    assert decision.code is code
    if code is Code.ACCEPTED:
        assert after(decision).members["a"].role == role


def test_a_role_that_somebody_away_holds_is_taken() -> None:
    """R3: seat and role are held for the grace."""
    here = state("host", "a").with_member("host", member("host", role="red", status="away"))
    assert ask(here, "a", m.Role("red")).code is Code.ROLE_TAKEN


def test_taking_the_role_one_has_changes_nothing() -> None:
    """A repetition is no conflict."""
    here = state("host", "a").with_member("a", member("a", 2, role="red"))
    assert after(ask(here, "a", m.Role("red"))) == here


# --- patches -------------------------------------------------------------------------------------

SET = state("host", "a", properties={"x": 1, "null": None, "yes": True, "deep": {"a": 1, "b": 2}})
ABSENT = object()


def change(path: str, old: Any, new: Any) -> m.Change:
    """Return one change; `ABSENT` stands for a key that is not there."""
    return m.Change(
        path,
        None if old is ABSENT else old,
        None if new is ABSENT else new,
        old_absent=old is ABSENT,
        new_absent=new is ABSENT,
    )


@pytest.mark.parametrize(
    ("path", "old", "moved"),
    [
        ("properties.x", 1, False),
        ("properties.x", 2, True),
        ("properties.x", True, True),
        ("properties.x", 1.0, True),
        ("properties.x", "1", True),
        ("properties.x", None, True),
        ("properties.x", ABSENT, True),
        ("properties.null", None, False),
        ("properties.null", ABSENT, True),
        ("properties.new", ABSENT, False),
        ("properties.new", None, True),
        ("properties.yes", True, False),
        ("properties.yes", 1, True),
        ("properties.deep", {"b": 2, "a": 1}, False),
        ("properties.deep", {"a": 1}, True),
        ("properties.", ABSENT, False),
        ("properties.a.b", ABSENT, False),
        ("model_name", "Model", False),
        ("model_name", "Other", True),
        ("model_name", ABSENT, True),
        ("num_players_max", 4, False),
        ("num_players_max", 3, True),
        ("num_players_min", True, True),
    ],
)
def test_a_patch_is_refused_if_what_it_changes_has_moved(path: str, old: Any, moved: bool) -> None:
    """S18: absent is not null, true is not 1; the answer carries the values of now."""
    new = "New" if path == "model_name" else 3
    decision = ask(SET, "a", m.Patch([change(path, old, new)]))
    if moved:
        assert decision.code is Code.CONFLICT
        assert decision.current == {path: rules.readable(SET, path)[1]}
        assert decision.state is None
    else:
        assert rules.readable(after(decision), path) == (True, new)


def test_a_conflict_names_only_what_has_moved() -> None:
    """So that a retry needs no new state."""
    patch = m.Patch([change("properties.x", 9, 2), change("properties.new", ABSENT, 1)])
    decision = ask(SET, "a", patch)
    assert decision.current == {"properties.x": 1}
    assert decision.message == "changed by somebody else: properties.x"


def test_what_others_change_elsewhere_is_no_conflict() -> None:
    """Only the fields of the patch count."""
    first = after(ask(SET, "a", m.Patch([change("properties.x", 1, 2)])))
    second = after(ask(first, "host", m.Patch([change("properties.y", ABSENT, 1)])))
    assert second.properties == {**SET.properties, "x": 2, "y": 1}


def test_taking_a_key_away() -> None:
    """Absent is a value like others."""
    gone = after(ask(SET, "a", m.Patch([change("properties.x", 1, ABSENT)])))
    assert "x" not in gone.properties
    assert ask(gone, "a", m.Patch([change("properties.x", 1, ABSENT)])).code is Code.CONFLICT


@pytest.mark.parametrize(
    "path",
    [
        "version",
        "epoch",
        "members",
        "members.a.role",
        "host_client_id",
        "session_uid",
        "state",
        "phase",
        "seed",
        "connected_instances",
        "removed",
        "timers",
        "properties",
        "propertiesx",
        "__class__",
        "unknown",
        "on_host_loss",
    ],
)
def test_other_fields_cannot_be_written(path: str) -> None:
    """Section 3.1: epoch, version, host, members and uid are not writable so."""
    patch = m.Patch([change("properties.x", 1, 2), change(path, None, 1)])
    assert ask(SET, "a", patch).code is Code.NOT_ALLOWED


@pytest.mark.parametrize(
    ("path", "old", "new", "good"),
    [
        ("model_name", "Model", "é" * 32, True),
        ("model_name", "Model", "", False),
        ("model_name", "Model", "x" * 65, False),
        ("model_name", "Model", "a\nb", False),
        ("model_name", "Model", 5, False),
        ("model_name", "Model", None, False),
        ("num_players_min", 1, 4, True),
        ("num_players_min", 1, 0, False),
        ("num_players_min", 1, 5, False),
        ("num_players_min", 1, True, False),
        ("num_players_min", 1, 2.0, False),
        ("num_players_min", 1, "2", False),
        ("num_players_min", 1, None, False),
        ("num_players_min", 1, [2], False),
        ("num_players_max", 4, 2, True),
        ("num_players_max", 4, None, True),
        ("num_players_max", 4, 250, True),
        ("num_players_max", 4, 1, False),
        ("num_players_max", 4, 251, False),
        ("num_players_max", 4, 0, False),
        ("num_players_max", 4, -1, False),
        ("num_players_max", 4, 10**400, False),
        ("num_players_max", 4, {}, False),
    ],
)
def test_what_is_written_has_to_make_sense(path: str, old: Any, new: Any, good: bool) -> None:
    """A field stays what a state may hold; no seat is taken from under a member."""
    decision = ask(SET, "a", m.Patch([change(path, old, new)]))
    assert decision.code is (Code.ACCEPTED if good else Code.BAD_INPUT)
    if good:
        assert getattr(after(decision), path) == new


def test_seats_are_changed_together_or_not_at_all() -> None:
    """A patch is one change: the minimum and the maximum are judged together."""
    both = [change("num_players_min", 1, 6), change("num_players_max", 4, 8)]
    changed = after(ask(SET, "a", m.Patch(both)))
    assert (changed.num_players_min, changed.num_players_max) == (6, 8)
    half = [change("properties.x", 1, 2), change("num_players_min", 1, 6)]
    assert ask(SET, "a", m.Patch(half)).state is None


@pytest.mark.parametrize(("size", "good"), [(16_000, True), (16 * 1024 + 1, False)])
def test_properties_hold_16_kilobytes(size: int, good: bool) -> None:
    """In all, as JSON."""
    here = replace(SET, properties={})
    decision = ask(here, "a", m.Patch([change("properties.x", ABSENT, "y" * size)]))
    assert decision.code is (Code.ACCEPTED if good else Code.BAD_INPUT)


def test_properties_that_are_full_can_be_emptied() -> None:
    """The limit is on what is left."""
    here = replace(SET, properties={"x": "y" * 20_000})
    gone = ask(here, "a", m.Patch([change("properties.x", "y" * 20_000, ABSENT)]))
    assert after(gone).properties == {}


# --- the host's commands -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "countdown", "least", "code", "then"),
    [
        (Phase.OPEN, 0.0, 2, Code.ACCEPTED, Phase.STARTED),
        (Phase.OPEN, 3.0, 2, Code.ACCEPTED, Phase.STARTING),
        (Phase.OPEN, 0.0, 3, Code.NOT_ALLOWED, None),
        (Phase.OPEN, 3.0, 3, Code.NOT_ALLOWED, None),
        (Phase.STARTING, 0.0, 2, Code.ACCEPTED, Phase.STARTED),
        (Phase.STARTING, 3.0, 2, Code.NOT_ALLOWED, None),
        (Phase.STARTED, 0.0, 2, Code.NOT_ALLOWED, None),
    ],
)
def test_starting(
    phase: Phase, countdown: float, least: int, code: Code, then: Phase | None
) -> None:
    """At once or after a countdown, with enough connected members, and only once."""
    here = state("host", "a", phase=phase, num_players_min=least)
    decision = ask(here, "host", m.Start(countdown))
    assert decision.code is code
    if then is not None:
        assert after(decision).phase is then
        assert after(decision).countdown == (countdown or None)


def test_who_is_away_does_not_count_for_starting() -> None:
    """The minimum counts `connected_instances`."""
    here = state("host", num_players_min=2).with_member("a", member("a", 2, status="away"))
    decision = ask(here, "host", m.Start())
    assert (decision.code, decision.message) == (Code.NOT_ALLOWED, "1 more needed to start")


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        (Phase.OPEN, Code.NOT_ALLOWED),
        (Phase.STARTING, Code.ACCEPTED),
        (Phase.STARTED, Code.NOT_ALLOWED),
    ],
)
def test_cancelling(phase: Phase, code: Code) -> None:
    """Only a countdown can be cancelled."""
    here = state("host", phase=phase, countdown=3.0)
    decision = ask(here, "host", m.Cancel())
    assert decision.code is code
    if decision.state is not None:
        assert (decision.state.phase, decision.state.countdown) == (Phase.OPEN, None)


def test_closing_is_one_epoch_on() -> None:
    """R6: nothing of the old epoch supersedes the end."""
    over = after(ask(state("host"), "host", m.Close()))
    assert (over.phase, over.epoch, over.closed_reason) == (Phase.CLOSED, 2, "closed")
    assert over.supersedes(state("host", version=2**52))


@pytest.mark.parametrize(
    ("client_id", "code"),
    [("a", Code.ACCEPTED), ("host", Code.NOT_ALLOWED), ("nobody", Code.NOT_MEMBER)],
)
def test_kicking(client_id: str, code: Code) -> None:
    """A member loses the seat for good; the host cannot kick himself."""
    decision = ask(state("host", "a"), "host", m.Kick(client_id))
    assert decision.code is code
    if decision.state is not None:
        assert decision.state.connected_instances == ["host"]
        assert decision.state.removed == {"a": Removal("kicked")}
        assert ask(decision.state, "a", join("a")).code is Code.KICKED


def test_the_note_of_a_decision() -> None:
    """Whoever hosts next answers the same request the same way."""
    wanted = request("a", m.Ready(True), 4)
    assert rules.applied(wanted) == Applied("n_a", 4, "ACCEPTED")
    assert rules.applied(wanted, Code.FULL) == Applied("n_a", 4, "FULL")


def test_no_decision_changes_what_it_was_given() -> None:
    """States are values: the one before is still what it was."""
    here = state("host", "a")
    for wanted in [*ASKS, join("a")]:
        ask(here, "host", wanted)
        ask(here, "a", wanted)
    assert here == state("host", "a")
    assert here.created_at == UTC
