"""The options of the chat, and the file that may hold them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from headcount.cli.options import Bundle, option
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.chat.server.settings import ServerSettings

_CHAT: Final = "Chat"
_LIMITS: Final = "Limits of the chat"
_NONE: Final = "none"
_DAY: Final = 24 * 3600.0
_PATIENCE: Final = 0.95
"""Of `--ping` that a pinged client has, so that all is known within twice that option."""


def _chat(name: str, help: str, **more: Any) -> Any:
    return option(name, help, rich_help_panel=_CHAT, **more)


def _limit(name: str, help: str, **more: Any) -> Any:
    return option(name, help, rich_help_panel=_LIMITS, **more)


@dataclass(frozen=True)
class Chatting(Bundle):
    """How the chat is served."""

    http_port: Annotated[
        str,
        option("--http-port", "The port for the page and the chat; 0 takes a free one, none none."),
    ] = "8080"
    database: Annotated[
        str | None,
        _chat(
            "--database",
            "Keep accounts and messages in PostgreSQL: postgresql://user@host/name.",
            metavar="URL",
            show_default=False,
        ),
    ] = None
    count: Annotated[
        Literal["connections", "names"],
        _chat("--count", "What is counted: open connections, or unique names."),
    ] = "connections"
    same_account: Annotated[
        Literal["reject", "replace", "allow"],
        _chat("--same-account", "What becomes of a second place of one account."),
    ] = "reject"
    guests: Annotated[
        bool,
        typer.Option(
            "--guests/--no-guests",
            help="Whether who has no account may read, and write under a name.",
            envvar="HEADCOUNT_GUESTS",
            rich_help_panel=_CHAT,
        ),
    ] = True
    origin: Annotated[
        list[str] | None,
        _chat(
            "--origin",
            "A page of another server that may use this one, such as https://example.org; "
            "again for more. null is a page from a file, * any.",
            metavar="ORIGIN",
            show_default=False,
        ),
    ] = None
    trusted_proxy: Annotated[
        list[str] | None,
        _chat(
            "--trusted-proxy",
            "A proxy's address or network, whose X-Forwarded-For counts; again for more.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = None
    tls_cert: Annotated[
        str | None,
        _chat("--tls-cert", "A PEM file: the certificate.", metavar="FILE", show_default=False),
    ] = None
    tls_key: Annotated[
        str | None,
        _chat("--tls-key", "A PEM file: its key.", metavar="FILE", show_default=False),
    ] = None
    metrics_access: Annotated[
        Literal["loopback", "admin", "open"],
        _chat("--metrics-access", "Who may read /metrics: this machine too, admins, or anybody."),
    ] = "loopback"
    ping: Annotated[
        float,
        _limit(
            "--ping",
            "Of silence after which a client is pinged; within twice that it is gone.",
            metavar="SECONDS",
        ),
    ] = 10.0
    session_lease: Annotated[
        float,
        _limit(
            "--session-lease",
            "For which a login holds its account when this server dies.",
            metavar="SECONDS",
        ),
    ] = 30.0
    retention: Annotated[
        str,
        _limit("--retention", "For how many days messages are kept; none: for ever."),
    ] = "90"
    message_burst: Annotated[
        int, _limit("--message-burst", "Frames of one kind a client may send at once.", min=1)
    ] = 200
    message_rate: Annotated[
        float, _limit("--message-rate", "And how many a second after that.", min=0.1)
    ] = 100.0
    per_address: Annotated[int, _limit("--per-address", "Connections from one address.", min=1)] = (
        1500
    )
    backlog: Annotated[
        int,
        _limit("--backlog", "Bytes that may wait for a slow client in the long run.", min=65536),
    ] = 1 << 20

    def settings(self, host: str, data: Path | None) -> ServerSettings | None:
        """Return what they come to; None where no page and no chat are wanted.

        Args:
            host: the address to listen on.
            data: the data directory.

        Raises:
            BadInputError: one of them cannot be used.
        """
        port = _port(self.http_port)
        if port is None:
            return None
        from headcount.chat.hub.settings import Settings
        from headcount.chat.server.origins import Origins
        from headcount.chat.server.proxies import Proxies
        from headcount.chat.server.settings import ServerSettings, lease_of

        for name, seconds in (("--ping", self.ping), ("--session-lease", self.session_lease)):
            if not 0.1 <= seconds <= 3600:
                raise BadInputError(f"{name} takes 0.1 to 3600 seconds, not {seconds:g}")
        renew, fence = lease_of(self.session_lease)
        hub = Settings(
            count=self.count,
            same_account=self.same_account,
            guests=self.guests,
            ping=self.ping,
            timeout=_PATIENCE * self.ping,
            renew=renew,
            fence=fence,
            burst=self.message_burst,
            rate=self.message_rate,
            per_address=self.per_address,
        )
        return ServerSettings(
            hub=hub,
            host=host,
            port=port,
            data=data,
            database=self.database,
            origins=Origins.parse(_split(self.origin)),
            proxies=Proxies.parse(_split(self.trusted_proxy)),
            tls_cert=None if self.tls_cert is None else Path(self.tls_cert),
            tls_key=None if self.tls_key is None else Path(self.tls_key),
            lease=self.session_lease,
            retention=_days(self.retention),
            metrics=self.metrics_access,
            longest_wait=self.backlog,
        )


def from_file(context: typer.Context, path: str | None) -> str | None:
    """Take what a file says for the options that were not given otherwise.

    Args:
        context: where the command keeps its defaults.
        path: a file in TOML, with the long names of options as keys.

    Raises:
        typer.BadParameter: it cannot be read, or names what is no option.
    """
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            read = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be used: {error}") from error
    known = {parameter.name for parameter in context.command.params}
    named = {key.replace("-", "_"): value for key, value in read.items()}
    unknown = sorted(key for key in read if key.replace("-", "_") not in known)
    if unknown:
        raise typer.BadParameter(f"{path} names no option with {', '.join(unknown)}")
    context.default_map = {**(context.default_map or {}), **named}
    return path


def _split(texts: list[str] | None) -> list[str]:
    """Return each of several, given one by one or separated by commas or spaces."""
    return [part for text in texts or () for part in text.replace(",", " ").split()]


def _port(text: str) -> int | None:
    if text.strip().lower() == _NONE:
        return None
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise BadInputError(f"{text} is not a port: use 1 to 65535, 0 for a free one, or none")
    return int(text)


def _days(text: str) -> float | None:
    if text.strip().lower() == _NONE:
        return None
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 < days < 1e6:
        raise BadInputError(f"{text} is no number of days: use one such as 90, or none")
    return days * _DAY
