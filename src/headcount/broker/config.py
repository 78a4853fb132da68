"""The configuration of a `nats-server` that speaks MQTT, as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from headcount.errors import BadInputError

USER: Final = "headcount"
"""The MQTT user of a broker that has a password."""

MAX_PAYLOAD_BYTES: Final = 1024 * 1024
"""Well above the largest session state, 256 kB."""

LIMITS: Final = f"max_payload: {MAX_PAYLOAD_BYTES}\n"
"""What every server of ours is told, alone or in a cluster."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the broker.

    `password` is what MQTT clients must give, with the user name `headcount`; None lets
    everyone in. `secret` is a random text nobody is told: it locks the server's own port,
    which nothing uses, and stands in for the password where there is none.
    """

    secret: str
    password: str | None = None

    def __post_init__(self) -> None:
        for text in (self.secret, self.password):
            if text is not None:
                _check(text)

    def text(self) -> str:
        """Return the `authorization` block of the configuration.

        MQTT clients are kept away from subjects that steer the server itself, which MQTT
        topics such as `$JS/API/...` would reach.
        """
        return f"""\
authorization {{
  users: [
    {{
      user: {quoted(USER)}
      password: {quoted(self.password or self.secret)}
      allowed_connection_types: ["MQTT"]
      permissions {{
        publish {{ deny: ["$JS.>", "$SYS.>"] }}
        subscribe {{ deny: ["$JS.>", "$SYS.>"] }}
      }}
    }}
  ]
}}
"""

    def default_user(self) -> str:
        """Return the line of the `mqtt` block that lets clients in without a password."""
        return "" if self.password else f"  no_auth_user: {quoted(USER)}\n"


def embedded(*, host: str, port: int, store: PurePath, log: PurePath, access: Access) -> str:
    """Return the configuration of the embedded broker.

    Arguments:
        host: the address MQTT clients come in by.
        port: the port MQTT clients come in by.
        store: the directory that keeps retained messages; it must be nobody else's.
        log: the file that takes the log, at most 1 MB of it and as much again of older log.
        access: who may use the broker.

    The name is fixed, since what is stored belongs to a server of that name. The server's
    own port is one it chooses, on the loopback only.
    """
    return f"""\
server_name: "headcount"
listen: "127.0.0.1:-1"
{LIMITS}log_file: {quoted(log.as_posix())}
logfile_size_limit: 1MB
logfile_max_num: 2
{access.text()}jetstream {{
  store_dir: {quoted(store.as_posix())}
  max_memory_store: 64MB
  max_file_store: 1GB
}}
mqtt {{
  host: {quoted(host)}
  port: {port}
{access.default_user()}}}
"""


def quoted(text: str) -> str:
    """Return `text` as a quoted string of the configuration language."""
    return json.dumps(text, ensure_ascii=False)


def _check(password: str) -> None:
    """Refuse a password the server would read as something else.

    Raises:
        BadInputError: it is empty, holds a character that cannot be typed, or looks like
            the bcrypt hash of a password.
    """
    if not password or not password.isprintable():
        raise BadInputError("a password has at least one character, and only printable ones")
    if password.startswith("$2"):
        raise BadInputError("a password may not begin with $2, the sign of a hashed one")
