"""By which names this server may be called: on the loopback, by those of this machine alone.

A page of a stranger can have its own name lead to 127.0.0.1 after it was loaded (DNS
rebinding). To the browser this server is then that page's own, and no `Origin` betrays it:
only the name by which it is called does. Where a proxy is trusted, or others are let in, names
are the operator's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from headcount.broker.lan import is_loopback
from headcount.chat.server.answers import Refusal, refused
from headcount.chat.server.origins import Origins
from headcount.chat.server.proxies import Proxies

_MISDIRECTED: Final = 421
"""RFC 9110, section 15.5.20: this server does not answer for that name."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names by which a server may be called; made by `of`."""

    origins: Origins | None = None
    """Whose hosts are names of this machine too; None where every name is."""

    @classmethod
    def of(cls, host: str, origins: Origins, proxies: Proxies) -> Hosts:
        """Return the names that fit how a server is reached.

        Args:
            host: the address that it listens on.
            origins: the pages of other servers that may use it.
            proxies: the proxies that are trusted.
        """
        near = is_loopback(host) and not proxies.networks
        return cls(origins if near and not origins.any else None)

    def know(self, host: str | None) -> bool:
        """Tell whether a `Host` header is right; what is no browser may send none."""
        if self.origins is None or host is None:
            return True
        name = _name(f"//{host}")
        named = {_name(each) for each in self.origins.allowed} - {""}
        return is_loopback(name) or name in named


class KnownHosts:
    """Answers only those who call the server by one of its names.

    Args:
        app: what answers them.
        hosts: the names.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        app = self._app
        if scope["type"] == "http":
            request = Request(scope)
            if not self._hosts.know(request.headers.get("Host")):
                app = refused(request, Refusal(_MISDIRECTED, code="UNKNOWN_HOST"))
        await app(scope, receive, send)


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
