"""A patched checkout in use: its own imports give our classes, and a game is set up with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from headcount.sge.patching.files import write
from headcount.sge.patching.patch import patching
from tests.engines import Engine
from tests.sge.sge_tree import make_tree

PROGRAM = """
import json, sys
from qtpy.QtWidgets import QApplication
from mainClasses.SGMQTTManager import SGMQTTManager
from mainClasses.distributedGame.SGDistributedConnectionDialog import SGDistributedConnectionDialog
from mainClasses.distributedGame.SGDistributedGameConfig import SGDistributedGameConfig
from mainClasses.distributedGame.SGDistributedGameDialog import SGDistributedGameDialog
from mainClasses.distributedGame.SGDistributedSession import SGDistributedSession
from mainClasses.distributedGame.SGDistributedSessionManager import SGDistributedSessionManager
from mainClasses.distributedGame.parts import SGConnectionStateManager, SGSessionDiscoveryManager
from mainClasses.distributedGame.seeds import SGSeedSyncManager

application = QApplication([])
model = type("Model", (), {"name": "Sea", "players": {"Mayor": 1}})()
mqtt = SGMQTTManager(model)
mqtt.setMQTTProtocol("Instantaneous", "127.0.0.1", int(sys.argv[1]), "sea")
manager = SGDistributedSessionManager(model, mqtt)
manager.publishSessionState(SGDistributedSession("sea", mqtt.clientId, "Sea", 1, 4))
seeds = SGSeedSyncManager(mqtt.client, manager, None, model)
discovery = SGSessionDiscoveryManager(mqtt.client, manager)
discovery.start_discovery("sea")
dialog = SGDistributedGameDialog(None, SGDistributedGameConfig(1), model, manager)
told = {
    "count": manager.readSessionState("sea").get_num_connected(),
    "seed": seeds.sync_seed("sea"),
    "listed": list(discovery.available_sessions),
    "roles": list(dialog.radios),
    "done": mqtt.execute("an action of SGE"),
    "connected": mqtt.client is not None,
    "ours": [
        each.__module__.startswith("headcount.sge")
        for each in (SGDistributedConnectionDialog, SGConnectionStateManager)
    ],
}
mqtt.disconnect()
manager.disconnect()
print(json.dumps(told))
"""


def test_a_patched_checkout_plays(tmp_path: Path, nats: Engine) -> None:
    """By SGE's own imports, in a process of its own; what only SGE can is still there."""
    make_tree(tmp_path)
    write(patching(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(nats.port)],
        cwd=tmp_path,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_API": "pyside6"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 1 <= told.pop("seed") <= 1_000_000
    assert told == {
        "count": 1,
        "listed": ["sea"],
        "roles": ["Mayor"],
        "done": ["an action of SGE"],
        "connected": True,
        "ours": [True, True],
    }
