"""Random expressions, and expressions compared without where they stood."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from calc.rulebook.names import FUNCTIONS, is_reserved
from calc.rulebook.syntax import Binary, Call, Date, Expression, Flag, Name, Number, Span, Text, Unary

NOWHERE = Span(0, 0)
NAMES = st.sampled_from(["fyc", "month_fyc", "年度保费", "Ünïcode", "_x1", "FYC"])
LETTERS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), max_size=8)


def bare(expression: Expression) -> object:
    """The tree without spans, and numbers without zeros at their end."""
    kind, *parts = (
        bare(part) if dataclasses.is_dataclass(part) else tuple(map(bare, part)) if isinstance(part, tuple) else part
        for part in (
            type(expression).__name__,
            *(
                getattr(expression, field.name)
                for field in dataclasses.fields(expression)
                if field.type not in ("Span", Span)
            ),
        )
    )
    return (kind, *parts)


_leaves = st.one_of(
    st.builds(Number, st.decimals(0, 10**12, allow_nan=False, places=4), st.booleans(), st.just(NOWHERE)),
    st.builds(Number, st.integers(0, 10**20).map(Decimal), st.booleans(), st.just(NOWHERE)),
    st.builds(Text, LETTERS, st.just(NOWHERE)),
    st.builds(Date, st.dates(dt.date(1900, 1, 1)), st.just(NOWHERE)),
    st.builds(Flag, st.booleans(), st.just(NOWHERE)),
    st.builds(Name, st.sampled_from(["", "p", "premium", "month", "my"]), NAMES, st.just(NOWHERE)),
)


def _grown(inside: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    signs = st.sampled_from(["+", "-", "*", "/", "=", "<>", "<", "<=", ">", ">=", "AND", "OR"])
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "NOT"]), inside, st.just(NOWHERE)),
        st.builds(Binary, signs, inside, inside, st.just(NOWHERE), st.just(NOWHERE)),
        st.builds(
            Call,
            st.sampled_from([*sorted(FUNCTIONS), "unknown_function"]),
            st.lists(inside, max_size=3).map(tuple),
            st.just(NOWHERE),
            st.just(NOWHERE),
        ),
    )


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(_leaves, _grown, max_leaves=25)
assert not any(map(is_reserved, ["fyc", "month_fyc", "_x1"]))
