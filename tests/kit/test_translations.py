"""Every text a person reads exists in Chinese."""

from __future__ import annotations

import pytest

from portal.kit import catalogue


def test_no_text_is_without_chinese() -> None:
    missing = catalogue.missing()
    assert not missing, (
        f"{len(missing)} texts have no Chinese; run `make translations` and fill them in: {missing[:20]}"
    )


def test_placeholders_are_the_same_in_both_languages() -> None:
    assert not catalogue.differing_places()


@pytest.mark.parametrize("width", ["％", "（", "，"])
def test_source_texts_are_english(width: str) -> None:
    assert not [message.id for message in catalogue.texts_in_source() if message.id and width in str(message.id)]


def test_nothing_stale_is_kept() -> None:
    kept = {str(message.id) for message in catalogue.kept() if message.id}
    source = {str(message.id) for message in catalogue.texts_in_source() if message.id}
    assert kept <= source, f"no longer in the source, run `make translations`: {sorted(kept - source)[:10]}"
