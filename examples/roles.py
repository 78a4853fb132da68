"""Roles, each held by one; and properties that several change at one moment.

python examples/roles.py                         on a broker in memory
python examples/roles.py mqtt://127.0.0.1:1883   on a real one
"""

import asyncio
import sys

import headcount
from headcount.testing import MemoryBroker

MEMORY = MemoryBroker()


def instance(client_id: str) -> headcount.Broker:
    if len(sys.argv) > 1:
        return headcount.connect(sys.argv[1], client_id=client_id)
    return headcount.connect(connector=MEMORY.connector(), client_id=client_id)


def one_more(properties: dict) -> None:
    properties["boats"] = properties.get("boats", 0) + 1


async def main() -> None:
    ana, ben = instance("ana"), instance("ben")
    sea = ana.create("Sea Zones", roles=["mayor", "fisher"])
    async with ana, ben, sea as host, ben.join(host.id, role="fisher") as guest:
        try:
            await host.claim_role("fisher")
        except headcount.RequestRefusedError as refused:
            print(refused)
        await host.claim_role("mayor")
        print({who: member.role for who, member in host.members.items()})
        await asyncio.gather(*(s.update(one_more) for s in (host, guest) * 5))
        print("boats:", host.properties["boats"])


asyncio.run(main())
