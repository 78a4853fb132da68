"""The errors: one tree, drawn at the top of their file."""

from __future__ import annotations

import inspect

from headcount.chat import store
from headcount.chat.store import errors
from headcount.errors import HeadcountError


def test_every_error_is_exported_and_drawn() -> None:
    """Whoever catches errors finds them all in one place, and below the package's own."""
    found = {
        name: kind
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and kind.__module__ == errors.__name__
    }
    drawn = inspect.getdoc(errors) or ""
    for name, kind in found.items():
        assert issubclass(kind, HeadcountError)
        assert f"── {name}" in drawn
        assert getattr(store, name) is kind


def test_how_long_to_wait_is_told() -> None:
    """In seconds, for the header and for the reader."""
    error = errors.ThrottledError(7.4)
    assert (error.wait, str(error)) == (7.4, "too many failed logins: try again in 7 s")
