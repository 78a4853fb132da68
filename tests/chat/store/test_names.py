"""Names: what may be one, and which two are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.chat.store import BadNameError
from headcount.chat.store.names import LONGEST_TYPED, check, is_reserved, name_of, typed

SAME = [
    ("bob", "BoB"),
    ("bob", "ｂｏｂ"),
    ("bob", "  bob "),
    ("a b c", "a  b\tc"),
    ("zoé", "ZOE\u0301"),
    ("strasse", "STRAẞE"),
    ("ﬁona", "Fiona"),
    ("Paul", "PauI"),
    ("Paul", "Pau1"),
    ("bob", "b0b"),
    ("coco", "сосо"),
    ("Anna", "Аппа".replace("п", "n")),
    ("TOTO", "ΤΟΤΟ"),
    ("O'Neil", "O’Neil"),
]
DIFFERENT = [("Lia", "Ila"), ("Zoé", "Zoe"), ("Ali", "All"), ("bob_1", "bob_2"), ("Ana", "Anna")]
GOOD = [
    *("bob", "Zoé", "Jean-Luc", "O'Neil", "Anne Marie", "x_1", "J.R.", "123", "Σοφία", "Иван"),
    *("สมชาย", "दीपिका", "田中さん", "김철수", "محمد", "a" * 20),
]
BAD = {
    "length": ["", "ab", "  ab  ", "a" * 21, "ﷺ" * 2],
    "characters": [
        *("a\0b", "a\nbc\x07", "bob\u200b", "b\u202eob", "bob!", "<b>x</b>", "a/b/c", "😀😀😀"),
        *("---", "a\ud800b", "Z\u0321\u0322\u0323\u0324a\u0321", "bob\ufe0f", "\u0e34กก")[:6],
        "a@b.c",
    ],
    "alphabets": ["bоb", "аnna", "Σofia", "bobไทย"],
    "reserved": ["anon_x", "ANON_12", "an0n_x", "guest_1", "admin", "Adm1n", "AdmIn", "system"],
}


def test_what_is_far_too_long_is_not_even_compared() -> None:
    """Marks in an order of their own take a second to be put in the usual one."""
    assert typed("a" * LONGEST_TYPED) == name_of("a" * LONGEST_TYPED)
    with pytest.raises(BadNameError) as raised:
        typed("a" * (LONGEST_TYPED + 1))
    assert raised.value.reason == "length"


@pytest.mark.parametrize(("one", "two"), SAME)
def test_one_name_in_several_forms(one: str, two: str) -> None:
    """They share a form, so that only one of them can be registered."""
    first, second = name_of(one), name_of(two)
    assert first.folded == second.folded or first.skeleton == second.skeleton


@pytest.mark.parametrize(("one", "two"), DIFFERENT)
def test_two_names_that_are_told_apart(one: str, two: str) -> None:
    """They share no form, so that both can be registered."""
    first, second = name_of(one), name_of(two)
    assert first.folded != second.folded
    assert first.skeleton != second.skeleton


@pytest.mark.parametrize("text", GOOD)
def test_names_of_many_languages_are_good(text: str) -> None:
    """Letters of one alphabet, digits, spaces and a few signs."""
    check(name_of(text))


@pytest.mark.parametrize(
    ("reason", "text"), [(reason, text) for reason, texts in BAD.items() for text in texts]
)
def test_bad_names_are_refused_for_a_reason(reason: str, text: str) -> None:
    """The reason is one of four, so that each language has its words for it."""
    with pytest.raises(BadNameError) as refused:
        check(name_of(text))
    assert refused.value.reason == reason


def test_an_operator_may_give_names_of_authority_but_no_guests_name() -> None:
    """`anon_` is nobody's."""
    check(name_of("admin"), operator=True)
    assert is_reserved(name_of("admin"))
    with pytest.raises(BadNameError):
        check(name_of("anon_1"), operator=True)


@given(st.text(max_size=30))
def test_any_text_has_its_forms(text: str) -> None:
    """Nothing that is typed breaks it, and a name shown is its own name."""
    name = name_of(text)
    assert name_of(name.shown) == name
    assert name_of(name.shown.casefold()).folded == name.folded
