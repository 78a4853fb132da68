"""Names of accounts: what may be one, and which two are the same to a reader's eye.

A name is taken when it is equal to another in one of two forms:

- *folded*: NFKC, then case-folded, so that `BoB`, `ｂｏｂ` and `bob` are one name. Logging in
  goes by this form.
- *skeleton*: each sign replaced by the one it can be mistaken for, then folded, after UTS #39:
  `PauI` with a capital i is `Paul`, Cyrillic `сосо` is `coco`, `b0b` is `bob`. This is done to the
  name as it is shown: a small i does not look like an l, so `Lia` and `Ila` are two names.

All letters of a name belong to one alphabet. Without that rule the table of what looks alike would
have to hold all of Unicode; with it only alphabets count that resemble the Latin one as a
whole: Cyrillic, Greek and Armenian.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from headcount.chat.store.errors import BadNameError

SHORTEST: Final = 3
LONGEST: Final = 20
LONGEST_TYPED: Final = 256
"""Characters of what is typed as a name; to compare more may take a second."""
_LENGTH: Final = f"a name has {SHORTEST} to {LONGEST} characters"
RESERVED_PREFIXES: Final = ("anon_", "guest_", "ws_user_")
"""What names of connections without an account begin with; nobody may have such a name."""
RESERVED: Final = frozenset({"admin", "administrator", "moderator", "root", "server", "system"})
"""Names with authority: only an operator may give them."""

_PUNCTUATION: Final = frozenset("_-.' ’")
_TOGETHER: Final = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"CJK", "HANGUL"}),
)
"""Alphabets that are written together."""
_MARKS: Final = ("Mn", "Mc")
_MOST_MARKS: Final = 3
"""Marks on one letter; no language needs more."""
_LOOKALIKES: Final = str.maketrans(
    {
        sign: latin
        for latin, signs in {
            "a": "АаΑαɑ", "b": "ВΒ", "c": "СсϹϲ", "d": "ԁ", "e": "ЕеΕ", "ë": "Ёё", "g": "ɡց",
            "h": "НһҺΗհ", "i": "іιı", "ï": "Її", "j": "Јј", "k": "КкΚκ", "l": "I1|ІӀӏΙԼ",
            "m": "МΜ", "n": "Νո", "o": "0ОоΟοՕօ", "p": "РрΡρ", "q": "ԛ", "s": "ЅѕՏ", "t": "ТΤτ",
            "u": "υսՍ", "v": "νѵ", "w": "Ԝԝ", "x": "ХхΧχ", "y": "УуҮүΥγ", "z": "Ζ", "'": "’",
        }.items()
        for sign in signs
    }
)  # fmt: skip
"""Latin letters, and what is taken for them; of each, as it is shown: a large I is a small l."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name and its two forms; two names are the same to a reader if they share one."""

    shown: str
    folded: str
    skeleton: str


def name_of(text: str) -> Name:
    """Return a text as a name, in the form in which it is shown and compared.

    Anything can be compared, a guest's pseudonym as well; `check` tells what an account may have.
    """
    shown = " ".join(unicodedata.normalize("NFKC", text).split())
    return Name(shown, _folded(shown), _folded(shown.translate(_LOOKALIKES)))


def typed(text: str) -> Name:
    """Return what somebody has typed as the name of an account.

    Raises:
        BadNameError: it is so long that to compare it would take a while; `reason` is `length`.
    """
    if len(text) > LONGEST_TYPED:
        raise BadNameError("length", _LENGTH)
    return name_of(text)


def check(name: Name, *, operator: bool = False) -> None:
    """Make sure that an account may have a name.

    Arguments:
        name: what to look at.
        operator: whether an operator gives it, who may give those with authority too.

    Raises:
        BadNameError: it may not; `reason` is `length` (3 to 20 signs), `characters` (letters,
            digits, inner spaces and _ - . ' only), `alphabets` (letters of more than one) or
            `reserved`.
    """
    if not SHORTEST <= len(name.shown) <= LONGEST:
        raise BadNameError("length", _LENGTH)
    _check_characters(name.shown)
    alphabets = {_alphabet(sign) for sign in name.shown if sign.isalpha()}
    if len(alphabets) > 1 and not any(alphabets <= group for group in _TOGETHER):
        raise BadNameError("alphabets", "a name is written in one alphabet")
    if is_reserved(name, operator=operator):
        raise BadNameError("reserved", "this name is reserved: take another")


def is_reserved(name: Name, *, operator: bool = False) -> bool:
    """Return whether a name is kept back, for no one at all or for those an operator trusts."""
    forms = (name.folded, name.skeleton)
    if any(form.startswith(RESERVED_PREFIXES) for form in forms):
        return True
    return not operator and any(form.replace("l", "i") in RESERVED for form in forms)  # adm1n too


def _check_characters(shown: str) -> None:
    marks = 0
    for sign in shown:
        marks = marks + 1 if unicodedata.category(sign) in _MARKS else 0
        if marks > _MOST_MARKS or not _may_stand(sign):
            raise BadNameError(
                "characters", "a name consists of letters, digits, spaces and _ - . '"
            )
    if not any(sign.isalnum() for sign in shown) or unicodedata.category(shown[0]) in _MARKS:
        raise BadNameError("characters", "a name holds a letter or digit, and begins with no mark")


def _may_stand(sign: str) -> bool:
    if sign.isascii():
        return sign.isalnum() or sign in _PUNCTUATION
    kind = unicodedata.category(sign)
    if kind in _MARKS:  # what NFKC leaves of the general ones belongs to no letter
        return _alphabet(sign) not in ("COMBINING", "VARIATION")
    return kind in ("Lu", "Ll", "Lt", "Lm", "Lo") or sign in _PUNCTUATION


def _alphabet(sign: str) -> str:
    """Return the first word of a sign's name, which in Unicode is its alphabet."""
    return unicodedata.name(sign, "UNKNOWN").partition(" ")[0]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
