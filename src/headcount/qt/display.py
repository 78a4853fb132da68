"""All that the connection dialog shows, worked out at once from what is known.

The list and the bottom line show the number of one and the same state, whichever of the two
ways it came on: of one's own session the later one counts, for both. No Qt here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from headcount.core.lifecycle import Phase
from headcount.core.names import printable
from headcount.core.state import SessionState
from headcount.qt.texts import Language, text

ENDLESS = "∞"
LISTED = {Phase.OPEN, Phase.STARTING}
REASONS = {
    "kicked": "closed_kicked",
    "replaced": "closed_replaced",
    "link_lost": "closed_link",
    "broker_gone": "closed_link",
}


class Link(StrEnum):
    """What is known of the connection to the broker."""

    OFF = "off"
    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


class Stage(StrEnum):
    """How far one has come."""

    SETUP = "setup"
    CONNECTING = "connecting"
    WAITING = "waiting"
    READY_MIN = "ready_min"
    READY_MAX = "ready_max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known; `own` is the state of the session one is in, or was in when it closed."""

    language: Language = "en"
    client_id: str = ""
    link: Link = Link.OFF
    sessions: tuple[SessionState, ...] = ()
    own: SessionState | None = None
    entering: bool = False
    closed_reason: str | None = None
    countdown: int | None = None
    error: str = ""
    warning: str = ""
    creating: bool = True
    wanted_id: str = ""
    seats: tuple[int, int | None] = (1, None)


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the list."""

    session_id: str
    text: str
    tooltip: str
    count: int
    is_own: bool
    joinable: bool


@dataclass(frozen=True, slots=True)
class Display:
    """All that is shown: texts, and which buttons can be used."""

    stage: Stage
    rows: tuple[Row, ...]
    count: int | None
    bottom: str
    information: str
    error: str
    seed: str
    status: str
    players: str
    session_id: str
    can_choose: bool
    can_connect: bool
    can_share: bool
    shows_start: bool
    can_start: bool
    offers_broker: bool


def display(facts: Facts) -> Display:
    """Return what to show."""
    sessions, own = _at_present(facts)
    inside = own if own is not None and facts.closed_reason is None else None
    stage = _stage(facts, inside)
    hosting = inside is not None and inside.host_client_id == facts.client_id
    enough = inside is not None and inside.count >= inside.num_players_min
    return Display(
        stage=stage,
        rows=tuple(_row(facts.language, each, inside) for each in sessions),
        count=None if inside is None or inside.is_closed else inside.count,
        bottom=_bottom(facts, own),
        information=_information(facts, stage, inside, hosting),
        error=facts.error or facts.warning,
        seed=_seed(facts.language, inside),
        status=text(facts.language, "status", status=text(facts.language, f"link_{facts.link}")),
        players=text(facts.language, "players", seats=_range(*_seats(facts, sessions, inside))),
        session_id=facts.wanted_id if inside is None else inside.session_id,
        can_choose=stage is Stage.SETUP,
        can_connect=stage is Stage.SETUP and (facts.creating or bool(facts.wanted_id)),
        can_share=inside is not None or bool(facts.wanted_id),
        shows_start=hosting,
        can_start=hosting and enough and inside is not None and inside.phase is Phase.OPEN,
        offers_broker=facts.link in (Link.FAILED, Link.TIMED_OUT),
    )


def closed_text(language: Language, reason: str) -> str:
    """Return why a session is over, for people."""
    return text(language, REASONS.get(reason, "closed_host"))


def seats_of(state: SessionState) -> str:
    """Return `count/min-max`, or `count/max` where both are one."""
    return f"{state.count}/{_range(state.num_players_min, state.num_players_max, ENDLESS)}"


def high_of(state: SessionState) -> str:
    """Return the most instances there may be."""
    return ENDLESS if state.num_players_max is None else str(state.num_players_max)


def _at_present(facts: Facts) -> tuple[list[SessionState], SessionState | None]:
    """Return the sessions to list, and one's own: each in one state for all displays."""
    own = facts.own
    if own is None:
        return [each for each in facts.sessions if each.phase in LISTED], None
    uid = own.session_uid
    for each in facts.sessions:
        if each.session_uid == uid and each.supersedes(own):
            own = each
    listed = [each for each in facts.sessions if each.session_uid != uid and each.phase in LISTED]
    if facts.closed_reason is None and not own.is_closed:
        listed.append(own)
    return sorted(listed, key=lambda each: (each.created_at, each.session_id)), own


def _stage(facts: Facts, inside: SessionState | None) -> Stage:
    if facts.entering or (inside is None and facts.link is Link.CONNECTING):
        return Stage.CONNECTING
    if inside is None or inside.is_closed:
        return Stage.SETUP
    if inside.num_players_max is not None and inside.count >= inside.num_players_max:
        return Stage.READY_MAX
    return Stage.READY_MIN if inside.count >= inside.num_players_min else Stage.WAITING


def _row(language: Language, state: SessionState, own: SessionState | None) -> Row:
    mine = own is not None and own.session_uid == state.session_uid
    if state.count >= state.seats:
        room = "room_full"
    elif state.count >= state.num_players_min and state.num_players_min != state.num_players_max:
        room = "room_ready"
    else:
        room = "room_available"
    model = printable(state.model_name)
    line = text(
        language,
        "row",
        model=model,
        count=state.count,
        high=high_of(state),
        mark=" ✓" if mine else "",
        seats=seats_of(state),
        room=text(language, room),
    )
    players = ", ".join(printable(member.name) for member in state.members.values())
    tooltip = text(
        language,
        "tooltip",
        id=state.session_id,
        model=model,
        seats=seats_of(state),
        players=players or text(language, "nobody"),
    )
    return Row(state.session_id, line, tooltip, state.count, mine, state.joinable)


def _bottom(facts: Facts, own: SessionState | None) -> str:
    language = facts.language
    if facts.closed_reason not in (None, "left") or (own is not None and own.is_closed):
        return text(language, "count_closed")
    if own is None or facts.closed_reason is not None:
        return text(language, "count_none")
    missing = own.num_players_min - own.count
    if missing > 0:
        more = text(language, "count_waiting", k=missing)
    else:
        more = text(language, "count_full" if own.count >= own.seats else "count_min")
    high = high_of(own)
    return text(language, "count", count=own.count, low=own.num_players_min, high=high, more=more)


def _information(facts: Facts, stage: Stage, inside: SessionState | None, hosting: bool) -> str:
    language = facts.language
    if facts.closed_reason not in (None, "left"):
        return closed_text(language, str(facts.closed_reason))
    if facts.entering:
        return text(language, "entering")
    if inside is None:
        return text(language, "setup_create" if facts.creating else "setup_join")
    if facts.link is Link.LOST:
        return text(language, "lost")
    if inside.phase is Phase.STARTED:
        return text(language, "started")
    if facts.countdown and inside.phase is Phase.STARTING:
        return text(language, "countdown", seconds=facts.countdown)
    if stage is Stage.WAITING:
        return text(language, "waiting", k=inside.num_players_min - inside.count)
    if stage is Stage.READY_MAX and inside.auto_start:
        return text(language, "max_auto")
    key = ("max_" if stage is Stage.READY_MAX else "min_") + ("host" if hosting else "guest")
    return text(language, key, seats=seats_of(inside))


def _seed(language: Language, inside: SessionState | None) -> str:
    if inside is None:
        return text(language, "seed_none")
    return text(language, "seed", seed=inside.seed)


def _seats(
    facts: Facts, sessions: list[SessionState], inside: SessionState | None
) -> tuple[int, int | None]:
    """Return the seats of the session one is in, wants to join, or would create."""
    if inside is None and not facts.creating:
        inside = next((each for each in sessions if each.session_id == facts.wanted_id), None)
    return facts.seats if inside is None else (inside.num_players_min, inside.num_players_max)


def _range(low: int, high: int | None, endless: str = "") -> str:
    """Return how many instances a session takes: 4, 2-4, and 2+ or 2-∞."""
    if high is None:
        return f"{low}-{endless}" if endless else f"{low}+"
    return str(high) if low == high else f"{low}-{high}"
