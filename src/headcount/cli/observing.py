"""What an operator sees of a running command: logs, and metrics where they are asked for."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from headcount.cli.options import Measured, Shown
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.metrics import Source

_DEFAULT: Final = Shown.log_level

ShowMetrics: TypeAlias = "Callable[[Source], None]"
"""Takes the connection whose metrics are to be served."""


@contextlib.contextmanager
def observed(shown: Shown) -> Iterator[None]:
    """Set up the logs of a command.

    Raises:
        BadInputError: there is no such level.
    """
    if shown.log_level == _DEFAULT and not shown.log_json:
        # Warnings are rare; what makes them beautiful takes a tenth of a second to import.
        logging.basicConfig(
            format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING, stream=sys.stderr
        )
    else:
        from headcount import logs

        logs.configure(shown.log_level, as_json=shown.log_json)
    yield


@contextlib.contextmanager
def metrics(measured: Measured) -> Iterator[ShowMetrics | None]:
    """Serve metrics for as long as this lasts, if a port was given for them.

    The port is taken first, so that a command that cannot have it has not begun yet. What is
    yielded is to be called with a connection once there is one; None where nobody asked.

    Raises:
        BadInputError: the port may not be used.
        PortInUseError: another program has it.
    """
    port = measured.metrics_port
    if port is None:
        yield None
        return
    from headcount.metrics import MetricsServer

    try:
        server = MetricsServer(port)
    except OSError as error:
        raise BadInputError(
            f"metrics cannot be served on port {port} ({error.strerror}): give another port"
        ) from error

    def show(source: Source) -> None:
        server.show(source)
        print(f"Metrics: http://127.0.0.1:{server.port}/metrics", file=sys.stderr, flush=True)

    with contextlib.closing(server):
        yield show
