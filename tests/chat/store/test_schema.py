"""The tables: what the database itself makes sure of."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from headcount.chat.store import Account, Draft, Store
from headcount.chat.store.schema import account, login, message
from tests.chat.store.places import Place


async def test_there_is_no_role_but_user_and_admin(
    place: Place, store: Store, ana: Account
) -> None:
    """Not even by a mistake of ours."""
    change = sa.update(account).values(role="root")
    with pytest.raises(IntegrityError):
        await place.run(lambda connection: connection.execute(change))


async def test_an_account_that_is_deleted_leaves_its_messages(
    place: Place, store: Store, ana: Account
) -> None:
    """Under the name they were said; its logins go with it."""
    await store.logins.take(ana.id)
    await store.history.add(Draft("lobby", "Ana", "hello", user_id=ana.id))
    await place.run(lambda connection: connection.execute(sa.delete(account)))
    assert await place.run(lambda connection: connection.execute(sa.select(login)).all()) == []
    [row] = await place.run(lambda connection: connection.execute(sa.select(message)).all())
    assert (row.user_id, row.pseudo) == (None, "Ana")
