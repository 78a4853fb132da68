"""The same tests with the other binding: a process can load only one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BINDINGS = ("pyside6", "pyqt6")
NAMES = HERE.parent / "sge" / "names"
ONCE = {"test_bindings", "test_commons", "test_dialogs_in_processes"}
"""Tests of whole processes, which are about more than the binding: once is enough."""
FILES = [
    *sorted(path for path in HERE.glob("test_*.py") if path.stem not in ONCE),
    NAMES / "test_connection_dialog.py",
]
SHOWN = "import qtpy; print(qtpy.API)"


def run(binding: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a binding."""
    environment = {**os.environ, "QT_API": binding, "QT_QPA_PLATFORM": "offscreen"}
    # What belongs to this run of the tests is nothing to the other.
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def others() -> list[str]:
    """Return the bindings that this process does not use."""
    return [binding for binding in BINDINGS if binding != os.environ["QT_API"]]


@pytest.mark.parametrize("binding", BINDINGS)
def test_the_binding_is_the_one_asked_for(binding: str) -> None:
    """Otherwise the other test would say nothing."""
    assert run(binding, "-c", SHOWN).stdout.strip() == binding


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("binding", BINDINGS)
def test_with_the_other_binding(binding: str, file: Path) -> None:
    """All that holds here holds there."""
    if binding not in others():
        return
    done = run(binding, "-m", "pytest", str(file), "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
