"""The seed manager as SGE's code uses it."""

from __future__ import annotations

from headcount.sge.names.seed_sync import SGSeedSyncManager
from tests.qt.windows import until
from tests.sge.names.conftest import Managers


def test_the_seed_and_who_shares_it(managers: Managers) -> None:
    """Told once it is known, and as long as somebody listens."""
    ana, ben = managers(), managers()
    ana.publishSession("sea", 1, 4)
    seeds = SGSeedSyncManager(None, ben, None, ben.model)
    synced: list[int] = []
    came: list[str] = []
    seeds.on_seed_synced(synced.append)
    seeds.on_instance_connected(came.append)
    seed = seeds.sync_seed("sea")
    assert seed is not None
    assert (seeds.seed_synced, seeds.synced_seed_value, synced) == (True, seed, [seed])
    until(lambda: seeds.connected_instances == {ana.client_id, ben.client_id})
    assert sorted(came) == sorted([ana.client_id, ben.client_id])
    seeds.stop_republishing()
    seeds.reset()
    assert (seeds.seed_synced, seeds.synced_seed_value) == (False, None)
    assert seeds.connected_instances == set()


def test_a_failure_is_told(managers: Managers) -> None:
    """And can be tried again."""
    ana, ben = managers(), managers()
    ana.publishSession("sea", 1, 1)
    until(lambda: ben.readSessionState("sea"))
    seeds = SGSeedSyncManager(None, ben)
    failed: list[str] = []
    seeds.on_sync_failed(failed.append)
    assert seeds.sync_seed("sea") is None
    assert "taken" in failed[0]
    assert seeds.sync_seed("pond", shared_seed=5) == 5


def test_syncing_again_tells_nobody_twice(managers: Managers) -> None:
    """A session is followed once, however often its seed is asked for."""
    ana, ben = managers(), managers()
    seeds, told = SGSeedSyncManager(None, ana), []
    seeds.on_instance_connected(told.append)
    for _ in range(3):
        seeds.sync_seed("sea", 7)
    assert seeds.connected_instances == {ana.client_id}
    told.clear()
    ben.syncSeed("sea")
    until(lambda: told)
    assert told == [ben.client_id]
    assert len(ana._followers._callbacks["sea"]) == 1
