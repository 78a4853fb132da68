"""The lines that are added to a file of SGE, as bytes in and bytes out.

A line end stands before the block, whatever the file ended with: so removing both gives back
every byte. The first line of a block holds a digest of those that follow; by it a block that
was edited is known, and left alone.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from hashlib import sha256

from headcount.errors import BadInputError

CLASSES = (
    "SGDistributedSession",
    "SGDistributedSessionManager",
    "SGDistributedGameConfig",
    "SGDistributedConnectionDialog",
    "SGDistributedGameDialog",
    "SGSeedSyncManager",
    "SGSessionDiscoveryManager",
    "SGConnectionStateManager",
    "SGMQTTManager",
)
"""What is replaced (protocol "SGE", section 4): all of them, since halves would not meet."""
EXTENDED = "SGMQTTManager"
"""Of this one SGE's own has more, the execution of game actions, which is kept."""

_EXTENSION = f'''\
from headcount.sge import {EXTENDED} as _Headcount  # noqa: E402

_Own = {EXTENDED}


class {EXTENDED}(_Headcount, _Own):  # noqa: F811
    """Headcount's, with what only SGE's own can: executing game actions."""

    def __init__(self, model):
        _Own.__init__(self, model)
        _Headcount.__init__(self, model)


'''
"""As a formatter would leave it, so that none takes it for edited by running over it."""

OPEN, CLOSE = "# >>> headcount sge-patch", "# <<< headcount sge-patch"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_TRACE = re.compile(rf"{OPEN}|{CLOSE}".encode())
_BLOCK = re.compile(
    rb"(?P<end>\r\n|\n|\r)%b (?P<digest>[0-9a-f]{8})[^\r\n]*(?P=end)"
    rb"(?P<body>(?:[^\r\n]*(?P=end))*?)%b(?:(?P=end)|\Z)" % (OPEN.encode(), CLOSE.encode())
)
_DEFINITION = re.compile(rb"\bclass[\s\\]+(?:%b)\b" % "|".join(CLASSES).encode())


def block(classes: Sequence[str]) -> str:
    """Return the lines that bind these classes anew, each ended with a line feed."""
    body = "".join(_binding(name) for name in classes)
    back = "(take it back with: headcount sge-patch PATH --undo)"
    return f"{OPEN} {_digest(body.encode())} {back}\n{body}{CLOSE}\n"


def patched(original: bytes, classes: Sequence[str]) -> bytes:
    """Return a file with a block at its end, in the line ends it has.

    Args:
        original: the content of a file without a block.
        classes: which names to bind anew; without any, nothing is added.

    Raises:
        BadInputError: Python would not read the block as it is meant.
    """
    if not classes:
        return original
    ends = _LINE_END.findall(original)
    end: bytes = ends[-1] if ends else b"\n"
    after = original + end + block(classes).encode("ascii").replace(b"\n", end)
    if not _ends_with_block(after, original, classes):
        raise BadInputError("a file to whose end no line can be added: save it as UTF-8")
    return after


def restored(content: bytes) -> bytes | None:
    """Return a file as it was before a block was added, or None if the block was edited."""
    traces = len(_TRACE.findall(content))
    if not traces:
        return content
    found = _BLOCK.search(content)
    if found is None or traces != 2:
        return None
    if found["digest"].decode() != _digest(found["body"].replace(found["end"], b"\n")):
        return None
    above, below = content[: found.start()], content[found.end() :]
    # What somebody wrote below must not end up on the last line above.
    apart = found["end"] if below and not above.endswith((b"\r", b"\n")) else b""
    return above + apart + below


def defined(content: bytes) -> tuple[str, ...]:
    """Return which of the known classes a module defines at its top level.

    Raises:
        BadInputError: it is no Python, or its encoding is not what it says.
    """
    if not may_define(content):
        return ()
    names = {node.name for node in _parsed(content).body if isinstance(node, ast.ClassDef)}
    return tuple(name for name in CLASSES if name in names)


def has_block(content: bytes) -> bool:
    """Tell whether there is anything of a block in a file, edited or not."""
    return bool(_TRACE.search(content))


def may_define(content: bytes) -> bool:
    """Tell whether it looks as if a file defined one of the known classes, Python or not."""
    return bool(_DEFINITION.search(content))


def rebound(content: bytes) -> tuple[str, ...]:
    """Return the classes that the block of a file binds."""
    found = _BLOCK.search(content)
    words = set(re.findall(rb"import (\w+)", found["body"])) if found else set()
    return tuple(name for name in CLASSES if name.encode() in words)


def _ends_with_block(after: bytes, original: bytes, classes: Sequence[str]) -> bool:
    """Tell whether Python reads what was there, and then the block."""
    ours = [ast.dump(node) for node in ast.parse(block(classes)).body]
    count = len(_parsed(original).body)
    try:
        added = _parsed(after).body[count:]
    except BadInputError:  # an encoding that does not start anew at each line
        return False
    return [ast.dump(node) for node in added] == ours


def _binding(name: str) -> str:
    if name != EXTENDED:
        return f"from headcount.sge import {name}  # noqa: E402, F401, F811\n"
    return _EXTENSION


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:8]


def _parsed(content: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of how SGE writes its strings, for instance
        try:
            return ast.parse(content)
        except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError) as error:
            raise BadInputError(f"a file that is no Python ({error})") from error
