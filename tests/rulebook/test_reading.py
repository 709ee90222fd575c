"""What the parser reads, and what it refuses with which sentence."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.rulebook.names import closest
from calc.rulebook.printing import printed
from calc.rulebook.reading import DEEPEST, Unreadable, parse
from calc.rulebook.syntax import Number, Span, walk
from calc.rulebook.tokens import LONGEST_TEXT
from tests.examples import examples
from tests.rulebook.expressions import EXPRESSIONS, bare

READ = {
    "a - -1": "a - -1",
    "-(-x)": "-(-x)",
    "10% * x": "10% * x",
    "10 % * x": "10% * x",
    "0.50 + 1.00": "0.5 + 1",
    "2026-01-31 + 1": "2026-01-31 + 1",
    "2026 - 1 - 5": "2026 - 1 - 5",
    "round（x，2）≥３．５％": "ROUND(x, 2) >= 3.5%",
    "x×2÷3－1＋4≠5": "x * 2 / 3 - 1 + 4 <> 5",
    "‘it''s’ = “a””b”": "'it''''s' = 'a”b'",
    "'it''s'": "'it''s'",
    "NOT a = b and c or d": "NOT a = b AND c OR d",
    "(a = b) = (NOT c)": "(a = b) = (NOT c)",
    "-a * b": "-a * b",
    "-(a * b)": "-(a * b)",
    "a - (b - c) - d": "a - (b - c) - d",
    "((a + b)) * c": "(a + b) * c",
    "a / b * c / (d * e)": "a / b * c / (d * e)",
    "年度保费 * ｐ．费率": "年度保费 * p.费率",
    "MONTH(month.first_day) + month.year": "MONTH(month.first_day) + month.year",
    "IF(TRUE, false, x) ": "IF(TRUE, FALSE, x)",
    "select": "select",
    "LOOKUP(fyc_rate.rate,premium.product ,10)": "LOOKUP(fyc_rate.rate, premium.product, 10)",
    "MAX(1, 234)": "MAX(1, 234)",
    "TIER(t,1,20000)": "TIER(t, 1, 20000)",
}

REFUSED = {
    "": ("There is no formula here: write an expression.", 0, 0),
    "   ": ("There is no formula here: write an expression.", 0, 3),
    "a--1": ("Two minus signs in a row are not read: write - (-x), or remove one.", 1, 3),
    "a－－1": ("Two minus signs in a row are not read: write - (-x), or remove one.", 1, 3),
    "a;": ("A formula is one expression and has no ;.", 1, 2),
    "a /* b */": ("Comments do not belong into a formula: use the element's note.", 2, 4),
    "a == b": ("Equality is written with one =, not two.", 2, 4),
    "a != b": ("Difference is written <>, not !=.", 2, 4),
    "1,000": ("1,000 may be one number or two: write 1000, or put a space behind the comma.", 0, 5),
    "MAX(1,000)": ("1,000 may be one number or two: write 1000, or put a space behind the comma.", 4, 9),
    "MAX(1,234)": ("1,234 may be one number or two: write 1234, or put a space behind the comma.", 4, 9),
    "MAX(1, 000)": ("The number 000 begins with a zero: write 0.", 7, 10),
    "007": ("The number 007 begins with a zero: write 7.", 0, 3),
    "00.5": ("The number 00.5 begins with a zero: write 0.5.", 0, 4),
    "1" * 31: (f"The number {'1' * 31} has more than 30 digits.", 0, 31),
    "1e5": ("1e5: numbers are written out, without an exponent.", 0, 3),
    "3x": ("3x: no name begins with a digit, and a number and a name need an operator between them.", 0, 2),
    "1.2.3": ("1.2. is no number: digits follow a decimal point, and there is one point only.", 0, 4),
    "2026-1-5": (
        "2026-1-5: a date is written with two digits for month and day, as 2026-01-05; a subtraction with spaces.",
        0,
        8,
    ),
    "2026-02-30": ("There is no day 2026-02-30 in the calendar.", 0, 10),
    "'TL10": ("The text that begins here has no closing quote '.", 0, 5),
    '"TL10"': ("A text stands in single quotes, as 'TL10'; remove the double quotes.", 0, 1),
    "'a\u200bb'": ("There is an invisible character (U+200B) in the text 'a...': type the text again.", 2, 3),
    "a\u202eb": ("There is an invisible character (U+202E) here: remove it.", 1, 2),
    "a @ b": ("The sign @ has no meaning in a formula.", 2, 3),
    "a ： b": ("The sign ： has no meaning in a formula.", 2, 3),
    "a +": ("The formula stops too early: a value is missing at its end.", 3, 3),
    "+ a": ("A value is missing before +.", 0, 1),
    "a * * b": ("A value is missing before *.", 4, 5),
    "()": ("A value is missing before this closing bracket.", 1, 2),
    "MAX(, a)": ("A value is missing before this comma.", 4, 5),
    "(a": ("This bracket is not closed.", 0, 1),
    "a)": ("This closing bracket was never opened.", 1, 2),
    "a, b": ("A comma stands only between the arguments of a function; numbers are written without it.", 1, 2),
    "a%": ("A percent sign stands only behind a number, as 35%.", 1, 2),
    "p.a.b": ("A point stands only inside a number or between an owner and a name, as p.quarter_target.", 3, 4),
    "p. a": ("A name follows the point directly, as in p.amount.", 0, 2),
    "2 (a)": ("An operator is missing before this bracket.", 2, 3),
    "a b": ("An operator is missing before b.", 2, 3),
    "(select 1)": ("An operator is missing before 1.", 8, 9),
    "a NOT b": ("AND or OR is missing before NOT.", 2, 5),
    "AND a": ("A condition is missing before AND.", 0, 3),
    "a = NOT b": ("NOT behind = stands in brackets, as in a = (NOT b).", 4, 7),
    "a + NOT b": ("NOT inside a calculation stands in brackets, as in (NOT x).", 4, 7),
    "1 < a < 3": ("Only two values are compared at a time: write a < b AND b < c.", 6, 7),
    "round + 1": ("ROUND is a function: its arguments follow in brackets, as ROUND(...).", 0, 5),
}


@pytest.mark.parametrize("text", READ)
def test_it_is_read(text: str) -> None:
    assert printed(parse(text)) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused_with_its_place(text: str) -> None:
    sentence, start, end = REFUSED[text]
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert (refused.value.problem.sentence, refused.value.problem.span) == (sentence, Span(start, end))


def test_a_percentage_is_exact() -> None:
    assert parse("35%") == Number(Decimal("0.35"), True, Span(0, 3))
    assert parse("0.000000000000000000000000001%").value == Decimal("1E-29")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 4000 + "a" + ")" * 900,
        "NOT " * 1000 + "a",
        "- " * 2000 + "a",
        "+".join("a" * 2000),
        "ABS(" * 1200,
        "a" + "<(a" * 900,
    ],
)
def test_no_text_exhausts_the_stack(bomb: str) -> None:
    with pytest.raises(Unreadable, match=f"nested more than {DEEPEST} steps deep"):
        parse(bomb)


def test_a_long_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unreadable, match=f"has {LONGEST_TEXT + 1} characters; more than {LONGEST_TEXT}"):
        parse("(" * (LONGEST_TEXT + 1))
    assert parse("+".join(["年度保费"] * DEEPEST))  # a long but flat sum is fine


@examples(120)
@given(EXPRESSIONS)
def test_print_and_read_again_is_the_same(expression) -> None:  # type: ignore[no-untyped-def]
    text = printed(expression)
    again = parse(text)
    assert bare(again) == bare(expression)
    assert printed(again) == text


@examples(50)
@given(EXPRESSIONS)
def test_spans_are_inside_each_other_and_no_two_alike(expression) -> None:  # type: ignore[no-untyped-def]
    text = printed(expression)
    nodes = list(walk(parse(text)))
    assert len({node.span for node in nodes}) == len(nodes)
    for node in nodes:
        assert bare(parse(text[node.span.start : node.span.end])) == bare(node)


@examples(250)
@given(st.text(alphabet="ab1.,%()'<>=-+*/ ；，（）年\u200b\ud800_ANDORT0", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = parse(text)
    except Unreadable as refused:
        span = refused.problem.span
        assert span is not None and 0 <= span.start <= span.end <= len(text)
        assert refused.problem.sentence and not re.search(r"%\(", refused.problem.sentence)
    else:
        assert bare(parse(printed(expression))) == bare(expression)


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("month_fcy", ["month_fyc", "year_fyc"], "month_fyc"),
        ("年渡保费", ["年度保费", "月度保费"], "年度保费"),
        ("保费", ["年度保费", "heads"], "年度保费"),
        ("Month_FYC", ["month_fyc"], "month_fyc"),
        ("heads", ["month_fyc"], ""),
        ("x", ["y"], ""),
    ],
)
def test_the_name_that_was_meant(name: str, known: list[str], meant: str) -> None:
    assert closest(name, known) == meant
