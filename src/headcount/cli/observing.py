"""What an operator sees of a running command: logs, and metrics where they are asked for."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from headcount.cli.options import Measured, Shown
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.metrics import Source

_DEFAULT: Final = Shown.log_level


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
def metrics_of(source: Source, measured: Measured) -> Iterator[None]:
    """Serve metrics for as long as this lasts, if a port was given for them.

    Raises:
        BadInputError: the port is none, or may not be used.
        PortInUseError: another program has it.
    """
    port = measured.metrics_port
    if port is None:
        yield
        return
    if not 0 <= port < 65536:
        raise BadInputError(f"{port} is not a port: use 1 to 65535, or 0 for a free one")
    from headcount.metrics import serve_metrics

    try:
        server = serve_metrics(port, source)
    except OSError as error:
        raise BadInputError(
            f"metrics cannot be served on port {port} ({error.strerror}): give another port"
        ) from error
    print(f"Metrics: http://127.0.0.1:{server.port}/metrics", file=sys.stderr, flush=True)
    with contextlib.closing(server):
        yield
