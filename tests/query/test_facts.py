"""Questions to DuckDB that are planned once, and answers that stand in memory for others to begin with."""

from __future__ import annotations

import datetime as dt
import threading
import time
from decimal import Decimal

import pytest

from portal.query import facts

FROM_FILES = "/* read_parquet */"  # only what reads files is planned


def of_a_thread(ask: object) -> list[facts.Row]:
    """What a thread of its own, with a DuckDB of its own, is answered."""
    found: list[list[facts.Row]] = []
    one = threading.Thread(target=lambda: found.append(facts.ask(*ask)))  # type: ignore[misc]
    one.start()
    one.join()
    return found[0]


def test_a_planned_question_answers_each_number_anew() -> None:
    question = f"select a, a * ? as b from range(5) as t(a) where a >= ? order by 1 {FROM_FILES}"
    for factor in range(-3, 4):
        wanted = [{"a": one, "b": one * factor} for one in range(2, 5)]
        assert facts.ask(question, [factor, 2]) == wanted
        assert of_a_thread((f"{question} -- again", [factor, 2])) == wanted


@pytest.mark.parametrize(
    "given", ["1; drop table kept", True, None, Decimal("1.50"), dt.date(2026, 1, 2), 2**70, -(2**63)]
)
def test_whatever_is_no_plain_number_stays_a_parameter(given: object) -> None:
    assert [row["a"] for row in facts.ask("select ? as a", [given])] == [given]


def test_plans_and_standing_answers_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when each has to make room for the next one, and when an answer stands anew under a plan that names it."""
    monkeypatch.setattr(facts, "MOST_PLANS", 2)
    monkeypatch.setattr(facts, "MOST_STANDING", 2)
    for turn in range(4):
        for size in range(2, 7):
            base = facts.standing(f"select a, a * a as square from range({size}) as t(a)")
            question = f"select sum(square) as s from ({base}) where a <> ? {FROM_FILES}"
            row = facts.ask(question, [turn])
            assert row == [{"s": sum(one * one for one in range(size) if one != turn)}]


def test_what_is_too_long_to_stand_is_part_of_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "LARGEST_STANDING_BYTES", 100)
    sql = "select a from range(1000) as t(a)"
    assert facts.standing(sql) == sql
    assert facts.ask(f"select count(*) as n from ({facts.standing(sql)})") == [{"n": 1000}]


def test_threads_share_an_engine_and_nothing_that_stands_in_it() -> None:
    """Each thread has plans and standing answers of its own; asked at the same time, each gets its own answer."""
    wrong: list[object] = []

    def ask(number: int) -> None:
        for turn in range(30):
            size = 10 + (number + turn) % 7
            base = facts.standing(f"select a from range({size}) as t(a)")
            asked = f"select sum(a) + {number} * 0 + {turn} * 0 as s from ({base}) where a < ?"
            row = facts.ask(asked, [size - number])
            if row != [{"s": sum(range(size - number)) if size > number else None}]:
                wrong.append((number, turn, row))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def gathered(sql: str) -> str:
    """What stands for a question once its rows were gathered."""
    first = facts.soon_standing(sql)
    assert first == sql  # nobody waits for them
    for _try in range(200):
        if (found := facts.soon_standing(sql)) != sql:
            return found
        time.sleep(0.05)
    raise TimeoutError(sql)


def test_rows_that_were_gathered_stand_for_their_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "GATHER_AFTER_SECONDS", 0.01)
    sql = "select a, a % 7 as b from range(500) as t(a) -- gathered"
    found = gathered(sql)
    question = "select b, sum(a) as s from ({}) group by all order by 1"
    asked = f"select * from ({sql}\n)"
    assert facts.ask(question.format(found)) == facts.ask(question.format(asked))
    assert of_a_thread((f"select count(*) as n from ({asked})",)) == [{"n": 500}]
    other = facts.soon_standing(f"{sql} of somebody else")
    assert other != found  # what stands is known by the whole question, the scope in it included


def test_too_many_rows_are_left_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "GATHER_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(facts, "MOST_GATHERED_ROWS", 10)
    sql = "select a from range(11) as t(a) -- too many"
    begun = threading.active_count()
    assert facts.soon_standing(sql) == sql
    while threading.active_count() > begun:
        time.sleep(0.01)
    assert facts.soon_standing(sql) == sql
    assert threading.active_count() <= begun  # nor is it tried again


def test_a_long_answer_that_does_not_stand_is_not_worked_out_to_find_that_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(facts, "LARGEST_STANDING_BYTES", 100)
    asked: list[str] = []
    table = facts.table
    monkeypatch.setattr(facts, "table", lambda sql: (asked.append(sql), table(sql))[1])
    sql = "select a from range(1000) as t(a) -- too long to stand"
    assert [facts.standing(sql) for _time in range(3)] == [sql] * 3
    assert asked == [sql]
