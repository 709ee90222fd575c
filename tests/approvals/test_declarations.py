"""A wrong declaration fails when it is made, and names what is wrong; contents hash the same however they were made."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.permissions import Permission
from portal.query.approval import DecidedBy, WrongDeclaration, canonical, hash_of
from portal.query.exact import allocated
from portal.resources.shares import SHARE_ROLES
from portal.services.approval_kinds import APPROVALS
from portal.services.share_requests import ROLES, SHARE_CHANGE
from tests.examples import examples


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": "Share change"}, "key has small letters"),
        ({"subject": ""}, "subject must say"),
        ({"decide_permission": "share.edit"}, "decide_permission must be a Permission, not 'share.edit'"),
        ({"preview": None}, "preview must be a function, not None"),
        ({"on_approved": lambda writer: None}, "on_approved is called with 3 values, which <lambda> does not take"),
        ({"checks": (lambda reader: [],)}, "checks is called with 2 values"),
        ({"decided_by": DecidedBy(people=0)}, "asks for 0 people; 1 to 9"),
        ({"decided_by": DecidedBy(people=3, steps=(Permission.SHARE_EDIT,) * 2)}, "names 2 steps and 3 people"),
        ({"decided_by": DecidedBy(steps=("share.edit",))}, "a step must be a Permission, not 'share.edit'"),
        ({"due_days": 0}, "due_days must lie between 1 and 365, not 0"),
    ],
)
def test_wrong_declarations_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongDeclaration, match='Approval "') as told:
        replace(SHARE_CHANGE, **change)
    assert sentence in str(told.value)


def test_kinds_are_known_by_their_keys() -> None:
    assert {key: kind.key for key, kind in APPROVALS.items()} == {key: key for key in APPROVALS}
    assert tuple(role for role, _title in SHARE_ROLES) == ROLES


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@examples(60)
@given(st.dictionaries(st.text(max_size=5), PLAIN, max_size=5))
def test_a_content_hashes_the_same_after_it_was_stored(content: dict[str, Any]) -> None:
    kept = canonical(content)
    assert hash_of(content) == hash_of(kept) == hash_of(dict(reversed(kept.items())))
    assert hash_of({**content, "one more": 1}) != hash_of(content)


def test_what_has_no_exact_form_is_refused_and_equal_numbers_are_equal() -> None:
    with pytest.raises(TypeError, match="float"):
        hash_of({"rate": 0.1})
    assert hash_of({"rate": Decimal("0.50")}) == hash_of({"rate": Decimal("0.5")})
    assert hash_of({"day": dt.date(2026, 1, 1)}) == hash_of({"day": "2026-01-01"})


@examples(80)
@given(
    st.decimals(-(10**6), 10**6, places=2),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
)
def test_cents_of_a_split_sum_and_mirror(amount: Decimal, weights: list[int]) -> None:
    millionths = [weight * 10**6 // sum(weights) for weight in weights]
    millionths[0] += 10**6 - sum(millionths)
    parts = [(person, Decimal(part).scaleb(-6)) for person, part in enumerate(millionths, start=1)]
    split = allocated(amount, parts)
    assert sum(split.values()) == amount
    assert allocated(-amount, parts) == {person: -part for person, part in split.items()}
    assert all(abs(split[person] - amount * ratio) < Decimal("0.01") for person, ratio in parts)
