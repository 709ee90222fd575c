"""The data dictionary says what is declared now."""

from __future__ import annotations

from calc import steps
from portal.dictionary import FILE, dictionary
from portal.query.facts import FACT_SCOPES
from portal.reports import REPORTS


def test_the_dictionary_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == dictionary(), "run `python -m portal.dictionary`"


def test_it_names_every_step_dataset_and_measure() -> None:
    page = dictionary()
    assert not [name for name in steps() if f"### {name}\n" not in page]
    assert not [name for name in FACT_SCOPES if f"| `{name}` |" not in page]
    assert not [one.key for report in REPORTS.values() for one in report.measures if f"`{one.key}`" not in page]
