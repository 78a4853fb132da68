"""Failures in the user's words."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

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
from headcount.links.failures import ClosedEarly, NotMqtt, RefusedByBroker, combine, explain

PLAIN = Address("h", 1)
TLS = Address("h", 1, tls=True)
BOB = Address("h", 1, user="bob", password="secret")


@pytest.mark.parametrize(
    ("failure", "address", "reached", "kind", "words"),
    [
        (ConnectionRefusedError(), PLAIN, False, BrokerRefusedError, "headcount serve"),
        (ConnectionRefusedError(), TLS, False, BrokerRefusedError, "nobody listens at h:1"),
        (TimeoutError(), PLAIN, False, BrokerTimedOutError, "no answer from h:1 within 5 s"),
        (TimeoutError(), PLAIN, True, BrokerTimedOutError, "said nothing for 5 s"),
        (TimeoutError(), TLS, True, BrokerTimedOutError, "said nothing"),
        (socket.gaierror(-2, "x"), PLAIN, False, UnknownHostError, "host name h"),
        (UnicodeError(), PLAIN, False, UnknownHostError, "host name h"),
        (RefusedByBroker(5), PLAIN, True, NotAuthorisedError, "wants a user"),
        (RefusedByBroker(4), BOB, True, NotAuthorisedError, "does not accept user bob"),
        (RefusedByBroker(134), BOB, True, NotAuthorisedError, "check both"),
        (RefusedByBroker(135), TLS, True, NotAuthorisedError, "mqtts://user:password@h:1"),
        (RefusedByBroker(1), PLAIN, True, NotABrokerError, "neither MQTT 5"),
        (RefusedByBroker(2), PLAIN, True, NoBrokerError, "client id"),
        (RefusedByBroker(3), PLAIN, True, NoBrokerError, "try again later"),
        (RefusedByBroker(151), PLAIN, True, NoBrokerError, "code 151"),
        (NotMqtt(b"HTTP/1.1 400"), PLAIN, True, NotABrokerError, "web server"),
        (NotMqtt(b"\x15\x03\x01"), PLAIN, True, TlsFailedError, "give mqtts://h:1"),
        (NotMqtt(b"SSH-2.0"), PLAIN, True, NotABrokerError, "does not speak MQTT"),
        (ClosedEarly(), PLAIN, True, NotABrokerError, "without an answer"),
        (ConnectionResetError(), PLAIN, True, NotABrokerError, "without an answer"),
        (ConnectionResetError(), TLS, True, TlsFailedError, "may not speak TLS"),
        (ssl.SSLError(1, "wrong version"), TLS, True, TlsFailedError, "may not speak TLS"),
        (OSError(errno.EHOSTUNREACH, "No route"), PLAIN, False, NoBrokerError, "no route"),
    ],
)
def test_each_failure_has_its_class_and_advice(
    failure: Exception, address: Address, reached: bool, kind: type, words: str
) -> None:
    """A failure becomes the error of its kind, which says what to do."""
    error = explain(failure, address, reached=reached, timeout=5.0)
    assert type(error) is kind
    assert words in str(error)
    assert "secret" not in str(error)


def test_failures_of_one_kind_stay_that_kind() -> None:
    """Two addresses where nobody listens: still "nobody listens", naming both."""
    error = combine([BrokerRefusedError("a: nobody"), BrokerRefusedError("b: nobody")])
    assert type(error) is BrokerRefusedError
    assert str(error) == "a: nobody; b: nobody"


def test_failures_of_several_kinds_become_the_general_one() -> None:
    """Different causes have one common class, and the message names each."""
    error = combine([BrokerRefusedError("a: nobody"), BrokerTimedOutError("b: silence")])
    assert type(error) is NoBrokerError
    assert str(error) == "a: nobody; b: silence"
