"""`SGDistributedGameConfig`: what a modeller says of a distributed game (protocol "SGE", 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from headcount.core.state import MAX_MEMBERS
from headcount.errors import BadInputError
from headcount.links.addresses import Address

NumPlayers = int | Sequence[int]
UpdateType = Literal["Instantaneous", "Phase"]


def players(num_players: NumPlayers) -> tuple[int, int | None]:
    """Return the fewest and the most players; None where there is no most.

    `4` is exactly four, `(2, 4)` from two to four, `(2,)` two and more.

    Raises:
        BadInputError: it is nothing of that.
    """
    if type(num_players) is int:
        low, high = num_players, num_players
        return _checked(low, high)
    if not isinstance(num_players, Sequence) or isinstance(num_players, str):
        raise _wrong(num_players)
    if len(num_players) == 1:
        return _checked(num_players[0], None)
    if len(num_players) == 2:
        return _checked(num_players[0], num_players[1])
    raise _wrong(num_players)


@dataclass
class SGDistributedGameConfig:
    """The settings of one distributed game; `validate` tells whether they fit together."""

    num_players: NumPlayers = 1
    assigned_player_name: str | None = None
    session_id: str | None = None
    shared_seed: int | None = None
    broker_host: str = "localhost"
    broker_port: int = 1883
    broker_servers: list[tuple[str, int]] = field(default_factory=list)
    mqtt_update_type: UpdateType = "Instantaneous"
    seed_sync_timeout: float = 1.0

    @property
    def num_players_min(self) -> int:
        """So many instances are needed to start."""
        return players(self.num_players)[0]

    @property
    def num_players_max(self) -> int:
        """So many find room."""
        high = players(self.num_players)[1]
        return MAX_MEMBERS if high is None else high

    @property
    def urls(self) -> list[str]:
        """The broker's addresses, the main one first."""
        servers = [(self.broker_host, self.broker_port), *self.broker_servers]
        return list(dict.fromkeys(url(host, port) for host, port in servers))

    def validate(self) -> tuple[bool, str]:
        """Return whether everything fits, and what does not."""
        try:
            players(self.num_players)
            for host, port in _pairs([(self.broker_host, self.broker_port)], self.broker_servers):
                url(host, port)
        except BadInputError as error:
            return False, str(error)
        if self.mqtt_update_type not in ("Instantaneous", "Phase"):
            return False, "mqtt_update_type is 'Instantaneous' or 'Phase'"
        if not (self.session_id is None or isinstance(self.session_id, str)):
            return False, f"session_id is a text, not {self.session_id!r}"
        if self.shared_seed is not None and not _is_seed(self.shared_seed):
            return False, "shared_seed is a whole number from 1 to 2147483647"
        if not _is_positive(self.seed_sync_timeout):
            return False, "seed_sync_timeout is a number of seconds above 0"
        return True, ""


def url(host: str, port: int) -> str:
    """Return the address of a broker, an IPv6 one with or without its brackets.

    Raises:
        BadInputError: there is no such host or port.
    """
    wrong = BadInputError(f"no broker's address: {host!r}, port {port!r}")
    if not isinstance(host, str) or type(port) is not int or not 1 <= port <= 65535:
        raise wrong
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or set(bare) & set(" \t\r\n/@?#[]"):
        raise wrong
    return str(Address(bare, port))


def checked(config: SGDistributedGameConfig) -> SGDistributedGameConfig:
    """Return settings that fit together.

    Raises:
        BadInputError: they do not; the message says which.
    """
    fits, why = config.validate()
    if not fits:
        raise BadInputError(why)
    return config


def _is_seed(seed: object) -> bool:
    """Tell whether a seed is one: existing instances take 0 for none."""
    return type(seed) is int and 0 < seed < 2**31


def _is_positive(seconds: object) -> bool:
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return number and seconds > 0  # type: ignore[operator]


def _pairs(*lists: object) -> list[tuple[str, int]]:
    """Return hosts and ports, if these are some."""
    found = []
    for each in lists:
        if isinstance(each, str) or not isinstance(each, Iterable):
            raise BadInputError(f"broker_servers is a list of (host, port), not {each!r}")
        for pair in each:
            if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
                raise BadInputError(f"no broker's host and port: {pair!r}")
            found.append((pair[0], pair[1]))
    return found


def _checked(low: object, high: object) -> tuple[int, int | None]:
    if type(low) is not int or not (high is None or type(high) is int):
        raise _wrong((low, high))
    most = MAX_MEMBERS if high is None else high
    if not 1 <= low <= most <= MAX_MEMBERS:
        raise _wrong((low, high))
    return low, high


def _wrong(given: object) -> BadInputError:
    return BadInputError(
        f"num_players cannot be {given!r}: write 4 for exactly four, (2, 4) for two to four, "
        f"(2,) for two and more, at most {MAX_MEMBERS}"
    )
