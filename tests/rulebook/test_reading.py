"""The reader of formulas: what it understands, and what it refuses with which sentence and where."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.rulebook.reading import Unreadable, parse, printed
from calc.rulebook.syntax import Span, walk

GOOD = {
    "a - -b": "a - -b",
    "10% * x": "10% * x",
    "a+b*c": "a + b * c",
    "(a+b)*c": "(a + b) * c",
    "a-(b-c)": "a - (b - c)",
    "a-b-c": "a - b - c",
    "-a*b": "-a * b",
    "not a AND b or c": "NOT a AND b OR c",
    "NOT (a AND b)": "NOT (a AND b)",
    "ROUND（保费 × 35％，２）": "ROUND(保费 * 35%, 2)",
    "fyc ≥ 3000": "fyc >= 3000",
    "a ≠ ‘TL10’": "a <> 'TL10'",
    "'it''s'": "'it''s'",
    "premium.issued_on >= 2026-01-31": "premium.issued_on >= 2026-01-31",
    "if(p.x > 0.50, 1, 0)": "IF(p.x > 0.50, 1, 0)",
    "-(-a)": "-(-a)",
}
BAD = {
    "a--1": ("Two minus signs in a row: put the second one in parentheses.", Span(1, 3)),
    "MAX(1,000)": (
        "000 begins with a zero: numbers have no leading zeros and no thousands separators.", Span(6, 9)
    ),
    "007": ("007 begins with a zero: numbers have no leading zeros and no thousands separators.", Span(0, 3)),
    "1e-1": ("1 runs into a word: put a sign or a blank between them.", Span(0, 1)),
    "1.": ("1. is no number: write digits after the point.", Span(0, 1)),
    "a < b < c": ("Two comparisons in a row: join them with AND.", Span(6, 7)),
    "a b": ("A sign is missing before b.", Span(2, 3)),
    "2026-02-31": ("There is no day 2026-02-31.", Span(0, 10)),
    "(a": ("This parenthesis is not closed.", Span(0, 1)),
    "a)": ("This parenthesis closes nothing.", Span(1, 2)),
    "a +": ("Something is missing at the end.", Span(3, 3)),
    "a + * b": ("A value is missing before *.", Span(4, 5)),
    "read_csv('/etc/passwd')": ("There is no function read_csv.", Span(0, 8)),
    "a; drop": ("; is no sign of the language.", Span(1, 2)),
    "@v": ("@ is no sign of the language.", Span(0, 1)),
    "'open": ("This text has no end: close it with a single quote.", Span(0, 5)),
    '"a"': ("Texts stand in single quotes, not in double ones.", Span(0, 1)),
    "round + 1": ("ROUND is a function: write its arguments in parentheses.", Span(0, 5)),
    "agent.": ("A name is missing after agent and the point.", Span(6, 6)),
}  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_what_is_read_prints_as_its_canonical_text(text: str) -> None:
    assert printed(parse(text)) == GOOD[text]
    assert printed(parse(GOOD[text])) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_refused_says_why_and_where(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text)
    assert (refused.value.problem.sentence, refused.value.problem.span) == BAD[text]


def test_no_two_nodes_share_a_place() -> None:
    for text in GOOD:
        spans = [node.span for node in walk(parse(text))]
        assert len(spans) == len(set(spans)), text


def test_a_formula_of_any_length_or_depth_is_answered() -> None:
    for text in ("(" * 5_000, "-(" * 3_000, "1+" * 4_999, "NOT " * 2_000, "a" * 20_000, "MAX(" * 2_000):
        with pytest.raises(Unreadable):
            parse(text)


@settings(max_examples=200)
@given(st.text(max_size=60) | st.text(alphabet="ab12.%'()+-*/<>=, ANDORTI（％", max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        tree = parse(text)
    except Unreadable as refused:
        assert refused.problem.sentence.endswith(".") and refused.problem.span is not None
    else:
        assert parse(printed(tree)) is not None and printed(parse(printed(tree))) == printed(tree)
