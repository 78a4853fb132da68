"""`headcount user`: the accounts of the chat, for whoever looks after them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headcount.cli.actions import Action
from headcount.cli.exits import Exit
from headcount.cli.options import Shown, option
from headcount.errors import BadInputError


def user(
    shown: Shown,
    action: Annotated[
        Action, typer.Argument(help="add, list, passwd or revoke.", show_default=False)
    ],
    name: Annotated[
        str | None, typer.Argument(help="Whose account; not for list.", show_default=False)
    ] = None,
    admin: Annotated[
        bool,
        option(
            "--admin",
            "add, passwd: make it an admin's. list: admins only. revoke: take away no more than "
            "the role of an admin.",
        ),
    ] = False,
    data: Annotated[
        str | None,
        option(
            "--data",
            "The data directory, as given to headcount serve.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    database: Annotated[
        str | None,
        option(
            "--database",
            "The PostgreSQL database, as given to headcount serve: postgresql://user@host/name.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
) -> Exit:
    """Add an account, list all, change a password, or revoke an account.

    A password is asked for on the terminal, without showing it, or read as one line from
    standard input; it never stands among the arguments, where others could see it.

    The server may run meanwhile. A new password ends all logins of the account. A revoked
    account ends as well and its name stays taken; a new password brings it back.
    """
    if not (data or database):
        raise BadInputError("whose accounts? Give --data DIR or --database URL, as to serve")
    if (name is None) != (action is Action.LIST):
        raise BadInputError(
            "list takes no name" if name is not None else f"give a name: user {action} NAME"
        )
    from headcount.cli.accounts import Task, carry_out
    from headcount.cli.observing import observed
    from headcount.cli.password import read_password
    from headcount.cli.running import run

    password = None
    if name is not None and action in (Action.ADD, Action.PASSWD):
        password = read_password(name)
        if password is None:  # asked to end
            return Exit.ASKED
    task = Task(action, name, password, admin, Path(data) if data else None, database or None)
    with observed(shown):
        return run(lambda stop: carry_out(stop, shown, task))
