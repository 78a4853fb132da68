"""Which pages may talk to this server: its own, and those an operator has named (RFC 6454)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from headcount.errors import BadInputError

ANY = "*"
NONE = "null"
"""What browsers send for pages without an origin, such as files."""
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s]+")


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that are allowed beside the server's own; made by `parse`."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Origins:
        """Return the origins that an operator named: `https://example.org`, `null` or `*`.

        Raises:
            BadInputError: one is no origin.
        """
        return cls(frozenset(_checked(text.strip()) for text in texts))

    @property
    def any(self) -> bool:
        """Whether every page is allowed."""
        return ANY in self.allowed

    def allows(self, origin: str | None, host: str | None) -> bool:
        """Tell whether a WebSocket may be opened.

        Args:
            origin: the `Origin` header; what is no browser sends none, and is allowed.
            host: the `Host` header, by which the page's own server was called.
        """
        if origin is None or self.any:
            return True
        folded = origin.lower().rstrip("/")
        if folded in self.allowed:
            return True
        scheme, _, netloc = folded.partition("://")
        if scheme not in ("http", "https") or not host:
            return False
        return _with_port(netloc, scheme) == _with_port(host.lower(), scheme)


def _checked(text: str) -> str:
    if text in (ANY, NONE):
        return text
    folded = text.lower().rstrip("/")
    if not _ORIGIN.fullmatch(folded):
        raise BadInputError(f"{text!r} is no origin: give one such as https://example.org")
    return folded


def _with_port(netloc: str, scheme: str) -> str:
    default = ":443" if scheme == "https" else ":80"
    return netloc.removesuffix(default)
