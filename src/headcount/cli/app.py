"""The commands by name. Only the module of the command that was asked for is imported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from headcount.cli.command import expanded, flowing


class Entry(NamedTuple):
    """Where a command is, and under which heading it is shown."""

    module: str
    function: str
    heading: str


_SESSIONS = "Sessions"
_BROKERS = "Brokers"
_CARE = "Looking after it"
_CHAT = "Accounts and history"
_FIRST = "First steps"

COMMANDS = {
    "demo": Entry("demo", "demo", _FIRST),
    "serve": Entry("serve", "serve", _FIRST),
    "create": Entry("playing", "create", _SESSIONS),
    "join": Entry("playing", "join", _SESSIONS),
    "list": Entry("listing", "list_sessions", _SESSIONS),
    "watch": Entry("listing", "watch", _SESSIONS),
    "doctor": Entry("doctor", "doctor", _CARE),
    "clean": Entry("clean", "clean", _CARE),
    "simulate": Entry("simulate", "simulate", _CARE),
    "user": Entry("user", "user", _CHAT),
    "backup": Entry("backup", "backup", _CHAT),
    "broker-config": Entry("recipes", "broker_config", _BROKERS),
    "sge-patch": Entry("sge_patch", "sge_patch", _CARE),
    "version": Entry("version", "version", _CARE),
}


def run(arguments: Sequence[str]) -> None:
    """Run the command that the arguments name; never returns."""
    build(_wanted(arguments))(args=list(arguments), prog_name="headcount")


def build(names: Sequence[str]) -> typer.Typer:
    """Return the application with these commands in it."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback(help=flowing(_headcount.__doc__ or ""))(_headcount)
    for name in names:
        entry = COMMANDS[name]
        function = getattr(import_module(f"headcount.cli.{entry.module}"), entry.function)
        app.command(name, rich_help_panel=entry.heading)(expanded(function))
    return app


def _wanted(arguments: Sequence[str]) -> Sequence[str]:
    """Return the names of the commands that have to be there for these arguments."""
    first = next((each for each in arguments if not each.startswith("-")), None)
    completing = any(name.endswith("_COMPLETE") for name in os.environ)
    return (first,) if first in COMMANDS and not completing else tuple(COMMANDS)


def _version(wanted: bool) -> None:
    if wanted:
        from headcount._version import __version__

        typer.echo(__version__)
        raise typer.Exit


def _headcount(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Sessions and presence with one true count everywhere.

    New here? `headcount demo` shows it in ten seconds, without a network. On a LAN, one
    laptop runs `headcount serve --host 0.0.0.0`, one person `headcount create "My game"`,
    and everybody else `headcount join`.
    """
