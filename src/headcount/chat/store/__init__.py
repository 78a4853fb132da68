"""What the chat keeps: accounts, logins and history, in SQLite or PostgreSQL.

::

    async with Store.open(Path("data")) as store:
        ana = await store.accounts.register("Ana", "correct horse")
        login = await store.logins.take(ana.id)
        stored = await store.history.add(Draft("lobby", "Ana", "hello", user_id=ana.id))

The only place with SQL. Nothing outside asks what kind of database it is.
"""

from headcount.chat.store.accounts import Account, Role
from headcount.chat.store.errors import (
    AlreadyLoggedInError,
    BadNameError,
    BadPasswordError,
    BusyError,
    InvalidTokenError,
    NameTakenError,
    NewerDatabaseError,
    NoSuchAccountError,
    StoreError,
    StoreUnavailableError,
    ThrottledError,
    WrongPasswordError,
)
from headcount.chat.store.history import Page
from headcount.chat.store.logins import Attached, Hold, Issued, Login, SameAccount
from headcount.chat.store.messages import Draft, Message, Reply, Stored
from headcount.chat.store.store import Store

__all__ = [
    "Account",
    "AlreadyLoggedInError",
    "Attached",
    "BadNameError",
    "BadPasswordError",
    "BusyError",
    "Draft",
    "Hold",
    "InvalidTokenError",
    "Issued",
    "Login",
    "Message",
    "NameTakenError",
    "NewerDatabaseError",
    "NoSuchAccountError",
    "Page",
    "Reply",
    "Role",
    "SameAccount",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "Stored",
    "ThrottledError",
    "WrongPasswordError",
]
