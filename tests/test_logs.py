"""Logs of the command line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from headcount.errors import BadInputError
from headcount.logs import configure


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave the logging of the tests as it was."""
    root, own = logging.getLogger(), logging.getLogger("headcount")
    handlers, levels = list(root.handlers), (root.level, own.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def test_json_is_one_object_a_line() -> None:
    """With what was given in addition, and the traceback of a fault."""
    stream = io.StringIO()
    configure("info", as_json=True, stream=stream)
    log = logging.getLogger("headcount")
    log.info("connected to %s", "x", extra={"attempt": 2})
    try:
        raise ZeroDivisionError("a fault")
    except ZeroDivisionError:
        log.exception("failed")
    first, second = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert first["event"] == "connected to x"
    assert (first["level"], first["logger"], first["attempt"]) == ("info", "headcount", 2)
    assert first["timestamp"].endswith("Z")
    assert "ZeroDivisionError" in second["exception"]


def test_for_people_it_is_a_line_of_text() -> None:
    """Without colours where it is no terminal."""
    stream = io.StringIO()
    configure("info", stream=stream)
    logging.getLogger("headcount").info("connected")
    assert "connected" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


def test_the_level_is_that_of_this_package() -> None:
    """Others are heard from warnings on, whatever it is."""
    stream = io.StringIO()
    configure("debug", stream=stream)
    logging.getLogger("gmqtt").info("chatter")
    logging.getLogger("gmqtt").warning("trouble")
    logging.getLogger("headcount.links").debug("detail")
    assert "chatter" not in stream.getvalue()
    assert "trouble" in stream.getvalue()
    assert "detail" in stream.getvalue()


def test_a_level_that_there_is_not() -> None:
    """The message lists those there are."""
    with pytest.raises(BadInputError, match="debug, info, warning"):
        configure("loud")
