"""Every text a person reads exists in Chinese."""

from __future__ import annotations

import ast

import pytest

from portal.kit import catalogue
from portal.kit.subset import ROOT


def test_no_text_is_without_chinese() -> None:
    missing = catalogue.missing()
    assert not missing, (
        f"{len(missing)} texts have no Chinese; run `make translations` and fill them in: {missing[:20]}"
    )


def test_no_text_escapes_the_gathering() -> None:
    """A call inside an f-string is not gathered on every Python, and would stay English."""
    known = {str(one.id[0] if isinstance(one.id, list | tuple) else one.id) for one in catalogue.kept() if one.id}
    escaped = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.args[0].value!r}"
        for folder in catalogue.FOLDERS
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "_l", "ngettext")
        and node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value not in known
    ]  # fmt: skip
    assert not escaped


def test_placeholders_are_the_same_in_both_languages() -> None:
    assert not catalogue.differing_places()


@pytest.mark.parametrize("width", ["％", "（", "，"])
def test_source_texts_are_english(width: str) -> None:
    assert not [message.id for message in catalogue.texts_in_source() if message.id and width in str(message.id)]


def test_nothing_stale_is_kept() -> None:
    kept = {str(message.id) for message in catalogue.kept() if message.id}
    source = {str(message.id) for message in catalogue.texts_in_source() if message.id}
    assert kept <= source, f"no longer in the source, run `make translations`: {sorted(kept - source)[:10]}"
