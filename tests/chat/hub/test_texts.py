"""What clients are told in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from msgspec import UNSET

from headcount.chat.hub import texts

SOURCES = Path(texts.__file__).parent


def test_known_texts_are_exactly_as_clients_know_them() -> None:
    """`CHAT_PROTOCOL.md`, section 1."""
    assert texts.TOKEN_INVALID.message == "Token invalide"
    assert texts.TOKEN_REQUIRED.message == "Token requis"
    assert texts.AUTH_REQUIRED == "Authentification requise"
    assert texts.TEXT_REQUIRED == "Message text is required"
    assert texts.NOT_STORED == "Erreur enregistrement message"
    assert texts.MALFORMED.message == "Invalid message payload"
    assert texts.MALFORMED.code is UNSET
    assert texts.ALREADY_LOGGED_IN.code == "ALREADY_LOGGED_IN"
    assert texts.ALREADY_LOGGED_IN.message == "Compte déjà connecté sur un autre poste."
    assert texts.PSEUDO_UPDATED.message == "Pseudo updated"


def test_new_texts_exist_in_both_languages() -> None:
    """And say something different in each."""
    for code in texts._TEXTS:
        french, english = texts.error(code, "fr"), texts.error(code, "en", "r")
        assert french.message != english.message
        assert french.code == english.code == code
        assert (french.ref, english.ref) == (UNSET, "r")


def test_every_text_is_used_and_every_code_has_one() -> None:
    """No code is misspelt."""
    used = set()
    for path in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "texts.error":
                used.add(ast.literal_eval(node.args[0]))
    assert used == set(texts._TEXTS)


def test_an_unknown_code_is_a_mistake() -> None:
    """It raises at once."""
    with pytest.raises(KeyError):
        texts.error("NOPE", "fr")
