"""Broker addresses: read from URLs, shown without credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from headcount.errors import BadInputError

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_EXAMPLE = "write it like mqtt://192.168.1.20:1883 or mqtts://user:password@broker.example"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens and who one is there. `str()` shows no credentials."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def endpoint(self) -> str:
        """Host and port as people write them: `127.0.0.1:1883`, `[::1]:1883`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.endpoint}"


def parse_address(url: str) -> Address:
    """Return the address that a URL names.

    Args:
        url: `mqtt://` or `mqtts://`, optionally `user:password@` (percent-encoded), a host
            name, an IPv4 address or an IPv6 address in brackets, optionally a port
            (default 1883, with TLS 8883).

    Raises:
        BadInputError: it is no such URL; the message says why and never shows a password.
    """
    try:
        parts = urlsplit(url.strip())
        host = unquote(parts.hostname or "")
    except ValueError:
        raise _bad(url, "the host is malformed") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise _bad(url, "it must begin with mqtt:// or mqtts://")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _bad(url, "nothing may follow the port; in a password write / as %2F, # as %23")
    if not host or any(character.isspace() for character in host):
        raise _bad(url, "it names no host")
    user, password = _credentials(url, parts)
    return Address(host, _port(url, parts), parts.scheme == "mqtts", user, password)


def _port(url: str, parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise _bad(url, "the port must be a number from 1 to 65535")
    return DEFAULT_PORTS[parts.scheme] if port is None else port


def _credentials(url: str, parts: SplitResult) -> tuple[str | None, str | None]:
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    if password is not None and not user:
        raise _bad(url, "a password needs a user before it")
    return user or None, password


def _bad(url: str, why: str) -> BadInputError:
    return BadInputError(f"{_masked(url)} is not a broker address: {why}; {_EXAMPLE}")


def _masked(url: str) -> str:
    """Return what may be shown of a URL: neither what stands before an `@` nor a wrong port."""
    scheme, separator, rest = url.strip().rpartition("://")
    place = rest.rpartition("@")[2]
    host, colon, port = place.rpartition(":")
    if colon and not port.isdigit() and not port.endswith("]"):
        place = f"{host}:…"
    return f"{scheme.partition('://')[0]}{separator}{place}" or "an empty text"
