"""Makes a checkout of SGE use the classes of this package in place of its own, and back.

::

    changes = patching(Path("SGE"))     # or restoring(Path("SGE"))
    for change in changes:
        print(change.action, change.name, change.classes)
    write(changes)                      # of `patch_files`: all of them, or none

A module that defines one of the known classes at its top level gets a block at its end, which
binds the name anew (`patch_block`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from headcount.errors import BadInputError
from headcount.sge.patching.block import (
    CLASSES,
    CLOSE,
    OPEN,
    defined,
    has_block,
    may_define,
    patched,
    rebound,
    restored,
)
from headcount.sge.patching.files import Change, PatchRefusedError, require_writable

MAIN, DISTRIBUTED = "mainClasses", "distributedGame"


def patching(path: Path) -> list[Change]:
    """Return what has to change so that SGE uses our classes; nothing is written.

    Args:
        path: the root of a checkout of SGE, or its folder `mainClasses`.

    Raises:
        BadInputError: that is no checkout of SGE, classes are missing, or a file that defines
            one is no Python or lies elsewhere.
        PatchRefusedError: a block was edited, or a file cannot be read or written.
    """
    tree = _Tree.at(path)
    changes = []
    for source, original in tree.originals():
        classes, after = _patched(source, original)
        if classes and not source.inside:
            raise BadInputError(
                f"{source.name} is a symbolic link that leads out of {tree.root}, where nothing "
                "is written: put the file itself there, or give the folder that holds both"
            )
        if source.inside:
            changes.append(Change(source.path, source.name, classes, source.content, after))
    _require_all({name for change in changes for name in change.classes}, tree.main)
    require_writable(changes)
    return [change for change in changes if change.classes or change.action != "none"]


def restoring(path: Path) -> list[Change]:
    """Return what has to change so that every file is what it was; nothing is written.

    Args:
        path: the root of a checkout of SGE, or its folder `mainClasses`.

    Returns:
        The files that have a block; none where nothing is patched.

    Raises:
        BadInputError: that is no checkout of SGE.
        PatchRefusedError: a block was edited, or a file cannot be read or written.
    """
    changes = [
        Change(source.path, source.name, rebound(source.content), source.content, original)
        for source, original in _Tree.at(path).originals()
        if source.inside and source.content != original
    ]
    require_writable(changes)
    return changes


class _Source(NamedTuple):
    """A file that defines a known class, or has a block."""

    path: Path
    name: str
    inside: bool
    content: bytes


class _Tree(NamedTuple):
    """A checkout of SGE, as far as it matters here."""

    root: Path
    main: Path

    @classmethod
    def at(cls, path: Path) -> _Tree:
        """Find it.

        Raises:
            BadInputError: there is none.
        """
        root = Path(os.path.realpath(path))
        for main in (root / MAIN, root):
            if main.name == MAIN and os.path.isdir(main / DISTRIBUTED):
                for folder in (main, main / DISTRIBUTED):
                    if not Path(os.path.realpath(folder)).is_relative_to(root):
                        raise BadInputError(
                            f"{folder} is a symbolic link that leads out of {root}, where "
                            "nothing is written: give the folder that it leads to"
                        )
                return cls(root, Path(os.path.realpath(main)))
        what = f"no {MAIN}/{DISTRIBUTED} in it" if os.path.isdir(root) else "no such folder"
        raise BadInputError(
            f"{path} is no checkout of SGE, there is {what}: "
            f"give the folder that holds {MAIN}, or {MAIN} itself"
        )

    def originals(self) -> list[tuple[_Source, bytes]]:
        """Return every file that matters, and what it is without a block.

        Raises:
            PatchRefusedError: a block was edited, or a file cannot be read.
        """
        found = [(source, restored(source.content)) for source in self._sources()]
        edited = [source.name for source, original in found if original is None and source.inside]
        if edited:
            raise PatchRefusedError(
                f"the lines of headcount were edited in {', '.join(edited)}, so nothing was "
                f"changed: take your edits back, or delete the lines there from `{OPEN} …` to "
                f"`{CLOSE}` yourself, and run this again"
            )
        return [(source, original) for source, original in found if original is not None]

    def _sources(self) -> Iterator[_Source]:
        seen = set()
        for folder, folders, files in os.walk(self.main, onerror=_cannot_read):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for file in sorted(files):
                path = Path(os.path.realpath(Path(folder, file)))
                if not file.endswith(".py") or file.startswith(".") or path in seen:
                    continue
                seen.add(path)
                content = _content(path)
                if may_define(content) or has_block(content):
                    inside = path.is_relative_to(self.root)
                    shown = path if inside else Path(folder, file)
                    yield _Source(path, shown.relative_to(self.root).as_posix(), inside, content)


def _content(path: Path) -> bytes:
    """Return what is in a file; nothing where it is none, as a link that leads nowhere."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError as error:
        _cannot_read(error)


def _cannot_read(error: OSError) -> NoReturn:
    raise PatchRefusedError(
        f"{error.filename} cannot be read ({error.strerror}), so nothing was changed: "
        "let this user read the whole checkout"
    ) from error


def _patched(source: _Source, original: bytes) -> tuple[tuple[str, ...], bytes]:
    """Return the known classes that a file defines, and the file with a block for them."""
    try:
        classes = defined(original)
        return classes, patched(original, classes)
    except BadInputError as error:
        raise BadInputError(
            f"{source.name} seems to define classes of SGE, but is {error}; nothing was changed: "
            "put it right, or fetch it anew"
        ) from error


def _require_all(found: set[str], main: Path) -> None:
    missing = [name for name in CLASSES if name not in found]
    if missing:
        raise BadInputError(
            f"no file below {main} defines {', '.join(missing)}, so nothing was changed: every "
            ".py file there was searched for `class NAME` at its top level; take a checkout of "
            "SGE that has distributed sessions"
        )
