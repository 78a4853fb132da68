"""Failed attempts to connect, in the user's words: what is wrong and what to do about it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence

from headcount.errors import (
    BrokerRefusedError,
    BrokerTimedOutError,
    NoBrokerError,
    NotABrokerError,
    NotAuthorisedError,
    TlsFailedError,
    UnknownHostError,
)
from headcount.links.addresses import Address

VERSION_REFUSED = frozenset({1, 132})
"""CONNACK codes for "not this version of MQTT" (3.1.1, table 3.1; 5, section 3.2.2.2)."""

_NOT_AUTHORISED = frozenset({4, 5, 134, 135})
_CLIENT_ID_REFUSED = frozenset({2, 133})
_BUSY = frozenset({3, 136, 137, 159})


class RefusedByBroker(Exception):  # noqa: N818 - an outcome of an attempt, not yet an error
    """The broker answered CONNECT with a code that is not success."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CONNACK {code}")
        self.code = code


class ClosedEarly(Exception):  # noqa: N818
    """The connection ended before CONNECT was answered."""


class NotMqtt(Exception):  # noqa: N818
    """What came in answer to CONNECT was no CONNACK; `start` is how it began."""

    def __init__(self, start: bytes) -> None:
        super().__init__(repr(start))
        self.start = start


def explain(
    failure: Exception, address: Address, *, reached: bool, timeout: float
) -> NoBrokerError:
    """Return the error to raise for one failed attempt.

    Args:
        failure: what ended the attempt.
        address: where it went.
        reached: whether something there had accepted the TCP connection.
        timeout: how long the attempt was allowed to last, in seconds.
    """
    place = address.endpoint
    match failure:
        case RefusedByBroker():
            return _refused(failure.code, address)
        case NotMqtt():
            return _not_mqtt(failure.start, address)
        case TimeoutError():
            return _timed_out(place, reached, timeout)
        case socket.gaierror() | UnicodeError():
            return UnknownHostError(
                f"no address is known for the host name {address.host}: "
                "check the name given with --broker, and the network"
            )
        case ConnectionRefusedError():
            return BrokerRefusedError(
                f"nobody listens at {place}: start a broker there (headcount serve) "
                "or give another address with --broker"
            )
        case ssl.SSLError() | OSError() | ClosedEarly() if address.tls and reached:
            return _tls_failed(failure, place)
        case ClosedEarly() | ConnectionError():
            return NotABrokerError(
                f"{place} ended the connection without an answer: "
                "it is no MQTT broker, or wants TLS (mqtts://), or is just stopping"
            )
    reason = getattr(failure, "strerror", None) or str(failure) or type(failure).__name__
    return NoBrokerError(f"{place} cannot be reached ({reason.lower()}): check the network")


def combine(failures: Sequence[NoBrokerError]) -> NoBrokerError:
    """Return one error for all addresses: of their class if they share one, naming each."""
    first = failures[0]
    if len(failures) == 1:
        return first
    message = "; ".join(str(failure) for failure in failures)
    kinds = {type(failure) for failure in failures}
    return type(first)(message) if len(kinds) == 1 else NoBrokerError(message)


def _refused(code: int, address: Address) -> NoBrokerError:
    place = address.endpoint
    if code in _NOT_AUTHORISED:
        if address.user is None:
            return NotAuthorisedError(
                f"the broker at {place} wants a user and a password: "
                f"give mqtt{'s' if address.tls else ''}://user:password@{place}"
            )
        return NotAuthorisedError(
            f"the broker at {place} does not accept user {address.user} with this password: "
            "check both"
        )
    if code in VERSION_REFUSED:
        return NotABrokerError(f"the broker at {place} speaks neither MQTT 5 nor MQTT 3.1.1")
    if code in _CLIENT_ID_REFUSED:
        return NoBrokerError(f"the broker at {place} does not accept the client id: give another")
    if code in _BUSY:
        return NoBrokerError(f"the broker at {place} takes no connections now: try again later")
    return NoBrokerError(f"the broker at {place} refused the connection (MQTT code {code})")


def _not_mqtt(start: bytes, address: Address) -> NoBrokerError:
    place = address.endpoint
    if start.startswith(b"HTTP/"):
        return NotABrokerError(
            f"a web server answers at {place}, not an MQTT broker: "
            "give the broker's port with --broker (usually 1883)"
        )
    if start[:1] == b"\x15" and not address.tls:  # a TLS alert record (RFC 8446, 5.1)
        return TlsFailedError(f"{place} wants TLS: give mqtts://{place}")
    return NotABrokerError(
        f"what answers at {place} does not speak MQTT: give the broker's address with --broker"
    )


def _timed_out(place: str, reached: bool, timeout: float) -> NoBrokerError:
    if reached:
        return BrokerTimedOutError(
            f"{place} accepted the connection and then said nothing for {timeout:g} s: "
            "the broker hangs, or it is no MQTT broker"
        )
    return BrokerTimedOutError(
        f"no answer from {place} within {timeout:g} s: "
        "check the address, the network and the firewall"
    )


def _tls_failed(failure: Exception, place: str) -> NoBrokerError:
    if isinstance(failure, ssl.SSLCertVerificationError):
        why = failure.verify_message.rstrip(".") or "not verified"
        return TlsFailedError(
            f"the certificate of {place} is not trusted ({why}): "
            "give the certificate of its authority, or the name it was issued for"
        )
    return TlsFailedError(
        f"no TLS connection to {place}: it may not speak TLS there (mqtt:// is without)"
    )
