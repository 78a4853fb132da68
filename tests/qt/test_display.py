"""All texts of the connection dialog, worked out at once from what is known."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headcount
from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.qt import display as shown
from headcount.qt.display import Display, Facts, Link, Stage, display
from headcount.qt.texts import TEXTS, Language, language_of, text
from tests.core.builders import state

SOURCES = Path(headcount.__file__).parent
GONE = ["session_instances" + "_cache", "ready" + "_instances", "connected_instances" + "_snapshot"]


def session(count: int, **changes: Any) -> SessionState:
    """Return a session of `count` instances, the first of them `me`."""
    clients = ["me", *(f"c{number}" for number in range(1, count))]
    plain = {"model_name": "Sea Zones", "num_players_min": 2, "num_players_max": 4, "seed": 42}
    return state(*clients, **{**plain, **changes})


def inside(count: int, client_id: str = "me", **changes: Any) -> Display:
    """Return what one in a session sees."""
    facts: dict[str, Any] = {}
    for name in ("language", "countdown", "closed_reason", "link", "sessions"):
        if name in changes:
            facts[name] = changes.pop(name)
    facts.setdefault("link", Link.UP)
    return display(Facts(client_id=client_id, own=session(count, **changes), **facts))


def numbers(shown_now: Display) -> tuple[int, int]:
    """Return the number in one's own row and in the bottom line, as a reader sees them."""
    row = next(row for row in shown_now.rows if row.is_own)
    in_row = re.search(r"\((\d+)/\S+ instances\)", row.text)
    in_line = re.match(r"(\d+)/", shown_now.bottom)
    assert in_row is not None
    assert in_line is not None
    return int(in_row[1]), int(in_line[1])


@pytest.mark.parametrize(
    ("count", "stage", "row", "bottom", "information"),
    [
        (
            1,
            Stage.WAITING,
            "Sea Zones (1/4 instances) ✓ · 1/2-4 instances (Available)",
            "1/2-4 instance(s) connected (waiting for 1 more...)",
            "⏳ Waiting for 1 more instance(s) to connect...",
        ),
        (
            2,
            Stage.READY_MIN,
            "Sea Zones (2/4 instances) ✓ · 2/2-4 instances (Ready)",
            "2/2-4 instance(s) connected ✓ (min)",
            "✓ Minimum instances connected (2/2-4). "
            "Click 'Start Now' to begin, or wait for more players.",
        ),
        (
            4,
            Stage.READY_MAX,
            "Sea Zones (4/4 instances) ✓ · 4/2-4 instances (Full)",
            "4/2-4 instance(s) connected ✓",
            "✓ All instances connected! Click 'Start Now' to begin.",
        ),
    ],
)
def test_the_texts_of_the_creator(
    count: int, stage: Stage, row: str, bottom: str, information: str
) -> None:
    """S13's formats first on each line, then what the older texts say."""
    now = inside(count)
    assert (now.stage, now.rows[0].text, now.bottom, now.information) == (
        stage,
        row,
        bottom,
        information,
    )
    assert now.shows_start
    assert now.can_start is (count >= 2)
    assert now.seed == "Seed: Synchronized ✓ (42)"
    assert now.players == "Number of players: 2-4"
    assert not now.can_connect


def test_the_texts_of_one_who_joined() -> None:
    """Who is no host waits for the creator, and has no button to start."""
    now = inside(2, "c1")
    assert now.information.endswith("Waiting for session creator to start the game...")
    assert not now.shows_start
    assert not now.can_start
    assert now.rows[0].is_own


def test_a_session_of_exactly_so_many() -> None:
    """Least and most are one number, in the older texts once; nobody is `ready` early."""
    now = inside(1, num_players_min=4)
    assert now.rows[0].text == "Sea Zones (1/4 instances) ✓ · 1/4 instances (Available)"
    assert now.bottom == "1/4-4 instance(s) connected (waiting for 3 more...)"
    assert now.players == "Number of players: 4"


def test_a_session_without_a_limit() -> None:
    """Where there is no most, there is a sign for it."""
    now = inside(3, num_players_max=None)
    assert now.rows[0].text == "Sea Zones (3/∞ instances) ✓ · 3/2-∞ instances (Ready)"
    assert now.bottom == "3/2-∞ instance(s) connected ✓ (min)"
    assert now.players == "Number of players: 2+"
    assert now.stage is Stage.READY_MIN


def test_the_start() -> None:
    """The countdown in seconds; an automatic start is foretold."""
    assert "start automatically" in inside(4, auto_start=True).information
    counting = inside(4, phase=Phase.STARTING, countdown=3)
    assert counting.information == "⏱️ Starting automatically in: 3..."
    assert not counting.can_start
    assert inside(4, phase=Phase.STARTED).information == "✓ The game starts..."


def test_the_end() -> None:
    """What the creator's leaving looks like: out of the list, closed below, and why."""
    now = inside(2, "c1", closed_reason="host_lost", phase=Phase.CLOSED)
    assert now.rows == ()
    assert now.bottom == "Instances: Session closed"
    assert now.information == (
        "Session Closed: The session creator has disconnected. The session has been closed."
    )
    assert now.stage is Stage.SETUP
    assert "taken out" in shown.closed_text("en", "kicked")


def test_before_a_session() -> None:
    """Lists what others have, and lets one choose."""
    other = session(3)
    idle = Facts(client_id="new", link=Link.UP, sessions=(other,), creating=False)
    now = display(idle)
    assert now.rows[0].text == "Sea Zones (3/4 instances) · 3/2-4 instances (Ready)"
    assert now.bottom == "Instances: No instances connected yet"
    assert now.seed == "Seed: Not synchronized"
    assert not now.can_connect
    chosen = display(Facts(link=Link.UP, sessions=(other,), creating=False, wanted_id="demo"))
    assert chosen.can_connect
    assert chosen.players == "Number of players: 2-4"
    assert display(Facts(seats=(3, 5))).players == "Number of players: 3-5"


@pytest.mark.parametrize(
    ("link", "status", "offer"),
    [
        (Link.OFF, "Connection Status: Not connected", False),
        (Link.CONNECTING, "Connection Status: Connecting...", False),
        (Link.UP, "Connection Status: [●] Connected to broker", False),
        (Link.LOST, "Connection Status: [✗] Connection lost", False),
        (Link.FAILED, "Connection Status: [✗] Connection failed", True),
        (Link.TIMED_OUT, "Connection Status: [✗] Connection timeout", True),
    ],
)
def test_the_connection(link: Link, status: str, offer: bool) -> None:
    """Each state of the connection has its text; where none answers, a broker here is offered."""
    now = display(Facts(link=link))
    assert (now.status, now.offers_broker) == (status, offer)


def test_started_and_closed_sessions_are_not_listed() -> None:
    """Nobody could join them."""
    states = tuple(session(2, session_uid=f"u{p}", phase=p) for p in Phase)
    listed = display(Facts(sessions=states)).rows
    assert len(listed) == 2


@given(
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(1, 9),
    st.integers(1, 9),
    st.booleans(),
    st.sampled_from([Phase.OPEN, Phase.STARTING, Phase.STARTED]),
    st.sampled_from(get_args(Language)),
)
def test_the_two_displays_cannot_disagree(
    listed: int, own: int, v_listed: int, v_own: int, there: bool, phase: Phase, language: Language
) -> None:
    """Whatever came on which way first: one number, that of the later state."""
    mine = session(own, version=v_own, phase=phase)
    other = session(2, session_uid="another", session_id="other")
    sessions = (session(listed, version=v_listed, phase=phase), other) if there else (other,)
    now = display(
        Facts(language=language, client_id="me", link=Link.UP, sessions=sessions, own=mine)
    )
    expected = listed if there and v_listed > v_own else own
    assert numbers(now) == (expected, expected)
    assert now.count == expected
    assert sum(row.is_own for row in now.rows) == 1


def test_what_others_send_changes_no_window() -> None:
    """Line breaks and the like in a name are shown as a dot."""
    now = inside(2, model_name="Sea\nZones\u202e")
    assert now.rows[0].text.startswith("Sea·Zones· (2/4 instances)")


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same(key: str) -> None:
    """Each text has its fields in English and in French."""
    english, french = (
        {field for _, field, _, _ in string.Formatter().parse(words) if field}
        for words in TEXTS[key]
    )
    assert english == french


def test_every_text_is_used() -> None:
    """What nobody shows is not kept."""
    sources = "".join(path.read_text("utf-8") for path in (SOURCES / "qt").glob("*.py"))
    found = {key for key in TEXTS if sources.count(f'"{key}"') > 1}
    made = {key for key in TEXTS if key.startswith(("link_", "max_", "min_", "person_"))}
    assert set(TEXTS) - found - made == set()


def test_the_language_of_a_locale() -> None:
    """French where French is spoken, English elsewhere."""
    assert [language_of(name) for name in ("fr_FR", "fr", "FR_be", "de_DE", "C")] == [
        "fr",
        "fr",
        "fr",
        "en",
        "en",
    ]
    assert text("fr", "cancel") == "Annuler"
    assert inside(2, language="fr").bottom == "2/2-4 instance(s) connectée(s) ✓ (min)"


@pytest.mark.parametrize("name", GONE)
def test_there_is_no_second_count(name: str) -> None:
    """The caches of which the old displays were made exist nowhere (S14)."""
    for path in SOURCES.rglob("*.py"):
        assert name not in path.read_text("utf-8"), path


@pytest.mark.parametrize("module", ["display", "people", "texts"])
def test_what_is_worked_out_needs_no_qt(module: str) -> None:
    """So it can be tested, and used, without a window."""
    assert "qtpy" not in (SOURCES / "qt" / f"{module}.py").read_text("utf-8")
