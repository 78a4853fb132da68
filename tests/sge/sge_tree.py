"""A small tree of our own invention, shaped like a checkout of SGE; its files are awkward."""

from __future__ import annotations

from pathlib import Path

BOM = b"\xef\xbb\xbf"
DISTRIBUTED = "mainClasses/distributedGame"
DEFINING = {
    f"{DISTRIBUTED}/SGDistributedConnectionDialog.py": ("SGDistributedConnectionDialog",),
    f"{DISTRIBUTED}/SGDistributedGameConfig.py": ("SGDistributedGameConfig",),
    f"{DISTRIBUTED}/SGDistributedGameDialog.py": ("SGDistributedGameDialog",),
    f"{DISTRIBUTED}/SGDistributedSession.py": ("SGDistributedSession",),
    f"{DISTRIBUTED}/SGDistributedSessionManager.py": ("SGDistributedSessionManager",),
    f"{DISTRIBUTED}/parts.py": ("SGSessionDiscoveryManager", "SGConnectionStateManager"),
    f"{DISTRIBUTED}/seeds.py": ("SGSeedSyncManager",),
    "mainClasses/SGMQTTManager.py": ("SGMQTTManager",),
}
"""The files that define known classes, in the order in which they are found by name."""

MQTT = b'''"""The broker."""


class SGMQTTManager:
    """Publishes, and executes what others did."""

    def __init__(self, model):
        self.model = model
        self.done = []
        self.client = 'of SGE'

    def execute(self, action):
        self.done.append(action)
        return self.done

    def publish(self):
        return "by SGE"
'''
TREE = {
    f"{DISTRIBUTED}/__init__.py": b"",
    f"{DISTRIBUTED}/SGDistributedSession.py": b"class SGDistributedSession:\n    pass\n",
    f"{DISTRIBUTED}/SGDistributedSessionManager.py": (
        b"from os import *\r\n\r\n\r\nclass SGDistributedSessionManager:\r\n    pass\r\n"
    ),
    f"{DISTRIBUTED}/SGDistributedGameConfig.py": (
        b"class SGDistributedGameConfig:\n    def validate(self):\n        return True"
    ),
    f"{DISTRIBUTED}/SGDistributedConnectionDialog.py": (
        BOM + b"class SGDistributedConnectionDialog:\n    waiting = '\xe2\x8f\xb3'\n"
    ),
    f"{DISTRIBUTED}/SGDistributedGameDialog.py": (
        b"# -*- coding: latin-1 -*-\n"
        b"class SGDistributedGameDialog:\n    title = 'R\xf4les'\n    pattern = '\\d'\n\n\n\n"
    ),
    f"{DISTRIBUTED}/seeds.py": (
        BOM + b"class SGSeedSyncManager:\r\n    '''Mixed.'''\n    seed = '\xc3\xa9'\r\n    # last"
    ),
    f"{DISTRIBUTED}/parts.py": (
        b"class SGConnectionStateManager: pass\nclass Other: pass\n"
        b"class SGSessionDiscoveryManager(Other): pass\n"
    ),
    "mainClasses/SGMQTTManager.py": MQTT,
    "mainClasses/SGModel.py": (
        b"from mainClasses.SGMQTTManager import *\n\n\nclass SGModel:\n"
        b"    def start(self):\n        class SGDistributedSession: pass\n"
    ),
    "mainClasses/broken.py": b"print 'a leftover that nobody imports'\n",
    "README.md": b"class SGMQTTManager: pass\n",
    "examples/own.py": b"class SGMQTTManager: pass\n",
}


def make_tree(root: Path) -> Path:
    """Write the tree below `root`, and return that."""
    for name, content in TREE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
