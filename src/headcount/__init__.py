"""Headcount: sessions of several instances of one application, with one true number.

::

    import headcount

    async with headcount.connect("mqtt://127.0.0.1:1883") as broker:
        async with broker.create("Sea Zones", seats=(2, 4)) as session:
            async for state in session.watch():
                print(state.count)

Everything named here is loaded when it is first used, so that importing this costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headcount._version import __version__

if TYPE_CHECKING:
    from headcount import blocking as blocking
    from headcount import identity as identity
    from headcount import testing as testing
    from headcount.broker.embedded import EmbeddedBroker as EmbeddedBroker
    from headcount.connection import Broker as Broker
    from headcount.connection import connect as connect
    from headcount.core.lifecycle import Phase as Phase
    from headcount.core.state import Member as Member
    from headcount.core.state import SessionState as SessionState
    from headcount.errors import BadInputError as BadInputError
    from headcount.errors import BrokerRefusedError as BrokerRefusedError
    from headcount.errors import BrokerStartError as BrokerStartError
    from headcount.errors import BrokerTimedOutError as BrokerTimedOutError
    from headcount.errors import ConflictError as ConflictError
    from headcount.errors import HeadcountError as HeadcountError
    from headcount.errors import NoBrokerError as NoBrokerError
    from headcount.errors import NotABrokerError as NotABrokerError
    from headcount.errors import NotAuthorisedError as NotAuthorisedError
    from headcount.errors import PortInUseError as PortInUseError
    from headcount.errors import RequestRefusedError as RequestRefusedError
    from headcount.errors import SessionEndedError as SessionEndedError
    from headcount.errors import TlsFailedError as TlsFailedError
    from headcount.errors import UnknownHostError as UnknownHostError
    from headcount.mail import Gap as Gap
    from headcount.mail import Message as Message
    from headcount.session import Session as Session

__all__ = [
    "BadInputError",
    "Broker",
    "BrokerRefusedError",
    "BrokerStartError",
    "BrokerTimedOutError",
    "ConflictError",
    "EmbeddedBroker",
    "Gap",
    "HeadcountError",
    "Member",
    "Message",
    "NoBrokerError",
    "NotABrokerError",
    "NotAuthorisedError",
    "Phase",
    "PortInUseError",
    "RequestRefusedError",
    "Session",
    "SessionEndedError",
    "SessionState",
    "TlsFailedError",
    "UnknownHostError",
    "__version__",
    "blocking",
    "connect",
    "identity",
    "testing",
]

_MODULES = {"blocking", "identity", "testing"}
_HOMES = {
    "Broker": "connection",
    "EmbeddedBroker": "broker.embedded",
    "Gap": "mail",
    "Member": "core.state",
    "Message": "mail",
    "Phase": "core.lifecycle",
    "Session": "session",
    "SessionState": "core.state",
    "connect": "connection",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"headcount.{name}")
    home = "errors" if name.endswith("Error") else _HOMES.get(name)
    if name not in __all__ or home is None:
        raise AttributeError(f"module 'headcount' has no attribute {name!r}")
    value = getattr(import_module(f"headcount.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
