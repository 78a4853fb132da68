"""Logs of the command line: to standard error, for people or as JSON lines.

Only a program may call this. The package itself logs to `logging.getLogger("headcount")` and
configures nothing.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

from headcount.errors import BadInputError

LEVELS = ("debug", "info", "warning", "error", "critical")


def configure(
    level: str = "warning", *, as_json: bool = False, stream: TextIO | None = None
) -> None:
    """Write the logs of this package, and the warnings of others, to standard error.

    Args:
        level: one of `LEVELS`: what of this package is worth a line.
        as_json: whether each line is a JSON object: `event, level, logger, timestamp`…
        stream: where to write instead.

    Raises:
        BadInputError: there is no such level.
    """
    if level.lower() not in LEVELS:
        raise BadInputError(f"the log level is one of {', '.join(LEVELS)}, not {level!r}")
    out = sys.stderr if stream is None else stream
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=as_json),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(out, as_json),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("headcount").setLevel(level.upper())


def _rendering(out: TextIO, as_json: bool) -> list[structlog.typing.Processor]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=out.isatty())]
