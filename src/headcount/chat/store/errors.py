"""What can go wrong with what is stored, as one tree below `HeadcountError`.

::

    HeadcountError
    ├── BadInputError
    │   ├── BadNameError            a name no account may have; `reason` says why
    │   └── BadPasswordError        a password no account may have; `reason` says why
    └── StoreError
        ├── StoreUnavailableError   the database, or its directory, cannot be used now
        │   └── NewerDatabaseError      a newer version of this program has written it
        ├── BusyError               more waits already than may wait: try again later
        ├── NameTakenError          an account has this name, or one that looks like it
        ├── NoSuchAccountError      nobody has this name
        ├── WrongPasswordError      no account has this name and this password
        ├── ThrottledError          too many failed logins; `wait` says for how long
        ├── AlreadyLoggedInError    the account is in use elsewhere
        └── InvalidTokenError       no login has this token, or not any more

A message says what is wrong and what to do about it; none holds a password or a token.
"""

from __future__ import annotations

from typing import Literal

from headcount.errors import BadInputError, HeadcountError

NameReason = Literal["length", "characters", "alphabets", "reserved"]
PasswordReason = Literal["short", "long", "characters"]


class BadNameError(BadInputError):
    """A name no account may have; nothing has changed."""

    def __init__(self, reason: NameReason, message: str) -> None:
        super().__init__(message)
        self.reason: NameReason = reason


class BadPasswordError(BadInputError):
    """A password no account may have; nothing has changed."""

    def __init__(self, reason: PasswordReason, message: str) -> None:
        super().__init__(message)
        self.reason: PasswordReason = reason


class StoreError(HeadcountError):
    """Anything the store raises on purpose, wrong arguments apart."""


class StoreUnavailableError(StoreError):
    """The database, or its directory, cannot be used now."""


class NewerDatabaseError(StoreUnavailableError):
    """A newer version of this program has written the database."""


class BusyError(StoreError):
    """More waits already than may wait: try again later."""


class NameTakenError(StoreError):
    """An account has this name, or one that looks like it."""


class NoSuchAccountError(StoreError):
    """Nobody has this name."""


class WrongPasswordError(StoreError):
    """No account has this name and this password; which of the two is wrong is not told."""


class ThrottledError(StoreError):
    """Too many failed logins; `wait` is the number of seconds until the next try counts."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"too many failed logins: try again in {wait:.0f} s")
        self.wait = wait


class AlreadyLoggedInError(StoreError):
    """The account is in use elsewhere."""


class InvalidTokenError(StoreError):
    """No login has this token, or not any more."""
