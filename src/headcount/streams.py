"""Random numbers that every instance of a session draws alike."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from headcount.errors import HeadcountError

if TYPE_CHECKING:
    import numpy as np


def rng(seed: int, name: str = "") -> random.Random:
    """Return a generator that gives the same numbers for the same seed and name, anywhere.

    Args:
        seed: a session's.
        name: one stream for each name, so that parts of a model do not disturb each other.
    """
    return random.Random(_mixed(seed, name))


def numpy_rng(seed: int, name: str = "") -> np.random.Generator:
    """Return a NumPy generator, as `rng` does; its numbers are others.

    Raises:
        HeadcountError: NumPy is not installed.
    """
    try:
        import numpy as np
    except ImportError:
        raise HeadcountError("NumPy is missing: pip install 'headcount[numpy]'") from None
    return np.random.Generator(np.random.PCG64(_mixed(seed, name)))


def _mixed(seed: int, name: str) -> int:
    # A hash of our own: Python's differs from process to process, and its way of seeding a
    # generator with a text may change.
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest(), "big")
