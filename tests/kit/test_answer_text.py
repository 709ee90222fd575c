"""What we write of an answer reads as what Dash would have written."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from dash import _utils as usual
from dash import dcc, html
from dash._patch import Patch
from hypothesis import given
from hypothesis import strategies as st

from portal.kit import address, parts
from portal.kit.answer_text import answer_text
from portal.kit.components import Table

plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.floats() | st.dates()
plain |= st.datetimes(timezones=st.just(dt.UTC)) | st.decimals(allow_nan=False, allow_infinity=False, places=2)
names = st.sampled_from(["data-key", "aria-label", "title", "className", "id"])


def component(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    given = st.dictionaries(names, st.text(max_size=5), max_size=3)
    return st.builds(lambda children, more: html.Div(children, **more), inside | st.lists(inside, max_size=3), given)


values = st.recursive(
    plain, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4)
    | component(inside) | st.tuples(inside, inside)
)  # fmt: skip


@given(values)
def test_it_reads_as_what_dash_writes(value: Any) -> None:
    answer = {"multi": True, "response": {"one": {"children": value}}}
    assert json.loads(answer_text(answer)) == json.loads(usual.to_json(answer))


@pytest.mark.parametrize(
    "value",
    [
        Patch(), {1: "a number"}, {dt.date(2026, 1, 1): 1}, np.array([1, 2]), np.float64(1.5), np.datetime64("2026-01-01"),
        Decimal("1.10"), (), html.Div(), html.Div([html.B("x"), None, 1, ["y"]], hidden=False, **{"data-x": 1}),
        dcc.Link("x", href="/a?b=1&c=<2>"), dcc.Graph(figure={"data": [{"y": [1, None]}]}), parts.empty("nothing"),
        Table(columns=[], rows=[{"a": Decimal(1)}]), address.more("rows", "20", "Show more"),
    ],
)  # fmt: skip
def test_so_does_what_is_rare(value: Any) -> None:
    assert json.loads(answer_text({"a": value})) == json.loads(usual.to_json({"a": value}))


def test_it_opens_no_tag_and_ends_no_line() -> None:
    written = answer_text({"a": "</script><!-- \u2028\u2029"})
    assert not set("<>\u2028\u2029") & set(written)
    assert json.loads(written) == {"a": "</script><!-- \u2028\u2029"}


def test_what_has_no_json_is_an_error() -> None:
    with pytest.raises(TypeError):
        answer_text({"a": object()})
