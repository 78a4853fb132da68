"""What `import headcount` offers, and what it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import headcount

LAZY = """
import sys, headcount
heavy = {"asyncio", "msgspec", "gmqtt", "structlog", "prometheus_client", "filelock"}
sys.exit(", ".join(heavy & sys.modules.keys()) or 0)
"""


def typed_exports() -> set[str]:
    """Return the names that type checkers see."""
    tree = ast.parse(Path(headcount.__file__).read_text("utf-8"))
    block = next(n for n in tree.body if isinstance(n, ast.If))
    return {
        a.asname or a.name for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names
    }


def test_what_is_exported_is_what_type_checkers_see() -> None:
    """`__all__` and the imports for type checkers name the same things."""
    assert set(headcount.__all__) == typed_exports() | {"__version__"}
    assert len(headcount.__all__) == len(set(headcount.__all__))


def test_every_export_is_there() -> None:
    """Each name in `__all__` leads to something of that name."""
    for name in headcount.__all__:
        assert getattr(headcount, name) is not None
    assert set(headcount.__all__) <= set(dir(headcount))


def test_what_one_tests_a_game_with_is_in_one_place() -> None:
    """The broker in memory stands beside the other tools for tests."""
    from headcount.links.memory import MemoryBroker

    assert headcount.testing.__all__ == ["MemoryBroker"]
    assert headcount.testing.MemoryBroker is MemoryBroker


def test_a_name_that_is_not_exported_is_not_there() -> None:
    """A typing error is an AttributeError, as in any module."""
    assert not hasattr(headcount, "conect")
    assert not hasattr(headcount, "NoSuchError")


def test_every_error_is_exported() -> None:
    """Whoever catches errors finds them all in one place."""
    from headcount import errors

    public = {name for name in vars(errors) if name.endswith("Error")}
    assert public == {name for name in headcount.__all__ if name.endswith("Error")}


def test_importing_loads_nothing_that_is_slow() -> None:
    """Asyncio, msgspec and the like are loaded at first use."""
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
