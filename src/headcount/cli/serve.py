"""`headcount serve`: broker, page and chat for everybody on this laptop, or on the LAN."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headcount.cli.chatting import Chatting, from_file
from headcount.cli.exits import Exit
from headcount.cli.options import Measured, Shown, addresses, option
from headcount.errors import BadInputError


def serve(
    shown: Shown,
    measured: Measured,
    chatting: Chatting,
    host: Annotated[
        str, option("--host", "The address to listen on; 0.0.0.0 opens it to the LAN.")
    ] = "127.0.0.1",
    mqtt_port: Annotated[
        int, option("--mqtt-port", "The port for instances; 0 takes a free one.")
    ] = 1883,
    data: Annotated[
        str | None,
        option(
            "--data",
            "Keep what is stored here; without it, it is gone at the end.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    password: Annotated[
        str | None,
        option("--password", "What clients must give, with the user name headcount."),
    ] = None,
    broker: Annotated[
        list[str] | None,
        typer.Option(
            "--broker",
            help="Serve the page and the chat of a broker that runs already, such as "
            "mqtts://user:password@host, instead of starting one; again for more addresses of "
            "the same broker or cluster.",
            envvar="HEADCOUNT_SERVE_BROKER",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        str | None,
        option(
            "--config",
            "A file in TOML with options by their long names; the command line and the "
            "environment go before it.",
            metavar="FILE",
            show_default=False,
            is_eager=True,
            callback=from_file,
        ),
    ] = None,
) -> Exit:
    """Run a broker, a page and a chat, and show the address under which others reach them.

    Nothing else has to be installed. It listens on this machine only unless told otherwise
    with --host 0.0.0.0, and ends with Ctrl-C. Where there is a broker already, --broker has
    the page and the chat served beside that one.
    """
    _check_port(mqtt_port)
    if not host or data == "":
        raise BadInputError("--host and --data cannot be empty: leave them out, or name one")
    from headcount.cli.observing import metrics, observed
    from headcount.cli.running import run
    from headcount.cli.serving import Wanted, serve_until_stopped

    directory = None if data is None else Path(data)
    chat = chatting.settings(host, directory)
    brokers = addresses(broker)
    if brokers and (password is not None or chat is None):
        raise BadInputError(
            "--broker starts no broker, only the page: its password belongs into the address, "
            "and --http-port none leaves nothing to serve"
        )
    wanted = Wanted(host, mqtt_port, directory, password, chat, brokers)
    with observed(shown), metrics(measured) as show:
        return run(lambda stop: serve_until_stopped(stop, shown, show, wanted))


def _check_port(port: int) -> None:
    if not 0 <= port < 65536:
        raise BadInputError(f"{port} is not a port: use 1 to 65535, or 0 for a free one")
