"""Random numbers that are the same on every instance and every Python."""

from __future__ import annotations

import sys

import pytest

from headcount import streams
from headcount.errors import HeadcountError


def test_the_numbers_of_a_stream_never_change() -> None:
    """These values were written down once; another Python or release must give them too."""
    rng = streams.rng(42, "weather")
    assert [rng.random() for _ in range(3)] == [
        0.14187989747696694,
        0.7012076620135858,
        0.1758923998509493,
    ]


def test_each_name_is_a_stream_of_its_own() -> None:
    """What one part of a model draws does not move another's numbers."""
    assert streams.rng(42, "fish").random() != streams.rng(42, "weather").random()
    assert streams.rng(1, "2:x").random() != streams.rng(12, ":x").random()


def test_numpy_gives_everybody_the_same_numbers_too() -> None:
    """The generator is named, so that NumPy's default may change."""
    first, second = streams.numpy_rng(7, "fish"), streams.numpy_rng(7, "fish")
    assert first.integers(0, 1000, 5).tolist() == second.integers(0, 1000, 5).tolist()
    assert type(first.bit_generator).__name__ == "PCG64"


def test_without_numpy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy is optional."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(HeadcountError, match=r"headcount\[numpy\]"):
        streams.numpy_rng(7)
