"""The tables. What a version of the program changes here needs a migration as well."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

metadata: Final = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

account: Final = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False, unique=True),
    sa.Column("skeleton", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("revoked_at", sa.Double),
    sa.CheckConstraint("role IN ('user', 'admin')", name="role"),
    sqlite_autoincrement=True,  # an id is never given twice
)
"""Who may log in. Times are seconds since 1970 UTC, by the database's clock, here and below."""

login: Final = sa.Table(
    "login",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column(
        "account_id", sa.ForeignKey(account.c.id, ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("attach_seq", sa.BigInteger, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("issued_at", sa.Double, nullable=False),
    sa.Column("lease_until", sa.Double, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Column("superseded", sa.Boolean(create_constraint=False), nullable=False),
)
"""One row of an account counts; under `allow` one for each of its logins. The others are
superseded: another login has taken the account, and their tokens are told so."""

room: Final = sa.Table(
    "room",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sqlite_autoincrement=True,
)
"""`last`: the number of its newest message. `floor`: up to it all are cleared, or too old."""

message: Final = sa.Table(
    "message",
    metadata,
    sa.Column("room_id", sa.ForeignKey(room.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.ForeignKey(account.c.id, ondelete="SET NULL")),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("ref", sa.Text),
    sa.Column("pseudo", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reply_to", sa.BigInteger),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.UniqueConstraint("room_id", "sender", "ref"),
    sa.Index(None, "room_id", "created_at"),
)
"""What was said. Within a room numbers are contiguous, and their order is that of commits."""


class now(FunctionElement[float]):  # noqa: N801 - it is written like a function
    """The database's clock, in seconds since 1970 UTC."""

    type = sa.Double()
    inherit_cache = True
    name = "now_seconds"


@compiles(now, "sqlite")
def _now_sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(*_: Any, **__: Any) -> str:
    # Not now(), which is when the transaction began, and it may have waited since.
    return "extract(epoch from clock_timestamp())::double precision"
