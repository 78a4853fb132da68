"""Writes the parts of the documentation that the code knows best, between their markers.

    python docs/generate.py            write them
    python docs/generate.py --check    only tell which are stale, and end with 1

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a key of `PARTS`.
"""

from __future__ import annotations

import inspect
import json
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import headcount
from headcount import errors
from headcount.chat.server import exposition
from headcount.cli.app import COMMANDS
from headcount.cli.command import expanded
from headcount.cli.exits import Exit
from headcount.core import client, directory, hearing, lifecycle, member, sweep
from headcount.core import messages as m
from headcount.core.codec import encode
from headcount.core.publisher import pace
from headcount.core.readmission import LISTENS
from headcount.core.rules import resume_hash
from headcount.core.state import Applied, Incarnation, Member, SessionState, Timers
from headcount.core.successor import STAGGER
from headcount.core.topics import Kind, Topic
from headcount.links import reconnect
from headcount.metrics import COUNTERS
from headcount.testing import chat_faults
from headcount.testing.bounds import BOUNDS

DOCS = Path(__file__).parent
MARKED = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
COMMON = ("Output", "Broker", "Timers")
"""Headings of options that many commands share."""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *(list(row) for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def code(text: str, language: str = "") -> str:
    """Return a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


# --- the protocol ------------------------------------------------------------------------------

AT = "2026-11-21T09:30:00.000+00:00"
LATER = "2026-11-21T09:31:07.250+00:00"
SID, UID = "sea-zones-3f9a1c", "5d1f0c9e7ab24c6688f0e1b2"
ANA, BEN = Incarnation("9c41d2e07f8ab653", 1), Incarnation("e07b61f2c3d4a598", 2)


def example_state() -> SessionState:
    """Return a session of two that has begun."""
    members = {
        "ana": Member("Ana", AT, 1, ANA, role="mayor", resume_hash=resume_hash("hers")),
        "ben": Member(
            "Ben", LATER, 2, BEN, ready=True, resume_hash=resume_hash("his"),
            applied=Applied(BEN.nonce, 2),
        ),
    }  # fmt: skip
    return SessionState(
        session_id=SID,
        session_uid=UID,
        creator_client_id="ana",
        host_client_id="ana",
        incarnation=ANA,
        epoch=1,
        version=4,
        model_name="Sea Zones",
        created_at=AT,
        last_updated=LATER,
        last_heartbeat=LATER,
        members=members,
        connected_instances=list(members),
        num_players_min=2,
        num_players_max=4,
        seed=1207959552,
        roles=["mayor", "fisher"],
        properties={"boats": 3},
    )


def examples() -> Iterator[tuple[str, Topic, m.Body]]:
    """Give one message of each kind: what it is, where it goes, and what it carries."""
    state = example_state()
    yield "The state", Topic(Kind.STATE, SID), state
    card = m.Card(SID, UID, state.model_name, "ana", 2, 4)
    yield "The card", Topic(Kind.CARD, SID), card
    heartbeat = m.Heartbeat(UID, 1, "ana", ANA, state.version, state.count, state.phase, 34, 67)
    yield "The host lives", Topic(Kind.HEARTBEAT, SID), heartbeat
    beat = m.Beat(UID, 1, BEN)
    yield "A member lives", Topic(Kind.BEAT, SID, "ben"), beat
    birth = m.Presence("birth", BEN, 3)
    yield "A client has connected", Topic(Kind.PRESENCE, None, "ben"), birth
    death = m.Presence("death", BEN)
    yield "Its will", Topic(Kind.PRESENCE, None, "ben"), death
    for number, (what, ask) in enumerate(asks(), 1):
        known = (None, 0) if isinstance(ask, m.Join) else (UID, 1)
        request = m.Request("ben", BEN, number, ask, *known)
        yield f"A request to {what}", Topic(Kind.REQUEST, SID), request
    accepted = m.Reply(UID, BEN.nonce, 1, m.Code.ACCEPTED, 1, 3)
    yield "An answer: yes", Topic(Kind.REPLY, SID, "ben"), accepted
    moved = {"properties.boats": 4}
    what = "changed by somebody else: properties.boats"
    refused = m.Reply(UID, BEN.nonce, 4, m.Code.CONFLICT, 1, message=what, current=moved)
    yield "An answer: no", Topic(Kind.REPLY, SID, "ben"), refused
    said = m.AppMessage(UID, BEN.nonce, 1, {"throw": 5})
    yield "An application message", Topic(Kind.MESSAGE, SID, "ben"), said
    yield "Who is there?", Topic(Kind.PROBE), m.Probe("list-7c1d")


def asks() -> Iterator[tuple[str, m.AnyAsk]]:
    """Give one of everything that may be asked for."""
    yield "join", m.Join("Ben", "his", "fisher")
    yield "ready", m.Ready(True)
    yield "role", m.Role("fisher")
    yield "set", m.Patch([m.Change("properties.boats", 3, 4)])
    yield "start", m.Start(3.0)
    yield "cancel", m.Cancel()
    yield "kick", m.Kick("chloe")
    yield "close", m.Close()
    yield "leave", m.Leave()
    yield "say that one lives (a probe)", m.Look()


def payloads() -> str:
    """Return an example payload of each message, as the codec writes it."""
    parts = []
    for what, topic, body in examples():
        text = json.loads(encode(body))
        indent = 2 if isinstance(body, SessionState) else None
        written = json.dumps(text, indent=indent, ensure_ascii=False)
        parts.append(f"**{what}** on `{topic.text()}`\n\n" + code(written, "json"))
    return "\n".join(parts)


def diagram() -> str:
    """Return the life of a session."""
    return code(lifecycle.diagram(), "mermaid")


def codes() -> str:
    """Return the codes of answers."""
    return "`" + "` `".join(m.Code) + "`\n"


# --- how long it takes -------------------------------------------------------------------------


class Term(NamedTuple):
    """A part of a formula: its name, and its value for a session of `n`."""

    name: str
    value: Callable[[int], float]


def constant(name: str, value: float) -> Term:
    """Return a part that does not depend on the number of members."""
    return Term(name, lambda _: value)


def example_of(n: int) -> SessionState:
    """Return a state with so many members, for its size."""
    someone = Member("Ana", AT, 1, ANA)
    members = {f"client-{number}": someone for number in range(n)}
    return example_state().with_members(members)


ASSERTED_WITH = 6
"""How many members the simulated sessions have in which the table of T is asserted."""
TIMERS = Timers()
PACE = Term("pace", lambda n: pace(example_of(n)))
LEASE = constant("lease", TIMERS.lease)
GRACE = constant("grace", TIMERS.grace_lobby)
BARRIER = constant("barrier", hearing.REPEAT)
CLAIM = Term("(3 + log₂ n) × stagger", lambda n: (3 + math.log2(n)) * STAGGER)
RETRY = constant("retry", reconnect.EAGER_CAP)
SHOWN = constant("listen", LISTENS)
TIMES: tuple[tuple[str, tuple[Term, ...]], ...] = (
    ("a member joins, or leaves", (PACE,)),
    ("a member crashes, and the broker says so (its will)", (PACE,)),
    ("a member freezes, or its network goes silent", (LEASE, PACE)),
    ("a stalled member runs again", (PACE,)),
    ("a member's network is back", (RETRY, PACE)),
    ("the host's network is back, its authority has not run out", (RETRY, PACE)),
    ("the host's network is back later than that", (RETRY, SHOWN, PACE)),
    ("the host leaves, or closes", ()),
    ("the host crashes in the lobby; `close`: all are told", (GRACE, BARRIER)),
    ("the host crashes in the lobby; `migrate`: a new host", (GRACE, BARRIER, CLAIM)),
    ("the host crashes after the start, or goes silent; `close`: all are told", (LEASE, BARRIER)),
    ("the same; `migrate`: a new host", (LEASE, BARRIER, CLAIM)),
    ("the broker is back, nobody died, the host's authority has not run out", (RETRY, PACE)),
    ("the broker is back later than that, or without what it had kept", (RETRY, SHOWN, PACE)),
    ("the broker is back, a member died meanwhile", (RETRY, LEASE, PACE)),
    ("the broker is back, the host died meanwhile; `migrate`", (RETRY, LEASE, BARRIER, CLAIM)),
    (
        "a list drops a session whose host went silent",
        (LEASE, constant("telling", directory.TOGETHER)),
    ),
    ("a new list is confirmed", (constant("nobody", directory.NOBODY),)),
    (
        "leftovers and tombstones are swept, after the first participant arrives",
        (
            constant("survey", client.SURVEY_JITTER),
            constant("nobody", directory.NOBODY),
            constant("listen", sweep.LISTENS),
            constant("jitter", sweep.JITTER),
            constant("probe", sweep.PROBE_AGAIN),
            constant("answers", sweep.ANSWERS),
        ),
    ),
)


def asserted() -> str:
    """Return the table of T: how long a display may be wrong, as the simulation asserts it."""
    rows = []
    for row in BOUNDS:
        value = f"{row.bound(TIMERS, ASSERTED_WITH):.1f} s"
        rows.append([row.cause, row.counts_from, row.formula, value])
    return table(("cause", "counted from", "T", f"{ASSERTED_WITH} members"), rows)


def times() -> str:
    """Return how long each step may take at most, by cause, as the rules have it."""
    rows = []
    for cause, terms in TIMES:
        formula = " + ".join(term.name for term in terms) or "at once"
        values = (sum(term.value(n) for term in terms) for n in (4, 250))
        rows.append([cause, formula, *(f"{value:.2f} s" if terms else "0" for value in values)])
    return table(("cause", "at most, round trips apart", "4 members", "250 members"), rows)


def constants() -> str:
    """Return what the names in these tables stand for."""
    lost = TIMERS.heartbeat + member.READ_SOON
    rows = [
        ("heartbeat", f"{TIMERS.heartbeat:g} s", "option: between two signs of life"),
        ("lease", f"{TIMERS.lease:g} s", "option: the silence after which one counts as gone"),
        ("grace", f"{TIMERS.grace_lobby:g} s", "option: how long a seat is held in the lobby"),
        ("", f"{TIMERS.grace_started:g} s", "option: the same after the start"),
        ("link timeout", f"{TIMERS.link_timeout:g} s", "option: how long it is waited for"),
        ("pace", f"{pace(example_of(4)):g} to 1 s", "the least time between two states"),
        ("barrier", f"≤ {hearing.REPEAT:g} s", "one round trip; said again after this if lost"),
        ("stagger", f"{STAGGER:g} s", "between the claims of one rank and the next"),
        ("retry", f"≤ {reconnect.EAGER_CAP:g} s", "between two tries to connect"),
        ("", f"≤ {reconnect.FIRST:g} s", "before the first of them"),
        ("", f"≤ {reconnect.PATIENT_CAP:g} s", "between two of them after a minute"),
        ("listen", f"{LISTENS:g} s", "for which a host that was cut off listens before it acts"),
        ("silent link", f"{hearing.SILENCE_LOST:g} s", "of silence after which it is given up"),
        ("lost message", f"+ {lost:g} s", "heartbeat + 0.5 s, for a display that missed a state"),
    ]
    return table(("name", "value", "what"), rows)


# --- the command line --------------------------------------------------------------------------


class Option(NamedTuple):
    """One option of one command."""

    name: str
    takes: str
    default: str
    variable: str
    help: str
    heading: str | None


def function_of(command: str) -> Callable[..., Any]:
    """Return the function behind a command."""
    entry = COMMANDS[command]
    function: Callable[..., Any] = getattr(
        import_module(f"headcount.cli.{entry.module}"), entry.function
    )
    return function


def parameters(command: str) -> list[tuple[inspect.Parameter, Any]]:
    """Return the parameters of a command, each with what typer is told of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # typer's, of how flags are given
        found = inspect.signature(expanded(function_of(command))).parameters.values()
    return [(parameter, parameter.annotation.__metadata__[0]) for parameter in found]


@cache
def options(command: str) -> list[Option]:
    """Return the options of a command."""
    found = []
    for parameter, told in parameters(command):
        if type(told).__name__ != "OptionInfo":
            continue
        flag = parameter.annotation.__origin__ is bool
        takes = "" if flag else told.metavar or _type(parameter.annotation.__origin__)
        default = parameter.default
        unset = flag or default in (None, "", inspect.Parameter.empty)
        written = f"{default:g}" if isinstance(default, float) else str(default)
        name, variable = str(told.default), str(told.envvar)
        found.append(
            Option(name, takes, "" if unset else written, variable, told.help, told.rich_help_panel)
        )
    return found


def arguments(command: str) -> list[str]:
    """Return the arguments of a command as one writes them."""
    found = []
    for parameter, told in parameters(command):
        if type(told).__name__ == "ArgumentInfo":
            name = (told.metavar or parameter.name).upper()
            found.append(name if parameter.default is inspect.Parameter.empty else f"[{name}]")
    return found


def _type(kind: Any) -> str:
    text = kind.__name__ if isinstance(kind, type) else str(kind)
    if "Literal" in text:
        return "|".join(re.findall(r"'([^']*)'", text))
    return "N" if "int" in text else "TEXT" if "str" in text else "VALUE"


def rows_of(found: Iterable[Option]) -> str:
    """Return options as a table."""
    rows = [
        (
            f"`{option.name}{' ' + option.takes if option.takes else ''}`".replace("|", "\\|"),
            f"`{option.default}`" if option.default else "",
            f"`{option.variable}`",
            option.help.replace("|", "\\|"),
        )
        for option in found
    ]
    return table(("option", "default", "variable", "what"), rows)


def commands() -> str:
    """Return every command with its usage, what it does, and the options of its own."""
    parts = []
    for command in COMMANDS:
        usage = " ".join(["headcount", command, *arguments(command), "[OPTIONS]"])
        parts.append(
            f"### {command}\n\n{code(usage, 'text')}\n{inspect.getdoc(function_of(command))}\n"
        )
        own = [option for option in options(command) if option.heading not in COMMON]
        if own:
            parts.append(rows_of(own))
        shared = [
            name for name in COMMON if any(option.heading == name for option in options(command))
        ]
        if shared:
            links = ", ".join(f"[{name.lower()}](#{name.lower()})" for name in shared)
            parts.append(f"Options for: {links}.\n")
    return "\n".join(parts)


def common() -> str:
    """Return the options that many commands share."""
    parts = []
    for heading in COMMON:
        seen: dict[str, Option] = {}
        for command in COMMANDS:
            for option in options(command):
                if option.heading == heading:
                    seen.setdefault(option.name, option)
        parts.append(f"### {heading}\n\n{rows_of(seen.values())}")
    return "\n".join(parts)


def exits() -> str:
    """Return the exit codes."""
    return (
        ", ".join(f"`{code.value}` {code.name.lower().replace('_', ' ')}" for code in Exit) + "\n"
    )


def metrics() -> str:
    """Return what is counted."""
    rows = [(f"`headcount_{name}_total`", meaning) for name, meaning in COUNTERS.items()]
    return table(("counter", "what"), rows)


def chat_metrics() -> str:
    """Return what is counted of the chat."""
    rows = [(f"`headcount_chat_{name}_total`", said) for name, said in exposition.COUNTERS.items()]
    return table(("counter", "what"), rows)


# --- the simulation of the chat ----------------------------------------------------------------


def faults() -> str:
    """Return every step of a script of the simulated chat, and what it does."""
    rows = []
    for step in chat_faults.Step.__args__:
        fields = ", ".join(inspect.signature(step).parameters)
        rows.append((f"`{step.__name__}({fields})`", inspect.getdoc(step) or ""))
    return table(("step", "what happens"), rows)


def planted() -> str:
    """Return every bug that is planted in the chat, and the invariants that catch it."""
    if str(DOCS.parent) not in sys.path:
        sys.path.insert(0, str(DOCS.parent))
    rows = []
    for bug in import_module("tests.testing.chat_planted").PLANTED:
        does = (inspect.getdoc(bug.plant) or "").rstrip(".")
        rows.append((bug.title, does, ", ".join(sorted(bug.caught_by))))
    return table(("bug", "what it does", "caught by"), rows)


# --- the API -----------------------------------------------------------------------------------


def tree() -> str:
    """Return the tree of errors."""
    text = inspect.getdoc(errors) or ""
    lines = text.split("::", 1)[1].splitlines()
    drawn = [line[4:] for line in lines if line.startswith("    ")]
    return code("\n".join(drawn), "text")


def public(kind: type) -> Iterator[tuple[str, Any]]:
    """Give the public members of a class, the inherited ones last."""
    seen = set()
    for each in kind.__mro__:
        for name, value in vars(each).items():
            if not name.startswith("_") and name not in seen and each.__module__ != "builtins":
                seen.add(name)
                yield name, value


def api(kind: type) -> str:
    """Return the members of a class: how each is called, and its first sentence."""
    rows = []
    for name, value in public(kind):
        said = inspect.getdoc(value) or ""
        first = said.split("\n\n")[0].replace("\n", " ")
        if isinstance(value, property):
            rows.append((f"`{name}`", first))
        elif inspect.isfunction(value):
            rows.append((f"`{_called(name, value)}`".replace("|", "\\|"), first))
    return table(("member", "what"), rows)


def _called(name: str, function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    given = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
        if parameter.name != "self"
    ]
    text = str(inspect.Signature(given))
    if len(text) > 90:
        text = "(…)"
    return ("await " if inspect.iscoroutinefunction(function) else "") + name + text


PARTS: Mapping[str, Callable[[], str]] = {
    "api-broker": lambda: api(headcount.Broker),
    "asserted": asserted,
    "chat-faults": faults,
    "chat-metrics": chat_metrics,
    "chat-planted": planted,
    "api-session": lambda: api(headcount.Session),
    "codes": codes,
    "commands": commands,
    "common-options": common,
    "constants": constants,
    "errors": tree,
    "exits": exits,
    "lifecycle": diagram,
    "metrics": metrics,
    "payloads": payloads,
    "times": times,
}


def renewed(text: str) -> str:
    """Return a page with its generated parts made anew."""
    return MARKED.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", text)


def main(arguments: list[str]) -> int:
    """Write all pages, or tell which are stale."""
    stale = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text("utf-8")
        new = renewed(text)
        if new != text:
            stale.append(page)
            if "--check" not in arguments:
                page.write_text(new, "utf-8")
    for page in stale:
        print(page.relative_to(DOCS))
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
