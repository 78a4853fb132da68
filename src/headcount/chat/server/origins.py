"""Which pages may talk to this server: its own, and those an operator has named (RFC 6454)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from headcount.errors import BadInputError

ANY = "*"
NONE = "null"
"""What browsers send for pages without an origin, such as files."""


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
        parts = urlsplit(folded)
        own = parts.scheme in ("http", "https") and host is not None
        return own and _with_port(parts.netloc, parts.scheme) == _with_port(
            (host or "").lower(), parts.scheme
        )


def _checked(text: str) -> str:
    if text in (ANY, NONE):
        return text
    folded = text.lower().rstrip("/")
    parts = urlsplit(folded)
    if not parts.scheme or not parts.netloc or folded != f"{parts.scheme}://{parts.netloc}":
        raise BadInputError(f"{text!r} is no origin: give one such as https://example.org")
    return folded


def _with_port(netloc: str, scheme: str) -> str:
    default = ":443" if scheme == "https" else ":80"
    return netloc.removesuffix(default)
