"""The page's files: small, of plain kinds, with nothing inline and nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import headcount.web

WEB = Path(headcount.web.__file__).parent
FILES = [
    path for path in sorted(WEB.rglob("*")) if path.is_file() and "__pycache__" not in path.parts
]
MODULES = [path for path in FILES if path.suffix == ".js"]
LONGEST = 400
ELSEWHERE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)[\w.-]+\.\w+/")
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(\.[^"]+)";$', re.MULTILINE)
TEXT = re.compile(r'\bt\(\s*"(\w+)"')


def name(path: Path) -> str:
    """Return a file's path within the page."""
    return path.relative_to(WEB).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_small_and_needs_no_other_server(path: Path) -> None:
    """Whoever reads it finds one idea in it."""
    text = path.read_text("utf-8")
    assert path.suffix in {".html", ".css", ".js", ".svg", ".py"}
    assert len(text.splitlines()) <= LONGEST
    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_makes_no_markup_of_text(path: Path) -> None:
    """Elements are made one by one; styles and handlers are not written into attributes."""
    text = path.read_text("utf-8")
    assert not MARKUP.search(text)
    assert not re.search(r"setAttribute\(\"(?:style|on\w+)\"", text)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_imports_what_there_is(path: Path) -> None:
    """By relative paths, so that it works under any address."""
    for target in IMPORT.findall(path.read_text("utf-8")):
        assert (path.parent / target).is_file(), target


def test_only_views_and_main_know_the_views() -> None:
    """Views read the state and call what there is to do; nothing below knows of them."""
    for path in MODULES:
        imported = IMPORT.findall(path.read_text("utf-8"))
        if path.parent.name == "js" and path.stem != "main":
            assert not [target for target in imported if "views" in target], name(path)


def test_the_document_holds_nothing_inline() -> None:
    """It works under a policy that allows its own files only."""
    text = (WEB / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
    for target in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert (WEB / target).is_file(), target


def test_every_text_is_used() -> None:
    """And every one that is asked for by name exists; others are put together from parts."""
    words = set(re.findall(r"^  (\w+): \[", (WEB / "js" / "words.js").read_text("utf-8"), re.M))
    code = "\n".join(path.read_text("utf-8") for path in MODULES if path.stem != "words")
    asked = set(TEXT.findall(code))
    assert asked <= words
    parts = tuple(re.findall(r"t\(\s*`(\w+_)\$\{", code))
    spelled = set(re.findall(r'"(\w+)"|\b(\w+):', code))
    loose = {word for pair in spelled for word in pair if word}
    unused = {word for word in words - asked - loose if not word.startswith(parts)}
    assert {word for word in unused if not word.endswith(("_title", "_text"))} == set()
