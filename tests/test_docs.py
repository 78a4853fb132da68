"""The documentation is true: generated parts are fresh, links lead somewhere, examples run."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import msgspec
import pytest

import headcount
from headcount.cli.app import COMMANDS
from headcount.core.state import Member, SessionState, Timers
from headcount.core.topics import Kind
from tests.engines import Engine

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
PATIENCE = 30.0

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CALL = re.compile(r"(?<!from )\bheadcount ([a-z][a-z-]*)\b([^\n`|&;]*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_GENERATED = re.compile(r"<!-- generated: ([a-z-]+) -->")
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
_MAKE = re.compile(r"`make ([a-z]+)`")


def load_generator() -> ModuleType:
    """Return `docs/generate.py` as a module."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


def page_id(page: Path) -> str:
    """Return how a page is called in the names of tests."""
    return page.relative_to(ROOT).as_posix()


class Block(NamedTuple):
    """One block of code that is marked runnable, and the output that stands below it."""

    page: Path
    line: int
    source: str
    output: str | None


def runnable() -> Iterator[Block]:
    """Give every block that tests can run."""
    for page in PAGES:
        text = page.read_text("utf-8")
        found = list(_BLOCK.finditer(text))
        for number, block in enumerate(found):
            if block[1].split() != ["python", "runnable"]:
                continue
            follower = found[number + 1] if number + 1 < len(found) else None
            near = follower is not None and not text[block.end() : follower.start()].strip()
            output = follower[2] if follower is not None and near else None
            yield Block(page, text.count("\n", 0, block.start()) + 1, block[2], output)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    text = _BLOCK.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_generated_parts_are_fresh(page: Path) -> None:
    """What the code has changed, `python docs/generate.py` writes anew."""
    text = page.read_text("utf-8")
    assert GENERATOR.renewed(text) == text, "run python docs/generate.py"


def test_every_generated_part_stands_somewhere() -> None:
    """No part is made for nothing."""
    used = {name for page in PAGES for name in _GENERATED.findall(page.read_text("utf-8"))}
    assert used == set(GENERATOR.PARTS)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_relative_links_lead_somewhere(page: Path) -> None:
    """To a file of this repository, and to a heading where one is named."""
    for link in _LINK.findall(page.read_text("utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_is_reached_from_the_readme() -> None:
    """Nobody has to guess that a page exists."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in _LINK.findall(page.read_text("utf-8")):
            path = (page.parent / link.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.exists() and path not in reached:
                waiting.append(path)
    assert set(PAGES) - reached == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_documented_commands_and_options_exist(page: Path) -> None:
    """Every `headcount …` in a page can be typed."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    code = [block[2] for block in _BLOCK.finditer(text)]
    code += re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))
    for name, rest in (call for each in code for call in _CALL.findall(each)):
        assert name in COMMANDS, f"headcount {name}"
        known = {option.name for option in GENERATOR.options(name)} | {"--help"}
        assert set(_OPTION.findall(rest)) <= known, f"headcount {name}{rest}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_documented_make_targets_exist(page: Path) -> None:
    """Every `make …` in a page is in the Makefile."""
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
    assert set(_MAKE.findall(page.read_text("utf-8"))) <= targets


@pytest.mark.parametrize("block", list(runnable()), ids=lambda b: f"{page_id(b.page)}:{b.line}")
def test_blocks_marked_runnable_run(block: Block, nats: Engine, tmp_path: Path) -> None:
    """Each is a whole program; it prints what the page says below it."""
    program = tmp_path / "block.py"
    program.write_text(block.source, "utf-8")
    environment = {**os.environ, "HEADCOUNT_BROKER": nats.url, "HEADCOUNT_STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(program)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if block.output is not None:
        assert done.stdout == block.output


def test_the_reference_names_the_whole_api() -> None:
    """Everything that can be imported, and every argument of what makes sessions."""
    text = (DOCS / "reference" / "api.md").read_text("utf-8")
    assert [name for name in headcount.__all__ if not re.search(rf"\b{name}\b", text)] == []
    for function in (headcount.connect, headcount.Broker.create, headcount.Broker.join):
        names = set(function.__annotations__) - {"return"}
        assert [name for name in names if f"`{name}`" not in text] == []


def test_the_reference_names_every_topic_and_field() -> None:
    """A new one needs a word in the protocol reference."""
    text = (DOCS / "reference" / "protocol.md").read_text("utf-8")
    fields = {
        field.encode_name
        for kind in (SessionState, Member, Timers)
        for field in msgspec.structs.fields(kind)
    }
    assert [name for name in fields - {"unknown"} if f"`{name}`" not in text] == []
    assert [kind for kind in Kind if f"`{kind}" not in text] == []


def test_every_dependency_has_its_line() -> None:
    """And nothing that is none any more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lists = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    lists += project["project"]["optional-dependencies"].values()
    lists.append(project["build-system"]["requires"])
    wanted = {re.split(r"[<>=;\s]", each)[0] for group in lists for each in group}
    text = (DOCS / "dependencies.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)) == wanted


def test_the_picture_is_there() -> None:
    """And holds nothing that would have to be fetched from elsewhere."""
    picture = (DOCS / "images" / "three-terminals.svg").read_text("utf-8")
    assert "<svg" in picture
    assert set(re.findall(r"https?://[^\s\"']+", picture)) == {"http://www.w3.org/2000/svg"}
