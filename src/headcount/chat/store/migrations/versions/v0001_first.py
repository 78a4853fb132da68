"""Accounts, logins, rooms and messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the first version."""
    _accounts()
    _history()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("skeleton", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("revoked_at", sa.Double),
        sa.CheckConstraint("role IN ('user', 'admin')", name=op.f("account_role_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("account_pk")),
        sa.UniqueConstraint("folded", name=op.f("account_folded_key")),
        sa.UniqueConstraint("skeleton", name=op.f("account_skeleton_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "login",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("attach_seq", sa.BigInteger, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("issued_at", sa.Double, nullable=False),
        sa.Column("lease_until", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("superseded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("login_pk")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("login_account_id_fk"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("login_account_id_index"), "login", ["account_id"])


def _history() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("floor", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("room_pk")),
        sa.UniqueConstraint("name", name=op.f("room_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "message",
        sa.Column("room_id", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("ref", sa.Text),
        sa.Column("pseudo", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reply_to", sa.BigInteger),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "number", name=op.f("message_pk")),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("message_room_id_fk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("message_user_id_fk"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint(
            "room_id", "sender", "ref", name=op.f("message_room_id_sender_ref_key")
        ),
    )
    op.create_index(op.f("message_room_id_created_at_index"), "message", ["room_id", "created_at"])
