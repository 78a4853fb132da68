"""Options that several commands share, in bundles; every option has its environment variable.

A command takes a bundle as one parameter; `command.expanded` turns it into its options.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

DEFAULT_BROKER: Final = "mqtt://127.0.0.1:1883"

_OUTPUT: Final = "Output"
_BETWEEN_URLS: Final = re.compile(r"[\s,]+(?=mqtts?://)")


def option(name: str, help: str, **more: Any) -> Any:
    """Return an option called `name` (`--like-this`), also read from `HEADCOUNT_LIKE_THIS`."""
    variable = "HEADCOUNT_" + name.removeprefix("--").upper().replace("-", "_")
    return typer.Option(name, help=help, envvar=variable, **more)


def _showing(name: str, help: str, **more: Any) -> Any:
    return option(name, help, rich_help_panel=_OUTPUT, **more)


def _timer(name: str, help: str) -> Any:
    return option(name, help, metavar="SECONDS", rich_help_panel="Timers")


class Bundle:
    """Options that belong together; a dataclass derived from this."""


@dataclass(frozen=True)
class Shown(Bundle):
    """How a command shows what it does."""

    json: Annotated[bool, _showing("--json", "One JSON object a line on standard output.")] = False
    log_level: Annotated[
        str,
        _showing("--log-level", "debug, info, warning or error; logs go to standard error."),
    ] = "warning"
    log_json: Annotated[bool, _showing("--log-json", "Logs as JSON lines.")] = False


@dataclass(frozen=True)
class Reach(Shown):
    """Where the broker is."""

    broker: Annotated[
        list[str] | None,
        option(
            "--broker",
            "The broker's address, such as mqtt://192.168.1.20:1883 or "
            "mqtts://user:password@host; again for more addresses of the same broker or "
            f"cluster. By default {DEFAULT_BROKER}.",
            metavar="URL",
            rich_help_panel="Broker",
            show_default=False,
        ),
    ] = None
    root: Annotated[
        str,
        option(
            "--root",
            "A prefix for all topics, shared by those who are to meet.",
            rich_help_panel="Broker",
        ),
    ] = ""

    @property
    def brokers(self) -> list[str]:
        """The addresses, also when several stand in one text."""
        return addresses(self.broker) or [DEFAULT_BROKER]


def addresses(texts: Sequence[str] | None) -> list[str]:
    """Return the addresses of a broker, also when several stand in one text."""
    stripped = [text.strip(" \t\r\n,") for text in texts or ()]
    return [url for text in stripped if text for url in _BETWEEN_URLS.split(text)]


@dataclass(frozen=True)
class Timed(Reach):
    """The times a session runs on; those of the one who creates it count for all."""

    heartbeat: Annotated[
        float, _timer("--heartbeat", "Between two signs of life of an instance.")
    ] = 2.0
    lease: Annotated[
        float, _timer("--lease", "Of silence after which an instance counts as gone.")
    ] = 6.0
    grace_lobby: Annotated[
        float, _timer("--grace-lobby", "For which a seat is held before the start.")
    ] = 1.5
    grace_started: Annotated[
        float, _timer("--grace-started", "For which a seat is held after the start.")
    ] = 30.0
    link_timeout: Annotated[
        float, _timer("--link-timeout", "Without a connection after which it gives up.")
    ] = 60.0

    @property
    def timers(self) -> dict[str, float]:
        """All of them by name."""
        return {
            "heartbeat": self.heartbeat,
            "lease": self.lease,
            "grace_lobby": self.grace_lobby,
            "grace_started": self.grace_started,
            "link_timeout": self.link_timeout,
        }


@dataclass(frozen=True)
class Measured(Bundle):
    """Figures for an operator."""

    metrics_port: Annotated[
        int | None,
        option(
            "--metrics-port",
            "Serve metrics for Prometheus at http://127.0.0.1:PORT/metrics.",
            metavar="PORT",
            min=0,
            max=65535,
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None
