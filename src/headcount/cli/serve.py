"""`headcount serve`: a broker for everybody on this laptop, or on the LAN."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from headcount.cli.exits import Exit
from headcount.cli.options import Measured, Shown, option
from headcount.errors import BadInputError


def serve(
    shown: Shown,
    measured: Measured,
    host: Annotated[
        str, option("--host", "The address to listen on; 0.0.0.0 opens it to the LAN.")
    ] = "127.0.0.1",
    mqtt_port: Annotated[
        int, option("--mqtt-port", "The port for instances; 0 takes a free one.")
    ] = 1883,
    http_port: Annotated[
        int, option("--http-port", "The port for the web page; 0 takes a free one.")
    ] = 8080,
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
) -> Exit:
    """Run a broker, and show the address under which others reach it.

    Nothing else has to be installed. It listens on this machine only unless told otherwise
    with --host 0.0.0.0, and ends with Ctrl-C.
    """
    _check_ports(mqtt_port, http_port)
    if not host or data == "":
        raise BadInputError("--host and --data cannot be empty: leave them out, or name one")
    from headcount.cli.observing import metrics, observed
    from headcount.cli.running import run
    from headcount.cli.serving import Wanted, serve_until_stopped

    wanted = Wanted(host, mqtt_port, None if data is None else Path(data), password)
    with observed(shown), metrics(measured) as show:
        return run(lambda stop: serve_until_stopped(stop, shown, show, wanted))


def _check_ports(*ports: int) -> None:
    for port in ports:
        if not 0 <= port < 65536:
            raise BadInputError(f"{port} is not a port: use 1 to 65535, or 0 for a free one")
