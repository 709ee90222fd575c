"""A rulebook's text form: read, written and read again; what is refused, with its line; differences; the commands."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from calc.rulebook.book import book_of, value_of
from calc.rulebook.check import check
from calc.rulebook.diff import differences, words
from calc.rulebook.elements import (
    Book,
    Fact,
    Formula,
    Ladder,
    Line,
    Measure,
    Move,
    Parameter,
    Quantity,
    Table,
    Titles,
    Unit,
)  # fmt: skip
from calc.rulebook.telling import content_hash
from portal.cli import app
from portal.services.rulebook_text import read_text, read_version, text_of, version_problems
from tests.examples import examples
from tests.rulebook.books import BONUS, BOOK, FYC_RATE, SHARE, D, formula, rows, with_

TEXT = """\
rulebook: individual-agents
title: Basic law of individual agents
title_zh: 个人代理人基本法
node: HO
valid_from: 2026-01-01
agent: {level_months: count}
facts:
  premium:
    key: premium_id
    month_of: received_on
    rules_of: issued_on
    columns: {premium_id: key, agent_id: key, institution_id: key, received_on: date, issued_on: date, product: text,
              amount: {unit: money, low: -1000000, high: 1000000}}
parameters:
  quarter_target: {unit: money, value: 50000, low: 0, high: 10000000, title: Quarterly target, title_zh: 季度目标}
tables:
  fyc_rate:
    keys: {product: text}
    values: {rate: {unit: rate, low: 0, high: 100%}}
    rows:
      - [TL10, 35%]
      - ['007', 0.125]
  bonus:
    band: {quarter_fyc: money}
    mode: step
    values: {rate: rate}
    rows: [[0, 3000, 5%], [3000, ~, 8%]]
measures:
  month_fyc: {unit: money, grain: agent, of: premium, sum: fyc}
  premiums: {unit: count, grain: agent, of: premium, count: rows}
formulas:
  fyc: {unit: money, grain: premium, formula: "ROUND(premium.amount * LOOKUP(fyc_rate, premium.product), 2)"}
  bonus_paid:
    unit: money
    grain: agent
    formula: IF(QTD(month_fyc) >= p.quarter_target, ROUND(TIER_AMOUNT(bonus, month_fyc), 2), 0)
lines:
  - {name: first_year_commission, pays: month_fyc, group: commission, order: 10, title_zh: 首年佣金}
  - {name: bonus, pays: bonus_paid, group: bonus, order: 20}
overrides:
  - {node: GD, valid_from: 2026-01-01, until_next_version: true, parameters: {quarter_target: {value: 40000}}}
"""


def test_a_version_is_read() -> None:
    version, problems = read_version(TEXT)
    assert problems == [] and version is not None
    assert version_problems(version) == []
    book = version.book
    assert (book.name, version.node, version.valid_from) == ("individual-agents", "HO", "2026-01-01")
    assert book.titles == Titles("Basic law of individual agents", "个人代理人基本法")
    assert book.tables["fyc_rate"].rows == (("TL10", D("0.35")), ("007", D("0.125")))
    assert book.tables["bonus"].rows == ((D(0), D(3000), D("0.05")), (D(3000), None, D("0.08")))
    assert book.parameters["quarter_target"].quantity == Quantity(Unit.MONEY, D(0), D(10_000_000))
    assert book.facts["premium"].agent == "agent_id"
    assert [(line.name, line.order) for line in book.lines.values()] == [("first_year_commission", 10), ("bonus", 20)]
    (override,) = version.overrides
    assert (override.node, override.until_next_version) == ("GD", True)


def test_a_problem_of_an_override_is_told() -> None:
    version, problems = read_version(TEXT.replace("{value: 40000}", "{value: -1}"))
    assert version is not None and problems == []
    assert [problem.sentence for problem in version_problems(version)] == [
        "-1 is outside the declared bounds, 0 to 10000000: correct it, or widen the bounds."
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence", "line"),
    [
        ("node: HO", "nod: HO", "There is nothing called nod here; did you mean node?", 4),
        (
            "value: 50000",
            "value: 50,000",
            "There is nothing called 000 here; there may be unit, low, high, decimals, value, title, title_zh, note.",
            15,
        ),
        (
            "value: 50000",
            "value: '50,000'",
            "50,000 is no number: write it without separators, as 1000, 0.35 or 35%.",
            15,
        ),
        ("value: 50000", "value: 5e4", "5e4 is no number: write it without separators, as 1000, 0.35 or 35%.", 15),
        ("value: 50000", "value: .inf", ".inf is no number: write it without separators, as 1000, 0.35 or 35%.", 15),
        (
            "[TL10, 35%]",
            "[TL10, a third]",
            "a third is no number: write it without separators, as 1000, 0.35 or 35%.",
            21,
        ),
        ("[TL10, 35%]", "TL10", "A row is a list of its cells, as in [TL10, 1, 35%].", 21),
        ("[TL10, 35%]", "[TL10\u200b, 35%]", r"TL10\u200b holds characters that nobody sees: type it anew.", 21),
        ("mode: step", "mode: steps", "mode is one of whole, step, interpolated, not steps.", 25),
        (
            "{rate: rate}",
            "{rate: percent}",
            "percent is no unit: units are money, rate, count, days, number, date, flag, text, key.",
            26,
        ),
        ("order: 20", "order: last", "order is a whole number, not last.", 39),
        (
            "sum: fyc",
            "total: fyc",
            "There is nothing called total here; there may be unit, low, high, decimals, grain, of, sum, count, "
            "count_distinct, min, "
            "max, where, window, ago, title, title_zh, note.",
            29,
        ),
        ("node: HO", "node: HO\nnode: HO", "The key node stands here a second time: remove one.", 5),
        ("node: HO", "node: &a HO", "Anchors and aliases (& and *) are not read: write it out.", 4),
        (
            "node: HO",
            "node: !!python/object:os.system HO",
            "Tags (tag:yaml.org,2002:python/object:os.system) are not read: remove it.",
            4,
        ),
        ("node: HO", "node: {a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}}", "This is nested more than 8 deep.", 4),
        ("overrides:", "---\noverrides:", "A second document begins here: one file holds one rulebook.", 40),
        ("  - {node: GD,", "  - {", "Override 1 names no institution: write node, dates and elements.", 41),
        (
            "valid_from: 2026-01-01\nagent",
            "valid_from: 2026-13-01\nagent",
            "2026-13-01 is no day to begin on: write it as 2026-01-31.",
            5,
        ),
    ],
)
def test_what_is_not_understood_is_told_with_its_line(old: str, new: str, sentence: str, line: int) -> None:
    version, problems = read_version(TEXT.replace(old, new, 1))
    assert sentence in [problem.sentence for problem in problems]
    (problem,) = [one for one in problems if one.sentence == sentence]
    if version is None:
        assert problem.part == f"line {line}"
    elif problem.element:
        assert version.source.line_of(problem) == line


@pytest.mark.parametrize("text", ["", "- a\n- b", "just words", "a: [", "\t: x", "a: b: c", "rulebook: *x", "\x00"])
def test_a_text_that_is_no_rulebook_is_refused(text: str) -> None:
    version, problems = read_version(text)
    assert version is None and len(problems) == 1
    assert problems[0].sentence.endswith(".")


def test_written_and_read_again_is_the_same() -> None:
    for book in (BOOK, read_text(TEXT)[0]):
        assert read_text(text_of(book, "HO", dt.date(2026, 1, 1))) == (book, [])
        assert text_of(read_text(text_of(book))[0]) == text_of(book)


# -- random books: anything that can be said, whether the check likes it or not

NAMES = st.sampled_from(["a", "b1", "年度", "null", "true", "007", "2026-01-01", "~", "x: y", "- z", "#", "'", "35%"])
WORDS = st.one_of(
    NAMES, st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
)
NUMBERS = st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(lambda one: one + 0)
BOUNDS = st.one_of(st.none(), NUMBERS)
QUANTITIES = st.builds(Quantity, st.sampled_from(Unit), BOUNDS, BOUNDS, st.one_of(st.none(), st.integers(0, 10)))
CALLED = st.builds(Titles, WORDS, WORDS, WORDS).map(
    lambda t: Titles(*(x if x.strip() else "" for x in (t.en, t.zh, t.note)))
)


def values(quantity: Quantity) -> st.SearchStrategy[object]:
    seen = WORDS.filter(str.isprintable)
    by_unit = {Unit.DATE: st.dates(), Unit.FLAG: st.booleans(), Unit.TEXT: seen, Unit.KEY: seen}
    return by_unit.get(quantity.unit, NUMBERS)


@st.composite
def tables(draw: st.DrawFn, name: str) -> Table:
    keys, given = (draw(st.dictionaries(NAMES, QUANTITIES, max_size=2)) for _ in range(2))
    band = draw(st.one_of(st.none(), QUANTITIES))
    columns = [*keys.values(), *([band, band] if band else []), *given.values()]
    row = st.tuples(*(st.one_of(st.none(), values(column)) for column in columns))
    listed = tuple(draw(st.lists(row, max_size=3))) if columns else ()
    mode = draw(st.sampled_from([None, "whole", "step", "interpolated"]))
    boundary = draw(st.sampled_from(["lower", "upper"]))
    return Table(name, keys, given, listed, "x" if band else "", band, boundary, mode, draw(CALLED))  # type: ignore[arg-type]


def named(kind: object, *parts: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(NAMES, st.tuples(*parts), max_size=2).map(
        lambda found: {name: kind(name, *told) for name, told in found.items()}  # type: ignore[operator]
    )


SAID = WORDS.filter(lambda text: text != "rows" and text != "")
SOME = WORDS.filter(bool)
PARAMETERS = QUANTITIES.flatmap(lambda q: st.tuples(st.just(q), st.one_of(st.none(), values(q)), CALLED))


@st.composite
def books(draw: st.DrawFn) -> Book:
    moves = st.lists(
        st.builds(Move, SOME, SOME, st.sampled_from(["promotion", "maintenance", "demotion"]), SOME, WORDS, CALLED),
        max_size=2,
    )
    measures = draw(named(Measure, QUANTITIES, SOME, SOME, st.sampled_from(["sum", "count_distinct", "min", "max"]), SAID, WORDS,
                          st.sampled_from(["month", "quarter", "year", "all"]), st.integers(0, 30), CALLED))  # fmt: skip
    return Book(
        draw(WORDS.filter(str.strip)),
        facts=draw(named(Fact, st.dictionaries(NAMES, QUANTITIES, max_size=3), SOME, SOME, SOME, WORDS, WORDS,
                         st.dictionaries(NAMES, SOME, max_size=2), st.frozensets(SOME, max_size=2), CALLED)),
        parameters={name: Parameter(name, *told) for name, told in draw(st.dictionaries(NAMES, PARAMETERS, max_size=2)).items()},
        tables={name: draw(tables(name)) for name in draw(st.sets(NAMES, max_size=2))},
        measures=measures,  # type: ignore[arg-type]
        formulas=draw(named(Formula, QUANTITIES, SOME, SOME, CALLED)),
        ladders=draw(named(Ladder, st.lists(SOME, max_size=3).map(tuple), moves.map(tuple), SOME, CALLED,
                                st.dictionaries(SOME, CALLED, max_size=2))),
        lines=draw(named(Line, SOME, WORDS, st.integers(0, 999), st.sampled_from(["earning", "deduction"]), *[WORDS] * 3, CALLED)),
        agent=draw(st.dictionaries(NAMES, QUANTITIES, max_size=2)), titles=draw(CALLED),
    )  # type: ignore[arg-type]  # fmt: skip


@examples(40)
@given(books())
def test_any_book_survives_its_text(book: Book) -> None:
    again, problems = read_text(text_of(book))
    assert [problem.sentence for problem in problems] == []
    assert again == book
    assert content_hash(again) == content_hash(book)
    assert differences(book, again) == []
    check(book)  # whatever it finds, it tells and does not fail


def test_numbers_are_never_binary() -> None:
    assert value_of("0.1", Unit.RATE) == Decimal("0.1")
    assert value_of("12.5%", Unit.RATE) == Decimal("0.125")
    assert value_of("-3", Unit.MONEY) == Decimal(-3)
    with pytest.raises(ValueError, match=r"0\.1"):
        value_of(0.1, Unit.RATE)
    assert book_of({"parameters": {"a": {"unit": "rate", "value": 0.1}}})[1]


# -- hash and differences


def test_the_hash_is_of_what_is_said() -> None:
    typed = formula("ROUND( month_fyc*5% , 2 )")
    assert content_hash(typed) == content_hash(formula("round(month_fyc × 5％，2)"))
    assert content_hash(typed) != content_hash(formula("ROUND(month_fyc * 6%, 2)"))
    other = replace(BOOK, formulas=dict(reversed(BOOK.formulas.items())))
    assert content_hash(other) == content_hash(BOOK)


def test_differences_in_words() -> None:
    new_rows = (("TL10", D(1), D("0.4"), D(0)), ("WL20", D(1), D("0.3"), D(0)))
    after = with_(
        rows(*new_rows, of=FYC_RATE),
        formulas={
            "benefit": replace(BOOK.formulas["benefit"], expression="ROUND(month_fyc*TIER(bonus,month_fyc),2)"),
            "managed": replace(BOOK.formulas["managed"], expression="ROUND(12% * DOWNLINE(month_fyc, 3), 2)"),
            "fresh": Formula("fresh", SHARE, "agent", "5%"),
        },
        parameters={"quarter_target": replace(BOOK.parameters["quarter_target"], value=D(40000))},
        tables={
            "bonus": replace(BONUS, boundary="upper", rows=((D(0), D(4000), D("0.05")), (D(4000), None, D("0.08"))))
        },
    )
    after = replace(after, lines={"commission": BOOK.lines["commission"]})
    found = differences(BOOK, after)
    assert [words(one).sentence for one in found] == [
        "quarter_target changes from 50000 to 40000.",
        "fyc_rate for TL10, 1: rate changes from 35% to 40%.",
        "fyc_rate has no row for TL10, 2 any more; it was 10%, 0.",
        "fyc_rate has a new row for WL20, 1: 30%, 0.",
        "boundary of bonus changes from - to upper.",
        "bonus for 0: to changes from 3000 to 4000.",
        "bonus has no row for 3000–∞ any more; it was 8%.",
        "bonus has a new row for 4000–∞: 8%.",
        "managed is worked out differently (formula): ROUND(10% * DOWNLINE(month_fyc, 3), 2) "
        "becomes ROUND(12% * DOWNLINE(month_fyc, 3), 2).",
        "fresh is new: 5%.",
        "benefit is removed; it was benefit.",
    ]
    assert words(found[0], "季度目标").sentence == "季度目标 changes from 50000 to 40000."


@examples(15)
@given(books(), books())
def test_differences_are_mirrored(one: Book, other: Book) -> None:
    there, back = differences(one, other), differences(other, one)
    mirror = {"element added": "element removed", "row added": "row removed"}
    mirror |= {to: of for of, to in mirror.items()}
    assert {(d.section, d.element, d.part, d.before, d.after, d.kind) for d in there} == {
        (d.section, d.element if d.section else one.name, d.part, d.after, d.before, mirror.get(d.kind, d.kind))
        for d in back
    }


# -- commands


def test_the_commands(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_text(TEXT.replace("QTD(month_fyc)", "QTD(month_fcy)").replace("50000", "60000"), encoding="utf-8")
    checked = CliRunner().invoke(app, ["rulebook", "check", str(good)])
    assert checked.exit_code == 0, checked.output
    assert "individual-agents: 2 formulas, 2 measures, 2 tables, 2 statement lines; nothing wrong." in checked.output
    checked = CliRunner().invoke(app, ["rulebook", "check", str(bad)])
    assert checked.exit_code == 1
    assert (
        f"{bad}:36: bonus_paid (expression): There is no measure or formula month_fcy; did you mean month_fyc?"
        in checked.output
    )
    assert "       ^^^^^^^^^\n" in checked.output
    compared = CliRunner().invoke(app, ["rulebook", "diff", str(good), str(bad)])
    assert compared.exit_code == 0, compared.output
    assert "quarter_target changes from 50000 to 60000." in compared.output
    missing = CliRunner().invoke(app, ["rulebook", "check", str(tmp_path / "none.yaml")])
    assert missing.exit_code == 1 and "cannot be read" in missing.output
