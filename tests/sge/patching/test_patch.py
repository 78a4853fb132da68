"""A checkout of SGE is made to use our classes, and is given back byte for byte."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from headcount.errors import BadInputError
from headcount.sge.patching.block import CLASSES, CLOSE, OPEN
from headcount.sge.patching.files import Change, PatchRefusedError, write
from headcount.sge.patching.patch import patching, restoring
from tests.sge.sge_tree import BOM, DEFINING, DISTRIBUTED, TREE, contents, make_tree

SESSION = f"{DISTRIBUTED}/SGDistributedSession.py"
posix = pytest.mark.skipif(os.name == "nt", reason="needs files as POSIX has them")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a checkout."""
    return make_tree(tmp_path / "SGE")


def actions(changes: list[Change]) -> dict[str, str]:
    """Return what is done with each file."""
    return {change.name: change.action for change in changes}


def apply(root: Path) -> None:
    """Patch a checkout."""
    write(patching(root))


def refused(root: Path, kind: type[Exception], says: str) -> None:
    """Make sure that a checkout is refused, and that nothing in it has changed."""
    before = contents(root)
    with pytest.raises(kind, match=says):
        apply(root)
    assert contents(root) == before


class Ours:
    """Stands for what `headcount.sge` gives."""

    def __init__(self, model: object) -> None:
        self.client = "of Headcount"

    def publish(self) -> str:
        """Return whose it is."""
        return "by Headcount"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Put a stub in the place of `headcount.sge`."""
    module = ModuleType("headcount.sge")
    for name in CLASSES:
        setattr(module, name, type(name, (Ours,), {}))
    monkeypatch.setitem(sys.modules, "headcount.sge", module)
    return module


def run(content: bytes) -> dict[str, Any]:
    """Return the names that a module has in the end."""
    names: dict[str, Any] = {"__name__": "module"}
    exec(compile(content, "module.py", "exec"), names)
    return names


# --- the whole ---------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [".", "mainClasses"])
def test_a_checkout_is_patched_and_restored(tree: Path, given: str) -> None:
    """Only files that define known classes change; undone, every byte is what it was."""
    apply(tree / given)
    changed = contents(tree)
    assert {name for name, content in changed.items() if content != TREE[name]} == set(DEFINING)
    write(restoring(tree / given))
    assert contents(tree) == TREE


@pytest.mark.filterwarnings("ignore:invalid escape")
def test_patched_modules_give_our_classes(tree: Path, stub: ModuleType) -> None:
    """Each name leads to ours, whatever the file's encoding and line ends."""
    apply(tree)
    for file, classes in DEFINING.items():
        names = run((tree / file).read_bytes())
        for name in classes:
            assert issubclass(names[name], getattr(stub, name))


def test_what_only_their_mqtt_manager_can_is_kept(tree: Path, stub: ModuleType) -> None:
    """Ours comes first and theirs behind it, and each has what its constructor gives it."""
    apply(tree)
    manager = run((tree / "mainClasses/SGMQTTManager.py").read_bytes())["SGMQTTManager"]("sea")
    assert manager.publish() == "by Headcount"
    assert manager.execute("move") == ["move"]
    assert (manager.client, manager.model) == ("of Headcount", "sea")


def test_changes_tell_what_they_do(tree: Path) -> None:
    """The files by name, each with its classes; planning writes nothing."""
    changes = patching(tree)
    assert {change.name: set(change.classes) for change in changes} == {
        name: set(classes) for name, classes in DEFINING.items()
    }
    assert set(actions(changes).values()) == {"patch"}
    assert contents(tree) == TREE
    write(changes)
    assert set(actions(restoring(tree)).values()) == {"restore"}
    assert {name for change in restoring(tree) for name in change.classes} == set(CLASSES)


def test_patching_twice_changes_nothing(tree: Path) -> None:
    """And neither does restoring what is not patched."""
    assert restoring(tree) == []
    apply(tree)
    once = contents(tree)
    changes = patching(tree)
    assert actions(changes) == dict.fromkeys(DEFINING, "none")
    write(changes)
    assert contents(tree) == once


def test_a_file_that_was_fetched_anew_is_patched_again(tree: Path) -> None:
    """The others stay as they are."""
    apply(tree)
    (tree / SESSION).write_bytes(b"# newer\n" + TREE[SESSION])
    changed = {change.name for change in patching(tree) if change.action != "none"}
    assert changed == {SESSION}
    apply(tree)
    write(restoring(tree))
    assert contents(tree) == {**TREE, SESSION: b"# newer\n" + TREE[SESSION]}


def test_a_block_of_another_version_is_written_anew(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known by its digest, whatever it says."""
    with monkeypatch.context() as older:
        older.setattr("headcount.sge.patching.block._binding", lambda name: f"{name} = None\n")
        apply(tree)
    assert actions(patching(tree)) == dict.fromkeys(DEFINING, "renew")
    apply(tree)
    assert actions(patching(tree)) == dict.fromkeys(DEFINING, "none")
    write(restoring(tree))
    assert contents(tree) == TREE


def test_a_block_without_its_class_is_taken_away(tree: Path) -> None:
    """A class that moved to another file leaves nothing behind."""
    apply(tree)
    path = tree / SESSION
    path.write_bytes(path.read_bytes().replace(b"class SGDistributedSession:", b"class Old:"))
    (tree / "mainClasses/new.py").write_bytes(TREE[SESSION])
    moved = {name: what for name, what in actions(patching(tree)).items() if what != "none"}
    assert moved == {SESSION: "restore", "mainClasses/new.py": "patch"}


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [None, "x", "mainClasses", "distributedGame", "SGE/distributedGame"]
)
def test_other_folders_are_no_checkout(tmp_path: Path, make: str | None) -> None:
    """The message says what was looked for, and what to give."""
    place = tmp_path / "place"
    if make is not None:
        (place / make).mkdir(parents=True)
    for plan in (patching, restoring):
        for folder in (place, place / "SGE"):
            with pytest.raises(BadInputError, match="give the folder that holds mainClasses"):
                plan(folder)


@pytest.mark.parametrize("file", DEFINING)
def test_a_checkout_without_one_of_the_classes_is_refused(tree: Path, file: str) -> None:
    """The message names the classes that are missing."""
    (tree / file).unlink()
    refused(tree, BadInputError, ".*".join(sorted(DEFINING[file], key=CLASSES.index)))


@pytest.mark.parametrize(
    "content",
    [
        b"class SGDistributedSession\n    pass\n",
        b"class SGDistributedSession:\n    name = '\xe9'\n",
        b"# coding: no-such\nclass SGDistributedSession: pass\n",
        b"class SGDistributedSession: pass\n\0",
        BOM + b"# coding: latin-1\nclass SGDistributedSession: pass\n",
        b"class SGDistributedSession: x = " + b"(" * 5000 + b")" * 5000,
    ],
    ids=["syntax", "bytes", "coding", "nul", "bom", "deep"],
)
def test_a_file_that_is_no_python_is_refused(tree: Path, content: bytes) -> None:
    """It is named, and so is what is wrong with it."""
    (tree / SESSION).write_bytes(content)
    refused(tree, BadInputError, "SGDistributedSession.py seems .* no Python")


def test_a_read_only_file_is_refused(tree: Path) -> None:
    """Also where the user could write it all the same, as root can."""
    (tree / SESSION).chmod(stat.S_IREAD)
    refused(tree, PatchRefusedError, f"{SESSION} cannot be written")
    (tree / SESSION).chmod(stat.S_IREAD | stat.S_IWRITE)
    apply(tree)
    (tree / SESSION).chmod(stat.S_IREAD)
    with pytest.raises(PatchRefusedError, match="cannot be written"):
        restoring(tree)
    assert actions(patching(tree)) == dict.fromkeys(DEFINING, "none")


@posix
def test_permissions_are_kept(tree: Path) -> None:
    """A file stays executable, or private."""
    for mode in (0o755, 0o600):
        (tree / SESSION).chmod(mode)
        apply(tree)
        assert stat.S_IMODE((tree / SESSION).stat().st_mode) == mode
        write(restoring(tree))
        assert stat.S_IMODE((tree / SESSION).stat().st_mode) == mode


# --- symbolic links ----------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("linked", [SESSION, DISTRIBUTED, "mainClasses"])
def test_nothing_is_written_outside(tree: Path, linked: str, tmp_path: Path) -> None:
    """A link that leads out of the checkout is refused; what it leads to stays as it is."""
    outside = tmp_path / "outside" / Path(linked).name
    outside.parent.mkdir()
    (tree / linked).rename(outside)
    (tree / linked).symlink_to(outside)
    before = contents(outside.parent)
    refused(tree, BadInputError, "symbolic link that leads out")
    assert contents(outside.parent) == before


@posix
def test_a_link_inside_leads_to_the_file_itself(tree: Path, tmp_path: Path) -> None:
    """The file is changed once, the link stays one; a link to the checkout may be given."""
    real = tree / "kept.py"
    (tree / SESSION).rename(real)
    (tree / SESSION).symlink_to(real)
    (tree / "mainClasses/again.py").symlink_to(real)
    (tree / "mainClasses/nowhere.py").symlink_to(tree / "nowhere")
    (tmp_path / "link").symlink_to(tree)
    changes = patching(tmp_path / "link")
    assert sorted(actions(changes)) == sorted({*DEFINING, "kept.py"} - {SESSION})
    write(changes)
    assert (tree / SESSION).is_symlink()
    assert OPEN.encode() in real.read_bytes()


# --- blocks that were edited -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"# noqa", b"# mine"),
        (CLOSE.encode(), b"# the end"),
        (OPEN.encode(), b"# the beginning"),
        (CLOSE.encode(), b"own = 1\n" + CLOSE.encode()),
        (CLOSE.encode(), CLOSE.encode() + b"\n" + CLOSE.encode()),
    ],
)
def test_an_edited_block_is_left_alone(tree: Path, old: bytes, new: bytes) -> None:
    """Nothing is changed anywhere; the message names the file and the lines."""
    apply(tree)
    path = tree / SESSION
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    refused(tree, PatchRefusedError, f"edited in {SESSION}, .*{OPEN} ….*{CLOSE}")
    with pytest.raises(PatchRefusedError, match=f"edited in {SESSION}"):
        restoring(tree)


# --- all or none -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", range(len(DEFINING)))
def test_what_was_written_is_taken_back(
    tree: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException
) -> None:
    """Whichever file fails, all are what they were, and no other file is left."""
    calls: list[str] = []

    def replace(new: Path, old: Path) -> None:
        calls.append(old.name)
        if len(calls) == at + 1:
            raise error
        os.rename(new, old)

    monkeypatch.setattr(os, "replace", replace)
    expected = PatchRefusedError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as raised:
        apply(tree)
    assert contents(tree) == TREE
    assert len(calls) == 2 * at + 1
    if expected is PatchRefusedError:
        assert "nothing was changed" in str(raised.value)


def test_a_file_that_cannot_be_taken_back_is_named(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the command can be run again."""
    changes = patching(tree)

    def replace(new: Path, old: Path) -> None:
        if old.name != Path(changes[0].name).name or OPEN.encode() in old.read_bytes():
            raise OSError(5, "Input/output error")
        os.rename(new, old)

    with monkeypatch.context() as failing:
        failing.setattr(os, "replace", replace)
        with pytest.raises(PatchRefusedError, match=f"but {changes[0].name} could not be taken"):
            write(changes)
    assert sorted(contents(tree)) == sorted(TREE)
    write(restoring(tree))
    assert contents(tree) == TREE


def test_a_full_disk_is_noticed_before_anything_is_changed(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files are prepared first."""

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(tree, PatchRefusedError, "No space left on device.*nothing was changed")


def test_a_file_that_changes_meanwhile_is_not_overwritten(tree: Path) -> None:
    """Somebody's editor may be open."""
    changes = patching(tree)
    last = tree / changes[-1].name
    last.write_bytes(b"# mine\n" + last.read_bytes())
    before = contents(tree)
    with pytest.raises(PatchRefusedError, match="changed by somebody else"):
        write(changes)
    assert contents(tree) == before
