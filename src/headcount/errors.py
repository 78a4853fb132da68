"""What can go wrong, as one tree.

::

    HeadcountError
    ├── BadInputError           an argument that cannot be used; nothing has changed
    ├── NoBrokerError           no address of the broker could be used
    │   ├── BrokerRefusedError      nobody listens there
    │   ├── BrokerTimedOutError     no answer in time
    │   ├── UnknownHostError        the host name has no address
    │   ├── NotAuthorisedError      user or password is wrong, or missing
    │   ├── NotABrokerError         something answers there, but not MQTT
    │   └── TlsFailedError          no trusted TLS connection
    ├── BrokerStartError        the embedded broker did not start
    │   └── PortInUseError          another program has the port
    ├── RequestRefusedError     the host said no; `code` says why
    │   └── ConflictError           somebody else changed the same thing first
    └── SessionEndedError       the session is over; `reason` says why

A message says what is wrong and what to do about it.
"""

from __future__ import annotations

from typing import Any

CONNECTION_CLOSED = "the connection to the broker was closed: connect again"


class HeadcountError(Exception):
    """Anything this package raises on purpose."""


class BadInputError(HeadcountError, ValueError):
    """An argument that cannot be used; nothing has changed."""


class NoBrokerError(HeadcountError):
    """No address of the broker could be used."""


class BrokerRefusedError(NoBrokerError):
    """Nobody listens at the address."""


class BrokerTimedOutError(NoBrokerError):
    """No answer came in time."""


class UnknownHostError(NoBrokerError):
    """The host name has no address."""


class NotAuthorisedError(NoBrokerError):
    """The user or the password is wrong, or missing."""


class NotABrokerError(NoBrokerError):
    """Something answers at the address, but it does not speak MQTT."""


class TlsFailedError(NoBrokerError):
    """No trusted TLS connection could be made."""


class BrokerStartError(HeadcountError):
    """The embedded broker did not start."""


class PortInUseError(BrokerStartError):
    """Another program has the port."""


class RequestRefusedError(HeadcountError):
    """The host did not apply a request; `code` is one of the protocol's codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message


class ConflictError(RequestRefusedError):
    """Somebody else changed the same thing first; `current` holds the values that moved."""

    def __init__(self, message: str, current: dict[str, Any]) -> None:
        super().__init__("CONFLICT", message)
        self.current = current


class SessionEndedError(HeadcountError):
    """The session is over; `reason` is one of the protocol's reasons."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or f"the session is over: {reason}")
        self.reason = reason
