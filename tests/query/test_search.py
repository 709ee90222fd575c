"""Search finds people, customers and accounts by name and number, and nothing outside the scope of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from portal.kit import shell
from portal.permissions import Permission
from portal.query.reader import reading
from portal.query.search import A_KIND, Hit, search
from tests.examples import examples
from tests.query.bank import ACCOUNTS, CUSTOMERS, STAFF, Bank
from tests.query.test_leader_pages import run


def ids(found: list[Hit], kind: str) -> set[int]:
    return {hit.id for hit in found if hit.kind == kind}


@pytest.mark.parametrize(
    ("words", "kind", "number"),
    [("ada", "customer", "C900001"), ("C900003", "customer", "C900003"), ("a910002", "account", "A910002"),
     ("person q-cai", "person", "Q-cai"), ("Q-CAI", "person", "Q-cai")],
)  # fmt: skip
def test_what_is_named_is_found(bank: Bank, words: str, kind: str, number: str) -> None:
    with reading(bank.leader("Q-HO")) as reader:
        assert [hit.number for hit in search(reader, words) if hit.kind == kind] == [number]


def test_each_sees_only_what_is_theirs(bank: Bank) -> None:
    """Bob has a part of Bea, whose account is 910002; Ann's branch has Ada and Bea; the house has all."""
    seen = {}
    for name, actor in {
        "bob": bank.manager("Q-bob"), "branch": bank.leader("Q-B1"), "house": bank.leader("Q-HO"),
    }.items():  # fmt: skip
        with reading(actor) as reader:
            people, customers, accounts = (search(reader, words, most=50) for words in ("Q-", "C9", "A9"))
            seen[name] = ids(people, "person"), ids(customers, "customer"), ids(accounts, "account")
    assert seen["bob"] == ({bank.people["Q-bob"]}, {900002}, {910002})
    assert seen["branch"] == ({bank.people["Q-ann"]}, {900001, 900002}, {910001, 910002, 910006})
    assert seen["house"] == ({bank.people[code] for code in STAFF}, set(CUSTOMERS), {row[0] for row in ACCOUNTS})


def test_without_the_permission_a_kind_is_not_sought(bank: Bank) -> None:
    nobody = replace(bank.leader("Q-HO"), permissions=frozenset())
    clerk = replace(bank.leader("Q-HO"), permissions=frozenset({Permission.PERSON_VIEW}))
    with reading(nobody) as reader:
        assert search(reader, "person") + search(reader, "ada") == []
    with reading(clerk) as reader:
        assert {hit.kind for words in ("person", "ada", "A9") for hit in search(reader, words)} == {"person"}


@examples(12)
@given(text=st.text(max_size=120))
def test_whatever_is_typed_is_answered(bank: Bank, text: str) -> None:
    with reading(bank.manager("Q-ann")) as reader:
        found = search(reader, text)
    assert len(found) <= 3 * A_KIND
    assert ids(found, "customer") <= {900001, 900002}


@pytest.mark.parametrize("typed", ["%", "_", "a", "", " ", "'", "\\"])
def test_too_little_finds_nothing_and_signs_are_no_wildcards(bank: Bank, typed: str) -> None:
    with reading(bank.leader("Q-HO")) as reader:
        assert search(reader, typed) == [] and search(reader, typed + "%") == []


def test_the_answer_says_what_it_answers_and_where_it_leads(signed_in: Callable[[str], FlaskClient]) -> None:
    """A leader who may not open a person's record comes to the person's customers."""
    answer = run(signed_in("Q-eva"), shell.SEARCH, "found", "q-cai")
    found = json.loads(answer.data)["response"][shell.SEARCH]["found"]
    assert found["asked"] == "q-cai"
    assert [entry["title"] for entry in found["entries"]] == ["Person Q-cai"]
    assert found["entries"][0]["href"].startswith("/reports/deposits?by=customer&manager=")
    assert b"entries" not in run(signed_in("Q-eva"), shell.SEARCH, "found", {"no": "text"}).data
