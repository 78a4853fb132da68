"""The brokers that one may choose from. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headcount import arguments
from headcount.broker.lan import is_loopback
from headcount.errors import BadInputError
from headcount.links.addresses import Address, parse_address


@dataclass(frozen=True, slots=True)
class Server:
    """One broker: its address, or several of one cluster, and what people call it."""

    urls: tuple[str, ...]
    name: str = ""

    @property
    def addresses(self) -> list[Address]:
        """The addresses, read.

        Raises:
            BadInputError: one of them is none; the message says why.
        """
        return [parse_address(url) for url in self.urls]

    @property
    def label(self) -> str:
        """What is shown: the name; the address where there is none, or it is this computer's."""
        endpoints = " ".join(address.endpoint for address in self.addresses)
        if not self.name:
            return endpoints
        local = all(is_loopback(address.host) for address in self.addresses)
        return f"{self.name} ({endpoints})" if local else self.name

    @property
    def line(self) -> str:
        """The server as one line of text, as `server` reads it."""
        return (f"{self.name} = " if self.name else "") + " ".join(self.urls)


def server(line: str) -> Server:
    """Return the server that a line names: addresses, after a name and `=` if it has one.

    Raises:
        BadInputError: there is no address, or one that cannot be used.
    """
    name, equals, urls = line.partition(" = ")
    if not equals:
        name, urls = "", line
    parts = urls.replace(",", " ").split()
    named = Server(
        tuple(part if "://" in part else f"mqtt://{part}" for part in parts), name.strip()
    )
    if not parts:
        raise BadInputError(f"give a broker address such as {arguments.DEFAULT_BROKER}")
    _ = named.addresses
    return named


def servers(given: Iterable[Server | str] | None) -> list[Server]:
    """Return the brokers to choose from; by default the one the environment names.

    Raises:
        BadInputError: one of them cannot be used.
    """
    if given is None:
        return [Server(arguments.broker_urls(None))]
    read = [each if isinstance(each, Server) else server(each) for each in given]
    return read or [Server(arguments.broker_urls(None))]
