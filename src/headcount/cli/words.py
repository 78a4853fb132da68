"""Events as lines for people: coloured on a terminal, plain elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from headcount.core.names import printable

PHASES = {"open": "green", "starting": "yellow", "started": "cyan", "closed": "red"}
REASONS = {
    "left": "You have left.",
    "closed": "The session was closed.",
    "host_left": "The host has left; the session is over.",
    "host_lost": "The host is gone; the session is over.",
    "kicked": "You were taken out of the session by its host.",
    "replaced": "A newer process took your seat.",
    "link_lost": "The connection to the others was lost for too long.",
    "broker_gone": "The broker is gone.",
}


def seats(low: int, high: int | None) -> str:
    """Return how many instances a session takes, as people write it: 4, 2-4, 2+."""
    if high is None:
        return f"{low}+"
    return str(high) if low == high else f"{low}-{high}"


def coloured() -> bool:
    """Tell whether standard output is a terminal that shows colours."""
    return Console().is_terminal


class Words:
    """Turns the events of a session into lines.

    Args:
        own: one's own client id, or None for an onlooker.
    """

    def __init__(self, own: str | None = None) -> None:
        self.own = own
        self._console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
        self._last: tuple[str, int] | None = None

    def lines(self, event: str, fields: Mapping[str, Any]) -> Iterator[str]:
        """Give the lines of one event."""
        write = getattr(self, f"_{event}", None)
        if write is not None:
            for text in write(fields):
                yield self.rendered(text)

    def rendered(self, text: Text) -> str:
        """Return a text as it goes to standard output."""
        if not self._console.is_terminal:
            return text.plain
        with self._console.capture() as captured:
            self._console.print(text, end="")
        return captured.get()

    def _connected(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        self.own = fields["client_id"]
        yield Text.assemble("Connected to ", (fields["broker"], "bold"), f" as {self.own}.")

    def _accepted(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        match fields["request"]:
            case "create":
                yield Text("The session is there. Type ready, start, say …, close; Ctrl-C leaves.")
            case "join":
                yield Text("You are in. Type ready, role …, say …, leave; Ctrl-C leaves too.")
            case request:
                yield Text.assemble(("✓ ", "green"), request)

    def _refused(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        message = printable(fields["message"] or fields["code"])
        yield Text.assemble(("✗ ", "red"), f"{printable(fields['request'])}: {message}")

    def _state(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        high = fields["num_players_max"]
        text = Text.assemble(
            ("● ", PHASES.get(fields["state"], "")),
            (printable(fields["model_name"]), "bold"),
            f"  {fields['count']}/{seats(fields['num_players_min'], high)}  {fields['state']}",
        )
        people = []
        for client_id, member in fields["members"].items():
            marks = [printable(member["role"])] if member["role"] else []
            marks += ["host"] if client_id == fields["host_client_id"] else []
            marks += ["you"] if client_id == self.own else []
            marks += ["ready"] if member["ready"] else []
            marks += ["away"] if member["status"] == "away" else []
            people.append(printable(member["name"]) + (f" ({', '.join(marks)})" if marks else ""))
        text.append("   " + ", ".join(people), "dim")
        if fields["properties"]:
            text.append(f"   {printable(str(fields['properties']))}", "dim")
        # What people cannot see is not told again, unless somebody asked for it.
        shown = text.plain, fields["version"]
        if self._last is None or self._last[0] != shown[0] or self._last == shown:
            yield text
        self._last = shown

    def _countdown(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        seconds = fields["seconds"]
        if seconds is None:
            yield Text("The start was cancelled.", "yellow")
        else:
            yield Text(f"Starting in {seconds} …" if seconds else "Go!", "bold yellow")

    def _message(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        name = printable(fields["name"] or fields["from"])
        yield Text.assemble((f"{name}: ", "bold magenta"), printable(fields["text"]))

    def _link(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        if fields["status"] == "lost":
            yield Text("The connection is lost; trying to get it back …", "yellow")
        else:
            yield Text("The connection is back.", "green")

    def _closed(self, fields: Mapping[str, Any]) -> Iterator[Text]:
        reason = fields["reason"]
        yield Text(REASONS.get(reason, f"The session is over: {reason}."), "bold")
