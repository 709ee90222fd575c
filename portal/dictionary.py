"""The data dictionary, written from what is declared: sources, calculation steps, datasets and reports.

`python -m portal.dictionary` writes `docs/data-dictionary.md`; a test holds it to the declarations.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from calc import Step, steps
from calc.columns import COLUMNS
from portal.query.facts import FACT_SCOPES, FactScope
from portal.query.report import Measure, Report
from portal.query.report_accounts import AccountReport
from portal.reports import REPORTS
from portal.sources.base import KEYS, SCHEMAS, SHARE

FILE = Path(__file__).parents[1] / "docs" / "data-dictionary.md"
HEAD = """# Data dictionary

Generated from the declarations by `python -m portal.dictionary`; do not edit. A column's name means the same type
everywhere. Amounts are exact decimals in reporting currency unless a step says otherwise.
"""
FROM_PAGES = {"ftp_rate": "FTP rates"}  # kept by people, published as a run knew it
FROM_SOURCES = {"movement", "account", "customer"}  # published as they were delivered, not made by a step


def dictionary() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            "## Reports\n", *(_report(report) for report in REPORTS.values()),
            "## Published datasets\n", _datasets(),
            "## What a source delivers\n", *(_delivered(name, schema) for name, schema in SCHEMAS.items()),
            _delivered("share", SHARE),
            "## Calculation steps\n", *(_step(step) for step in sorted(steps().values(), key=_place)),
        ]
    )  # fmt: skip


def _report(report: Report) -> str:
    by = ", ".join(str(one.title) for one in report.dimensions)
    return f"### {report.title}\n\n{_facts(report)}; by every level of the institution tree, {by}.\n\n" + _table(
        ("Measure", "Unit", "Meaning", "Sum"), (_measure(measure) for measure in report.measures)
    )


def _facts(report: Report) -> str:
    """What a report is over."""
    if isinstance(report, AccountReport):
        return f"Products of the kinds {', '.join(report.kinds)}"
    return "Lines of the statements of commission months, and what each line pays as a figure of its own"


def _measure(measure: Measure) -> tuple[str, ...]:
    period = ", over month, quarter or year" if measure.periodic else ""
    return f"`{measure.key}` {measure.title}", f"{measure.unit}{period}", str(measure.meaning), f"`{measure.sql}`"


def _datasets() -> str:
    """What readers may ask for, and by which columns a person's scope reaches its rows."""
    rows = [
        (f"`{name}`", "business date" if scope.dated else "list as of its day", _scope(scope), _made_by(name))
        for name, scope in FACT_SCOPES.items()
    ]
    return _table(("Dataset", "Rows of", "Scope by", "From"), rows)


def _scope(scope: FactScope) -> str:
    if scope.public:
        return "everybody"
    columns = [*scope.institution, *(one for one in (scope.person, scope.account, scope.customer) if one)]
    return ", ".join(f"`{one}`" for one in columns)


def _made_by(name: str) -> str:
    if name in FROM_PAGES:
        return f"page, {FROM_PAGES[name]}"
    return f"source, `{name}`" if name in FROM_SOURCES else f"step `{name}`"


def _delivered(name: str, schema: pa.Schema) -> str:
    keys = KEYS.get(name, ())
    rows = [
        (f"`{field.name}`", str(field.type), "key" if field.name in keys else "may be empty" if field.nullable else "")
        for field in schema
    ]
    return f"### {name}\n\n" + _table(("Column", "Type", ""), rows)


def _place(step: Step) -> tuple[bool, str]:
    return "severity" in step.notes, step.name


def _step(step: Step) -> str:
    """One step; a check also says its rule."""
    words = ("grain", "rule", "severity", "units", "source")
    said = [f"- {word}: {_plain(step.notes[word])}" for word in words if word in step.notes]
    reads = ", ".join(f"`{name}`" for name in step.reads)
    makes = [(f"`{column}`", COLUMNS[column]) for column in step.makes]
    lines = [
        f"### {step.name}\n",
        _plain(step.title),
        "",
        *said,
        f"- reads: {reads}",
        "",
        _table(("Column", "Type"), makes),
    ]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_plain(cell) for cell in line)} |\n" for line in lines)


def _plain(text: str) -> str:
    """A text on one line that a table can hold."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    FILE.write_text(dictionary(), encoding="utf-8")
    sys.stdout.write(f"{FILE.name} is up to date.\n")
