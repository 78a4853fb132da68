"""Files changed together: all of them, or none."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from headcount.errors import HeadcountError
from headcount.sge.patching.block import has_block

Action = Literal["patch", "renew", "restore", "none"]


class PatchRefusedError(HeadcountError):
    """The files were left as they are, or taken back; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file."""

    path: Path
    """Where it is, without symbolic links."""
    name: str
    """The same as people read it: from the given folder on, with slashes."""
    classes: tuple[str, ...]
    """The known classes that it defines."""
    before: bytes
    after: bytes

    @property
    def action(self) -> Action:
        """Whether a block is added, written anew, taken away, or nothing changes."""
        if self.before == self.after:
            return "none"
        if not has_block(self.before):
            return "patch"
        return "renew" if has_block(self.after) else "restore"


class _Prepared(NamedTuple):
    """A change, with its content and the one before ready in files beside it."""

    change: Change
    new: Path
    old: Path


def write(changes: Sequence[Change]) -> None:
    """Write all changes, or none: each file at one stroke, taken back when a later one fails.

    Raises:
        PatchRefusedError: a file cannot be written, or was changed since it was read.
    """
    wanted = [change for change in changes if change.action != "none"]
    with contextlib.ExitStack() as drafts:
        try:
            prepared = [
                _Prepared(
                    change,
                    _draft(drafts, change.path, change.after),
                    _draft(drafts, change.path, change.before),
                )
                for change in wanted
            ]
        except OSError as error:
            raise _failed(error, []) from error
        _swap(prepared)


def _swap(prepared: Sequence[_Prepared]) -> None:
    begun: list[_Prepared] = []
    try:
        for each in prepared:
            if each.change.path.read_bytes() != each.change.before:
                other = f"{each.change.name} was changed by somebody else meanwhile"
                raise OSError(errno.EBUSY, other)
            begun.append(each)
            os.replace(each.new, each.change.path)
    except BaseException as error:
        stuck = _take_back(begun)
        if isinstance(error, OSError) or stuck:
            raise _failed(error, stuck) from error
        raise


def _take_back(begun: Sequence[_Prepared]) -> list[str]:
    """Put the files back as they were; return those with which that failed."""
    stuck = []
    for each in reversed(begun):
        try:
            if each.change.path.read_bytes() != each.change.before:
                os.replace(each.old, each.change.path)
        except OSError:
            stuck.append(each.change.name)
    return stuck


def _draft(drafts: contextlib.ExitStack, path: Path, content: bytes) -> Path:
    """Write a file beside another, with its owner and permissions; gone when `drafts` closes."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    draft = Path(name)
    drafts.callback(draft.unlink, missing_ok=True)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if hasattr(os, "chown"):
        owner = path.stat()
        with contextlib.suppress(PermissionError):  # only root may give files away
            os.chown(draft, owner.st_uid, owner.st_gid)
    shutil.copymode(path, draft)
    return draft


def _failed(error: BaseException, stuck: Sequence[str]) -> PatchRefusedError:
    reason = (error.strerror if isinstance(error, OSError) else str(error)) or repr(error)
    left = f"but {', '.join(stuck)} could not be taken back" if stuck else "nothing was changed"
    return PatchRefusedError(
        f"the files could not be written ({reason}), {left}: put that right and run this again"
    )


def require_writable(changes: Sequence[Change]) -> None:
    """Refuse what the system, or whoever made a file read-only, does not want written.

    Raises:
        PatchRefusedError: a file that is to change, or its folder, is such.
    """
    locked = [
        change.name
        for change in changes
        if change.action != "none"
        and not (
            change.path.stat().st_mode & 0o222  # root may write anything, but should not
            and os.access(change.path, os.W_OK)
            and os.access(change.path.parent, os.W_OK)
        )
    ]
    if locked:
        raise PatchRefusedError(
            f"{', '.join(locked)} cannot be written, so nothing was changed: "
            "make them and their folders writable for this user"
        )
