"""`sge-patch`: what it says, and with which code it ends."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from headcount.sge.patching.block import block
from tests.cli.instance import events, headcount
from tests.sge.sge_tree import DEFINING, DISTRIBUTED, TREE, contents, make_tree

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "sge.md"
SESSION = f"{DISTRIBUTED}/SGDistributedSession.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a checkout."""
    return make_tree(tmp_path / "SGE")


def said(*arguments: str | Path) -> str:
    """Return what the command says when it ends well."""
    ended = headcount("sge-patch", *map(str, arguments))
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def refused(code: int, *arguments: str | Path) -> str:
    """Return what the command says when it refuses."""
    ended = headcount("sge-patch", *map(str, arguments))
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_there_and_back(tree: Path) -> None:
    """Every file is listed with its classes; `--undo` gives back every byte."""
    told = said(tree)
    assert f"Patched {len(DEFINING)} files of {tree}:" in told
    for name, classes in DEFINING.items():
        [line] = [line for line in told.splitlines() if line.strip().startswith(f"{name} ")]
        assert all(each in line for each in classes)
    assert f"headcount sge-patch {tree} --undo" in told
    told = said(tree / "mainClasses", "--undo")
    assert f"Restored {len(DEFINING)} files" in told
    assert contents(tree) == TREE


def test_twice_is_said_and_succeeds(tree: Path) -> None:
    """A second time, in both directions, changes nothing."""
    assert "Nothing to take back" in said(tree, "--undo")
    said(tree)
    once = contents(tree)
    assert "Already patched" in said(tree)
    assert contents(tree) == once


def test_a_dry_run_writes_nothing(tree: Path) -> None:
    """It says what would be done."""
    assert f"Would patch {len(DEFINING)} files" in said(tree, "--dry-run")
    assert contents(tree) == TREE
    said(tree)
    once = contents(tree)
    assert f"Would restore {len(DEFINING)} files" in said(tree, "--undo", "--dry-run")
    assert contents(tree) == once


def test_scripts_get_an_event_for_each_file(tree: Path) -> None:
    """What is done with it, and whether it was written."""
    for options, action, written in (
        (["--dry-run"], "patch", False),
        ([], "patch", True),
        ([], "none", False),
        (["--undo"], "restore", True),
    ):
        found = events(said(tree, "--json", *options))
        assert [list(event) for event in found] == [
            ["event", "at", "path", "classes", "action", "written"]
        ] * len(DEFINING)
        assert {event["path"]: set(event["classes"]) for event in found} == {
            name: set(classes) for name, classes in DEFINING.items()
        }
        assert {(e["event"], e["action"], e["written"]) for e in found} == {
            ("file", action, written)
        }
    assert said(tree, "--json", "--undo") == ""


def test_wrong_folders_and_trees_end_with_2(tree: Path, tmp_path: Path) -> None:
    """With what was looked for, and what to do."""
    assert "mainClasses/distributedGame" in refused(2, tmp_path)
    assert "no such folder" in refused(2, tmp_path / "nowhere")
    assert "no such folder" in refused(2, "x" * 5000)
    assert "no such folder" in refused(2, tree / "README.md")
    assert "mainClasses" in refused(2, "")
    assert refused(2)
    assert "loud" in refused(2, tree, "--log-level", "loud")
    (tree / SESSION).write_bytes(b"class SGDistributedSession\n")
    assert f"{SESSION} seems" in refused(2, tree)
    (tree / SESSION).unlink()
    assert "defines SGDistributedSession," in refused(2, tree)


def test_edited_blocks_and_files_that_cannot_be_written_end_with_1(tree: Path) -> None:
    """Nothing is changed, and the file is named."""
    (tree / SESSION).chmod(stat.S_IREAD)
    assert SESSION in refused(1, tree)
    assert contents(tree) == TREE
    (tree / SESSION).chmod(stat.S_IREAD | stat.S_IWRITE)
    said(tree)
    edited = (tree / SESSION).read_bytes().replace(b"# noqa", b"# mine")
    (tree / SESSION).write_bytes(edited)
    before = contents(tree)
    assert "edited" in refused(1, tree, "--undo")
    assert "edited" in refused(1, tree)
    assert contents(tree) == before


def test_a_signal_does_not_leave_half_a_patch(tree: Path) -> None:
    """One that comes between two files is not heard before the last is written."""
    script = f"""
import os, signal, sys
from headcount import cli

replace = os.replace
def disturbed(new, old):
    replace(new, old)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.raise_signal(number)
os.replace = disturbed
sys.argv = ["headcount", "sge-patch", {str(tree)!r}]
cli.main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Already patched" in said(tree)


def test_the_page_shows_the_lines_that_are_written() -> None:
    """Word for word."""
    shown = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    for name in ("SGDistributedSession", "SGMQTTManager"):
        assert any(block([name]).strip() in each for each in shown)
