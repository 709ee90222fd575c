"""The compiled month: worked by hand once, and the laws every month keeps."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import cast

import pytest
from sqlglot import exp, parse_one

from calc import Engine
from calc.rulebook import Term, explain, run_month
from calc.rulebook import sql as building
from calc.rulebook.elements import Formula, Unit
from calc.rulebook.plan import Plan
from calc.step import StepError
from tests.rulebook.small_month import book, changed, give, given, plan_of, rows_of, run

D = Decimal


@cache
def the_plan() -> Plan:
    return plan_of(book())


def values(found: dict, element: str) -> dict[str, object]:
    return {row["agent_id"]: row[element] for row in found["agent_value"]}


def test_a_month_as_one_works_it_out_by_hand() -> None:
    found = run(the_plan(), given())
    assert found["row_problem"] == []
    assert values(found, "month_fyc") == {"a1": 0, "a2": 300, "a3": D("4005.00"), "a4": 60, "a5": 5}
    assert values(found, "bonus") == {"a1": 0, "a2": 3, "a3": D("80.15"), "a4": D("0.60"), "a5": D("0.05")}
    assert values(found, "team_override") == {"a1": D("430.50"), "a2": 0, "a3": 0, "a4": 0, "a5": D("0.50")}
    assert values(found, "down") == {"a1": 4365, "a2": 4065, "a3": 60, "a4": 0, "a5": 0}
    assert values(found, "weighted") == {"a1": 8310, "a2": 4125, "a3": 60, "a4": 0, "a5": 0}
    assert values(found, "direct_part") == {"a1": 60, "a2": D("400.5"), "a3": 3, "a4": 0, "a5": 0}
    assert values(found, "nurture") == {"a1": D("0.04"), "a2": 0, "a3": 0, "a4": 0, "a5": 0}
    # a1 keeps 10 % of everyone under a2; a2 5 % of a3 and a4; a3 has no more than a4
    assert values(found, "spread_part") == {"a1": D("436.50"), "a2": D("203.25"), "a3": 0, "a4": 0, "a5": 0}
    assert values(found, "quarter")["a3"] == D("4015.50")
    assert values(found, "before") == {"a1": 0, "a2": 0, "a3": D("10.50"), "a4": 0, "a5": 0}
    assert [(row["agent_id"], row["to_rank"], row["kind"], row["decided_by"]) for row in found["ladder_move"]] == [
        ("a2", "A", "demotion", 20), ("a3", "S", "promotion", 0), ("a5", "A", "demotion", 0),
    ]  # fmt: skip


def test_the_parts_of_a_line_sum_to_what_is_paid_and_a_cap_cuts() -> None:
    found = run(the_plan(), given())
    for row in found["line_amount"]:
        assert row["paid"] == row["earned"] - row["cut"] - row["held"] + row["released"]
    cut = {row["agent_id"]: row["cut"] for row in found["line_amount"] if row["line"] == "bonus_line"}
    assert cut == {"a1": 0, "a2": 0, "a3": D("20.15"), "a4": 0, "a5": 0}
    held = {row["agent_id"]: row["held"] for row in found["line_amount"] if row["line"] == "override_line"}
    assert held["a1"] == D("43.05")


def test_the_order_of_rows_and_the_number_of_threads_change_nothing() -> None:
    plan = the_plan()
    first = run(plan, given())
    shuffler = random.Random(7)
    for threads in (1, 2):
        shuffled = {name: shuffler.sample(list(rows), len(rows)) for name, rows in given().items()}
        assert run(plan, shuffled, threads) == first


def test_two_variants_give_what_each_gives_alone() -> None:
    """Institution 1 by one book, institution 2 by the other; nobody's sums reach into the other institution here."""
    tables = given()
    apart = changed(tables, relation=[row for row in tables["relation"] if "a4" not in row and "a5" not in row])
    one, two = book(), book("two", fyc_a="0.35", target="10")
    both = run(
        plan_of(one, two), changed(apart, rules=[(1, dt.date(2000, 1, 1), None, 1), (2, dt.date(2000, 1, 1), None, 2)])
    )
    alone = [run(plan_of(variant), apart) for variant in (one, two)]
    keys = ("agent_value", "line_amount")
    for table in keys:
        for institution in (1, 2):
            mine = [_plain(row) for row in both[table] if row["institution_id"] == institution]
            assert mine == [
                _plain(row) for row in alone[institution - 1][table] if row["institution_id"] == institution
            ]
    assert values(both, "month_fyc")["a4"] == 70


def _plain(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "variant"}


def test_a_month_without_facts_pays_nothing() -> None:
    found = run(the_plan(), changed(given(), premium=[], history=[]))
    assert found["row_problem"] == []
    assert {row["paid"] for row in found["line_amount"]} == {0}


def test_an_unknown_product_is_a_problem_that_names_the_person_and_the_product() -> None:
    tables = given()
    unknown = (8, "a4", 2, D("10.00"), "X", 1, dt.date(2026, 3, 2), 7)
    found = run(the_plan(), changed(tables, premium=[*tables["premium"], unknown]))
    assert found["row_problem"] == [
        {"grain": "premium", "row_key": "8", "agent_id": "a4", "element": "fyc", "part": "expression", "start": 23,
         "reason": "missing", "detail": "fyc_rate: product = X, year = 1"}
    ]  # fmt: skip
    paid = {(row["agent_id"], row["line"]): row["paid"] for row in found["line_amount"]}
    assert paid["a4", "bonus_line"] is None
    assert paid["a1", "spread_line"] is None  # a4 stands below a1
    assert paid["a3", "bonus_line"] == 60


def test_a_value_outside_its_bounds_is_a_problem_and_never_cut() -> None:
    tables = given()
    huge = (8, "a4", 2, D("10000000000.00"), "A", 1, dt.date(2026, 3, 2), 7)
    found = run(the_plan(), changed(tables, premium=[*tables["premium"], huge]))
    named = sorted((row["element"], row["agent_id"]) for row in found["row_problem"])
    assert named == [("fyc", "a4"), ("premium.amount", "a4")], "what was delivered, and what needs it"
    assert values(found, "month_fyc")["a4"] is None


def test_a_cycle_in_the_reporting_line_is_named_and_ends() -> None:
    tables = given()
    found = run(
        the_plan(), changed(tables, relation=[*tables["relation"], ("reporting", "a4", "a2", dt.date(2026, 1, 1))])
    )
    cycles = {row["agent_id"]: row["detail"] for row in found["row_problem"] if row["reason"] == "cycle"}
    assert set(cycles) == {"a2", "a3", "a4"}
    assert all(detail.split(" > ")[0] == detail.split(" > ")[-1] for detail in cycles.values())
    assert values(found, "down")["a2"] is None


def test_a_fact_of_an_institution_without_rules_is_a_problem_not_nothing() -> None:
    tables = given()
    strange = (8, "a4", 9, D("10.00"), "A", 1, dt.date(2026, 3, 2), 7)
    both = plan_of(book(), replace(book("two"), formulas={**book().formulas, **other_fyc()}))
    found = run(both, changed(tables, premium=[*tables["premium"], strange]))
    assert [(row["element"], row["row_key"], row["reason"]) for row in found["row_problem"]] == [
        ("fyc", "8", "no rules")
    ]
    assert values(found, "month_fyc")["a4"] is None


def other_fyc() -> dict[str, Formula]:
    return {"fyc": replace(book().formulas["fyc"], expression="ROUND(premium.amount * 10%, 2)")}


def test_two_sets_of_rules_for_one_day_are_refused() -> None:
    tables = changed(
        given(),
        rules=[(1, dt.date(2000, 1, 1), None, 1), (1, dt.date(2025, 1, 1), None, 1), (2, dt.date(2000, 1, 1), None, 1)],
    )
    with pytest.raises(StepError, match="two sets of rules"):
        run(the_plan(), tables)


SPARK_TYPES = {exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.DATE, exp.DType.BOOLEAN, exp.DType.INT}


def test_every_statement_can_be_told_to_spark() -> None:
    statements = plan_of(book(), book("two", fyc_a="0.35")).sql("spark")
    assert statements
    for statement in statements:
        for word in ("HUGEINT", "INT128", "ASOF", "MATERIALIZED", "//", "::", building.QUOTIENT, "$"):
            assert word not in statement.upper()
        read = list(parse_one(statement, read="spark").walk())
        assert not any(isinstance(node, exp.Command | exp.Anonymous) for node in read), "Spark knows every function"
        for kind in (node for node in read if isinstance(node, exp.DataType)):
            digits = [int(size.name) for size in kind.expressions]
            assert kind.this in SPARK_TYPES and (not digits or 38 >= digits[0] >= digits[1]), kind.sql("spark")


@pytest.mark.parametrize("before", [16, 36], ids=["multiplied", "read from its text"])
def test_division_is_exact_to_ten_decimals_half_away_from_zero(before: int) -> None:
    shuffler = random.Random(11)
    pairs = [
        (
            D(shuffler.randint(-(10**14), 10**14)).scaleb(-2),
            D(shuffler.choice([-1, 1]) * shuffler.randint(1, 10**5)).scaleb(-2),
        )
        for _ in range(500)
    ]
    pairs += [(D("0.01"), D("200000000.00")), (D("-0.01"), D("200000000.00")), (D("2000000000000000.01"), D(1))]
    with Engine() as engine:
        for over, under in pairs:
            query = building.quotient(building.literal(over), building.literal(under), 2, "±±", before)
            got = engine.connection.execute(f"select {building.spelled(query, 'duckdb')}").fetchone()
            exact = (over / under).quantize(D(1).scaleb(-10), rounding=ROUND_HALF_UP)
            assert got == (exact,), (over, under)


def test_a_quotient_in_64_bits_is_exact_half_away_from_zero() -> None:
    """To the widest dividend and divisor for which it is written, and on halves of the last decimal."""
    shuffler = random.Random(12)
    pairs = [
        (D(shuffler.randint(0, 10**10)).scaleb(-2), D(shuffler.randint(100, 10**12 - 1)).scaleb(-2)) for _ in range(500)
    ]
    pairs += [(D(1), D(3)), (D("0.01"), D(2 * 10**8)), (D("99999999.99"), D(1)), (D(0), D(7)), (D(1), D(6 * 10**9))]
    with Engine() as engine:
        for over, under in pairs:
            query = building.quotient(building.literal(over), building.literal(under), 2, "++", 10, 8)
            got = engine.connection.execute(f"select {building.spelled(query, 'duckdb')}").fetchone()
            exact = (over / under).quantize(D(1).scaleb(-10), rounding=ROUND_HALF_UP)
            assert got == (exact,), (over, under)


# -- explanations


@pytest.fixture(scope="module")
def engine_and_plan():
    plan = the_plan()
    with Engine() as engine:
        give(engine, given())
        run_month(engine, plan)
        yield engine, plan


ELEMENTS = (
    "month_fyc",
    "bonus",
    "average",
    "team_override",
    "down",
    "weighted",
    "direct_part",
    "nurture",
    "spread_part",
    "quarter",
    "before",
)


def test_the_terms_of_every_amount_recompute_to_it(engine_and_plan) -> None:
    engine, plan = engine_and_plan
    known = {row["agent_id"]: row for row in rows_of(engine, "agent_value")}
    looked_at = 0
    for agent, row in known.items():
        for element in ELEMENTS:
            term = explain(engine, plan, agent, element)
            assert term.value == row[element]
            looked_at += _holds(term)
    assert looked_at > 100


def _holds(term: Term) -> int:
    """Check every sum among a term's nodes; gives back how many there were."""
    checks = 0
    kinds = {child.kind for child in term.children}
    parts = [child.value for child in term.children if child.kind in ("fact", "person", "band", "month")]
    if term.kind == "element" and len(term.children) == 1 and kinds == {"node"}:
        assert term.value == term.children[0].value
        checks += 1
    elif parts and term.unit == Unit.MONEY and all(isinstance(part, Decimal) for part in parts):
        now = [child.value for child in term.children if child.kind == "element" and "ROLLING_SUM" in term.text]
        assert term.value == sum([*parts, *now], term.unlisted_total)
        checks += 1
    return checks + sum(_holds(child) for child in term.children)


class Asked:
    """An engine's connection that notes what is asked of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.statements = engine, list[str]()

    @property
    def connection(self) -> Asked:
        return self

    def execute(self, statement: str, *values: object) -> object:
        self.statements.append(statement)
        return self.engine.connection.execute(statement, *values)


def test_what_is_opened_at_several_depths_is_read_once() -> None:
    """Persons below are walked to once for a relation and read once for a text, however many elements name it."""
    told = book()
    money = told.formulas["down"].quantity
    above = {name: Formula(name, money, "agent", text) for name, text in
             (("once", "down + 1"), ("twice", "down + once"), ("thrice", "once + twice + down"))}  # fmt: skip
    plan = plan_of(replace(told, formulas={**told.formulas, **above}))
    with Engine() as engine:
        give(engine, given())
        run_month(engine, plan)
        asked = {}
        for element in ("down", "thrice"):
            one = Asked(engine)
            explain(cast(Engine, one), plan, "a1", element)
            asked[element] = one.statements
    assert len(asked["thrice"]) == len(asked["down"])
    assert sum("with recursive" in statement for statement in asked["thrice"]) == 1


def test_a_tier_shows_its_bands_and_a_lookup_its_row(engine_and_plan) -> None:
    engine, plan = engine_and_plan
    everything = list(_walk(explain(engine, plan, "a3", "bonus")))
    assert [term.value for term in everything if term.kind == "band"] == [10, 40, D("30.15")]
    assert "product = B, year = 1" in {term.text for term in everything if term.kind == "row"}
    with pytest.raises(LookupError):
        explain(engine, plan, "nobody", "bonus")


def _walk(term: Term):
    yield term
    for child in term.children:
        yield from _walk(child)
