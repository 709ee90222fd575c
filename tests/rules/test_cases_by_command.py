"""Every published case through `basis rulebook run`: its rulebook as texts, its rows as a file, what the command prints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from portal.cli import app
from portal.services.rulebook_text import dumped
from tests.rulebook.cases import Case, cases, differing, laid_over, paid_of, rows
from tests.rulebook.twin import MonthDone, Moved, Paid

ALL = cases()
EVER = dt.date(1900, 1, 1)


def plain(told: Any) -> Any:
    """Every scalar as the text it is."""
    if isinstance(told, Mapping):
        return {str(key): plain(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [plain(value) for value in told]
    return told if told is None else str(told).lower() if isinstance(told, bool) else str(told)


def texts(case: Case) -> list[str]:
    """The versions of a case: those of its first institution; what others have of their own are overrides."""
    variants = case.told.get("variants", {"only": {}})
    rules = rows(case.told.get("rules", ()), {}) or [{"valid_from": EVER, "variant": next(iter(variants))}]
    first = rules[0].get("institution_id")
    own = [rule for rule in rules if rule.get("institution_id") == first]
    versions: list[dict[str, Any]] = [
        {"rulebook": case.key, "valid_from": rule["valid_from"], "recorded_on": rule.get("recorded_on", EVER),
         **laid_over(case.told["rulebook"], variants[rule["variant"]])}
        for rule in own
    ]  # fmt: skip
    versions[0]["overrides"] = [
        {"node": rule["institution_id"], "valid_from": rule["valid_from"], **variants[rule["variant"]]}
        for rule in rules
        if rule not in own and variants[rule["variant"]]
    ]
    return [dumped(plain(version)) for version in versions]


def tables(case: Case, month: dt.date, told: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of a month; of relations also those that are yet to begin."""
    given = case.given(month, told)
    relations = rows({**case.told, **told}.get("relations", ()), {})
    return plain({"agent": given.agents, "team": given.teams, "relation": relations, **given.facts})  # type: ignore[no-any-return]


def printed(folder: Path, case: Case, told: Mapping[str, Any], *options: str) -> str:
    """What the command prints for a case on some rows."""
    files = []
    for at, text in enumerate(texts(case)):
        files.append(folder / f"version{at}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    facts = folder / "facts.yaml"
    facts.write_text(dumped(told), encoding="utf-8")
    done = CliRunner().invoke(app, ["rulebook", "run", *map(str, files), "--facts", str(facts), *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def months(output: str, month: str) -> dict[str, MonthDone]:
    """The months that were printed; one alone has no month before its rows."""
    found: dict[str, MonthDone] = {}
    head: list[str] = []
    for line in output.splitlines():
        cells = line.split(",")
        if cells[-1] in ("paid", "value", "kind"):
            head = cells
            continue
        of = cells[0] if head[0] == "month" else month
        done = found.setdefault(of, MonthDone({}, {}, {}, frozenset()))
        _add(done, head[1:] if head[0] == "month" else head, cells[1:] if head[0] == "month" else cells)
    return found


def _add(done: MonthDone, head: list[str], cells: list[str]) -> None:
    if head[-1] == "paid":
        done.lines[cells[0], cells[1]] = Paid(*map(Decimal, cells[2:6]))  # type: ignore[index]
        assert done.lines[cells[0], cells[1]].paid == Decimal(cells[6])
    elif head[-1] == "kind":
        done.moves[cells[0], cells[1]] = Moved(cells[2], cells[3], cells[4], 0)  # type: ignore[index]
    else:
        done.values[head[0], cells[0], cells[1]] = _value(cells[2])  # type: ignore[index]


def _value(text: str) -> Any:
    """A value as it is printed: a flag, nothing, a day or a number."""
    if text in ("true", "false", ""):
        return {"true": True, "false": False, "": None}[text]
    return dt.date.fromisoformat(text) if text.count("-") == 2 else Decimal(text)


@pytest.mark.parametrize("case", [case for case in ALL if "runs" in case.told], ids=lambda case: case.key)
def test_a_published_case_by_the_command(case: Case, tmp_path: Path) -> None:
    for run in case.told["runs"]:
        told = {f"{month['month']:%Y-%m}": month for month in run["months"]}
        rows_told = {"months": {name: tables(case, month["month"], month) for name, month in told.items()}}
        known = ["--known-on", f"{run['known_on']}"] if "known_on" in run else []
        first, *_rest, last = [*told, *told]
        done = months(printed(tmp_path, case, rows_told, "--from", first, "--month", last, "--values", *known), first)
        for name, month in told.items():
            assert dict(differing(month, done[name])) == {}, name
        if "total" in run:
            assert sum(paid for month in done.values() for paid in paid_of(month).values()) == run["total"]


@pytest.mark.parametrize("case", [case for case in ALL if "retro" in case.told], ids=lambda case: case.key)
def test_closed_months_are_settled_by_the_command(case: Case, tmp_path: Path) -> None:
    """The rows as they are known in each month, from the day they were recorded to the day they were withdrawn."""
    told = case.told["retro"]
    rows_told: dict[str, list[dict[str, Any]]] = {"agent": tables(case, told[0]["in"], told[0])["agent"]}
    for event in told:
        of_month = tables(case, event["in"], event)
        for fact in event["facts"]:
            known = rows_told.setdefault(fact, [])
            for row in known:
                if (
                    not row.get("withdrawn_on")
                    and {k: v for k, v in row.items() if k != "recorded_on"} not in of_month[fact]
                ):
                    row["withdrawn_on"] = f"{event['in']}"
            still = [{k: v for k, v in row.items() if k != "recorded_on"} for row in known if "withdrawn_on" not in row]
            known += [{**row, "recorded_on": f"{event['in']}"} for row in of_month[fact] if row not in still]
    first, last = (f"{told[at]['in']:%Y-%m}" for at in (0, -1))
    output = printed(tmp_path, case, rows_told, "--from", first, "--month", last, "--retro")
    shown = [line.split(",") for line in output.splitlines()[1:]]
    expected = [
        [f"{month:%Y-%m}", f"{event['in']:%Y-%m}", Decimal(amount)]
        for event in told
        for month, amount in event["lines"]
    ]
    assert [[row[0], row[1], Decimal(row[4])] for row in shown] == expected
