"""How the sources are built: floors without circles, a core without I/O, a test for each file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "headcount"
CORE = SOURCE / "core"
MACHINES = (CORE, SOURCE / "chat" / "hub", SOURCE / "chat" / "wire")
"""What decides and does nothing else: its shells are elsewhere."""
FLOORS = (
    {"headcount"},
    {"cli"},
    {"sge", "qt", "chat", "web"},
    {"blocking", "background"},
    {"API"},
    {"runner", "clock"},
    {"testing"},
    {"links", "broker"},
    {"chat.hub"},
    {"chat.wire"},
    {"core"},
    {"errors", "_version"},
)
"""From the top down (design, section 6); what is not named here is part of the API's floor."""
PURE = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "hashlib",
    "heapq",
    "headcount",
    "hmac",
    "math",
    "msgspec",
    "random",
    "re",
    "typing",
    "unicodedata",
}
"""All that machines may import: nothing that waits, reads a clock, draws a number or logs."""
ALLOWED_OF = {"random": {"Random"}, "datetime": {"fromtimestamp"}}
"""What machines may use of these two: a type for what is injected, and a way to write times."""
LONGEST = 400
LEFT_OVER = "TO" + "DO"
ACROSS = {"test_bad_input"}
"""Tests of the core that are about all of its modules at once."""


def module_of(path: Path) -> str:
    """Return the dotted name of a source file."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imported(path: Path) -> Iterator[str]:
    """Return everything a file imports, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    """Return the modules of this package that a file imports."""
    found = set()
    for name in imported(path):
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {"", module_of(path)}


IMPORTS = {name: ours(path) for name, path in MODULES.items()}


def floor(module: str) -> int:
    """Return the floor of a module, 0 the top one."""
    parts = module.split(".")
    room = parts[1] if len(parts) > 1 else parts[0]
    for named in (".".join(parts[1:3]), room):  # a part of a room may have a floor of its own
        found = [number for number, rooms in enumerate(FLOORS) if named in rooms]
        if found:
            return found[0]
    return FLOORS.index({"API"})


@pytest.mark.parametrize("module", MODULES)
def test_imports_lead_downwards(module: str) -> None:
    """A file imports only from its own floor and the floors below it."""
    assert {other for other in IMPORTS[module] if floor(other) < floor(module)} == set()


def test_imports_contain_no_circle() -> None:
    """Every module can be read before those that import it."""
    left = {name: set(others) for name, others in IMPORTS.items() if name != "headcount"}
    while ready := [name for name, others in left.items() if not others & left.keys()]:
        for name in ready:
            del left[name]
    assert left == {}


@pytest.mark.parametrize(
    "path",
    [path for machine in MACHINES for path in sorted(machine.glob("*.py"))],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_machines_are_pure(path: Path) -> None:
    """No I/O, clock, chance, thread or log in the core and its like: section 2 of the design."""
    assert {name.partition(".")[0] for name in imported(path)} <= PURE
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            allowed = ALLOWED_OF.get(node.value.id)
            assert allowed is None or node.attr in allowed, f"line {node.lineno}: {node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}, f"line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr != "Random", f"line {node.lineno}: a generator of its own"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_machines_have_a_test_file_for_each_source_file(machine: Path) -> None:
    """Tests mirror sources one to one, so that one knows where to look."""
    sources = {path.stem for path in machine.glob("*.py")} - {"__init__"}
    mirror = ROOT / "tests" / machine.relative_to(SOURCE)
    tests = {path.stem for path in mirror.glob("test_*.py")} - ACROSS
    assert {f"test_{name}" for name in sources} == tests


@pytest.mark.parametrize("module", MODULES)
def test_no_file_is_too_long_and_nothing_is_left_to_do(module: str) -> None:
    """When a file wants to be longer, two ideas live in it."""
    text = MODULES[module].read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert LEFT_OVER not in text
