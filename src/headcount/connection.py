"""The connection to a broker: from here sessions are created, joined, listed and watched."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import Self
from weakref import ref

from headcount import arguments
from headcount.core import events as e
from headcount.core.state import SessionState
from headcount.exchange import Exchange
from headcount.links.link import Connector
from headcount.listing import Listing
from headcount.session import Session


def connect(
    url: str | Sequence[str] | None = None,
    *,
    client_id: str | None = None,
    name: str | None = None,
    root: str = "",
    tls_ca: str | PathLike[str] | None = None,
    connector: Connector | None = None,
) -> Broker:
    """Return a connection to a broker, to be used with `async with`.

    Args:
        url: one address or several of one broker or cluster, tried in turn; by default
            `$HEADCOUNT_BROKER`, then `mqtt://127.0.0.1:1883`.
        client_id: who this instance is; drawn by default.
        name: who that is to people; by default the client id.
        root: a prefix for all topics; only those with the same one see each other.
        tls_ca: a PEM file of authorities to trust for `mqtts://`.
        connector: another way to reach a broker, such as `MemoryBroker().connector()`.

    Raises:
        BadInputError: an argument cannot be used.
    """
    own = f"client-{secrets.token_hex(5)}" if client_id is None else client_id
    arguments.identifier(own, "client id")
    shown = own if name is None else arguments.name(name)
    prefix = arguments.root(root)
    if connector is None:
        connector = mqtt_connector(url, tls_ca)
    return Broker(Exchange(connector, own, prefix), shown)


def mqtt_connector(
    url: str | Sequence[str] | None, tls_ca: str | PathLike[str] | None = None
) -> Connector:
    """Return what reaches a broker over MQTT; see `connect` for the arguments.

    Raises:
        BadInputError: an address or the file cannot be used.
    """
    # What speaks MQTT is loaded when it is needed: importing this package stays cheap.
    from headcount.links.mqtt import MqttConnector

    return MqttConnector(arguments.broker_urls(url), tls_ca=tls_ca)


class Broker:
    """One client's connection to a broker; made by `connect`.

    It may be in several sessions and follow the list at the same time. When the connection
    is lost it is made again, for as long as this object is in use.
    """

    def __init__(self, exchange: Exchange, name: str) -> None:
        self._name = name
        self._exchange = exchange
        self._listing = Listing(exchange)
        # Replaced, never changed: metrics and the plain API look at it from other threads.
        self._sessions: tuple[ref[Session], ...] = ()

    @property
    def client_id(self) -> str:
        """One's own id."""
        return self._exchange.client_id

    @property
    def name(self) -> str:
        """One's name, where a session is given no other."""
        return self._name

    @property
    def address(self) -> str:
        """The address of the broker that answered last, without a password."""
        return self._exchange.runner.address

    @property
    def is_up(self) -> bool:
        """Whether there is a connection just now."""
        return self._exchange.runner.up

    @property
    def counters(self) -> Mapping[str, int]:
        """What was counted on this connection, by metric."""
        runner = self._exchange.runner
        return {**runner.counters, "outbound_dropped": runner.dropped}

    @property
    def entered(self) -> list[Session]:
        """The sessions one is in."""
        return [session for session in self._made() if session.is_open]

    @property
    def listed(self) -> list[SessionState] | None:
        """The live sessions, while somebody follows the list; else None."""
        return self._listing.latest

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            NoBrokerError: no address could be used; the class and the message say why.
        """
        await self._exchange.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave all sessions and disconnect, within about 5 s."""
        left = [session.leave() for session in self._made()]
        try:
            await asyncio.gather(*left)
        finally:
            self._listing.end()
            await self._exchange.stop(goodbye=not self._exchange.busy)

    # --- sessions ----------------------------------------------------------------------------

    def create(
        self,
        model_name: str,
        *,
        seats: arguments.Seats = (1, None),
        id: str | None = None,
        roles: Sequence[str] = (),
        seed: int | None = None,
        name: str | None = None,
        secret: str | None = None,
        on_host_loss: arguments.OnHostLoss = "close",
        auto_start: bool = False,
        heartbeat: float = 2.0,
        lease: float = 6.0,
        grace_lobby: float = 1.5,
        grace_started: float = 30.0,
        link_timeout: float = 60.0,
    ) -> Session:
        """Return a new session to enter as its host.

        Args:
            model_name: what it is a session of, to people.
            seats: `4` exactly, `(2, 4)` from 2 to 4, `(2, None)` at least 2; the host counts.
            id: the session's id; by default made from the name.
            roles: the roles that members may claim, each once.
            seed: the random seed that all share, 0 to 2³¹−1; drawn by default.
            name: who one is in it.
            secret: what takes one's seat again from another process; drawn by default.
            on_host_loss: `close` ends the session with its host, `migrate` hands it over.
            auto_start: whether a countdown of 3 s starts once all seats are taken.
            heartbeat: how often the host, and each member, says that it lives, in seconds.
            lease: after how much silence one counts as gone, in seconds.
            grace_lobby: how long a seat is held for one who is gone, before the start.
            grace_started: the same after the start.
            link_timeout: for how long a lost connection is waited for.

        Raises:
            BadInputError: an argument cannot be used.
        """
        arguments.name(model_name, "model name")
        low, high = arguments.seats(seats)
        return self._session(
            e.Found(
                session_id=_free_id(model_name) if id is None else _session_id(id),
                session_uid=secrets.token_hex(12),
                model_name=model_name,
                name=self._shown(name),
                secret=_secret(secret),
                seed=_seed(seed),
                num_players_min=low,
                num_players_max=high,
                roles=arguments.roles(roles),
                on_host_loss=arguments.on_host_loss(on_host_loss),
                auto_start=bool(auto_start),
                timers=arguments.timers(
                    heartbeat=heartbeat,
                    lease=lease,
                    grace_lobby=grace_lobby,
                    grace_started=grace_started,
                    link_timeout=link_timeout,
                ),
            )
        )

    def join(
        self,
        id: str,
        *,
        role: str | None = None,
        name: str | None = None,
        secret: str | None = None,
        wait: float = 0.0,
    ) -> Session:
        """Return a session to enter as a member.

        Args:
            id: the session's id.
            role: a role to claim with the seat; when it is taken, one does not join.
            name: who one is in it.
            secret: of an earlier process with this client id, to take its seat again.
            wait: for how long to try while there is no such session, or it is full, in seconds.

        Raises:
            BadInputError: an argument cannot be used.
        """
        wanted = e.Enter(
            session_id=_session_id(id),
            name=self._shown(name),
            secret=_secret(secret),
            role=None if role is None else arguments.name(role, "role"),
        )
        return self._session(wanted, arguments.seconds(wait, "wait"))

    def watch(self, id: str) -> Session:
        """Return a session to look at without a seat in it; no command is allowed.

        Raises:
            BadInputError: the id cannot be used.
        """
        return self._session(e.Observe(_session_id(id)))

    async def sessions(self) -> list[SessionState]:
        """Return the live sessions, oldest first, once they are confirmed: within a second."""
        return await self._listing.read()

    def watch_sessions(self) -> AsyncIterator[list[SessionState]]:
        """Iterate over the list of live sessions: what it is at first, and every change."""
        return self._listing.watch()

    def _shown(self, name: str | None) -> str:
        return self._name if name is None else arguments.name(name)

    def _session(self, wanted: e.Enter | e.Found | e.Observe, wait: float = 0.0) -> Session:
        session = Session(self._exchange, wanted, wait)
        self._sessions = (*(each for each in self._sessions if each() is not None), ref(session))
        return session

    def _made(self) -> list[Session]:
        return [session for each in self._sessions if (session := each()) is not None]


def _session_id(id: str) -> str:
    return arguments.identifier(id, "session id")


def _secret(secret: str | None) -> str:
    return secrets.token_urlsafe(24) if secret is None else arguments.secret(secret)


def _seed(seed: int | None) -> int:
    return secrets.randbelow(arguments.MAX_SEED + 1) if seed is None else arguments.seed(seed)


def _free_id(model_name: str) -> str:
    """Return an id that people recognise and nobody else has: `sea-zones-3f9a`."""
    plain = unicodedata.normalize("NFKD", model_name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].strip("-")
    return f"{words or 'session'}-{secrets.token_hex(3)}"
