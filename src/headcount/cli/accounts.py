"""Carrying out `headcount user`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headcount.chat.store import Account, Role, Store
from headcount.cli.actions import Action
from headcount.cli.exits import Exit
from headcount.cli.options import Shown
from headcount.cli.output import Output
from headcount.cli.running import Stop
from headcount.core.names import printable


@dataclass(frozen=True, repr=False)
class Task:
    """What was asked for."""

    action: Action
    name: str | None
    password: str | None
    admin: bool
    data: Path | None
    database: str | None


async def carry_out(stop: Stop, shown: Shown, task: Task) -> Exit:
    """Do what was asked for, and tell.

    Raises:
        BadInputError: a name or a password cannot be used.
        StoreError: the store refuses it, or cannot be used.
    """
    with Output(json=shown.json, broken=stop.ask_from_thread) as output:
        await stop.unless(_carry_out(output, task))
    return Exit.ASKED


async def _carry_out(output: Output, task: Task) -> None:
    may_make = task.action is Action.ADD
    async with Store.open(task.data, task.database, create=may_make) as store:
        if task.name is None:
            found = await store.accounts.list(role="admin" if task.admin else None)
            _tell_all(output, found, task.admin)
            return
        account, said = await _change(store, task, task.name)
        output.event("user", {"action": str(task.action), **_fields(account)})
        output.line(said.format(printable(account.name)))


async def _change(store: Store, task: Task, name: str) -> tuple[Account, str]:
    """Change one account; return it, and what to say about it."""
    accounts, password = store.accounts, task.password or ""
    if task.action is Action.ADD:
        role: Role = "admin" if task.admin else "user"
        account = await accounts.register(name, password, role=role, operator=True)
        return account, "{} may log in" + (" and is an admin." if task.admin else ".")
    if task.action is Action.PASSWD:
        account = await accounts.set_password(name, password)
        if task.admin:
            account = await accounts.set_role(name, "admin")
        return account, "{} has a new password, and is logged out everywhere."
    if task.admin:
        return await accounts.set_role(name, "user"), "{} is no admin any more."
    return await accounts.revoke(name), "{} cannot log in any more, and is logged out everywhere."


def _fields(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "role": account.role,
        "revoked": account.revoked,
        "created_at": account.created_at.isoformat(timespec="milliseconds"),
    }


def _tell_all(output: Output, found: Sequence[Account], admins: bool) -> None:
    output.event("users", {"users": [_fields(account) for account in found]})
    if not found:
        output.line("No admins." if admins else "No accounts: headcount user add NAME makes one.")
    elif sys.stdout.isatty():
        output.line(_table(found))
    else:
        for account in found:
            output.line("\t".join(_cells(account)))


def _cells(account: Account) -> list[str]:
    state = "revoked" if account.revoked else account.role
    return [str(account.id), printable(account.name), state, f"{account.created_at:%Y-%m-%d}"]


def _table(found: Sequence[Account]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "name", "role", "since", box=SIMPLE_HEAD, pad_edge=False)
    for account in found:
        style = "dim" if account.revoked else "bold" if account.role == "admin" else ""
        table.add_row(*(Text(cell, style) for cell in _cells(account)))
    console = Console()
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip("\n")
