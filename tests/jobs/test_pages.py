"""The Jobs pages: what they show of runs, and what their buttons ask for."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from dash import no_update
from flask import Flask
from flask_babel import Babel

from callbacks import jobs as jobs_page
from callbacks import run as run_page
from jobs.registry import JOBS
from portal.access.callback_body import Malformed
from portal.kit import run_view
from portal.kit.gantt import Bar, duration, gantt
from portal.permissions import LOCAL_OPERATOR, Actor, Forbidden, Permission
from portal.query.reader import reading
from portal.query.runs import batches, findings
from portal.services.runs import RunProblem, request_run
from portal.services.writer import writing
from tests.jobs.conftest import Toy

ONLOOKER = replace(LOCAL_OPERATOR, permissions=frozenset({Permission.JOB_VIEW}))
FAR_AHEAD = (
    "insert into run (job, business_date, attempt, status, requested_by) "
    "values (:job, date '9999-12-31', 1, 'cancelled', 'somebody') returning id"
)
NOBODY = replace(LOCAL_OPERATOR, permissions=frozenset())


@pytest.fixture
def page(toy_job: Toy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """A request of somebody who may do everything, about a job with one refused month and one flagged one."""
    monkeypatch.setitem(run_view.JOBS, toy_job.key, "Toy")
    become(monkeypatch, LOCAL_OPERATOR)
    with toy_job.database.owner.begin() as connection:
        connection.exec_driver_sql("truncate heartbeat")  # a process of another test gave a sign of life
    toy_job.run("2024-01-30", "2024-02-02")
    toy_job.make_bad("2024-03-01")
    toy_job.run("2024-02-03", "2024-03-02")
    toy_job.rows(
        "insert into problem (chunk, business_date, rule, severity, dataset, message, row) "
        "select :chunk, date '2024-01-31', 'below_limit', 'warning', 'movement', "
        "'Account ' || n || ' is below its limit.', "
        "jsonb_build_object('account_id', n, 'amount', '-1250.5', 'customer_name', 'Jana Nováková') "
        "from generate_series(1, 12) as n returning id",
        chunk=f"{toy_job.key}:2024-01-30..2024-01-31:1",
    )  # fmt: skip
    server = Flask("test")
    Babel(server)
    with server.test_request_context():
        yield toy_job


def test_every_job_and_step_has_a_title_that_is_translated() -> None:
    for job in JOBS.values():
        assert job.key in run_view.JOBS
        assert {step.name for step in job.steps} <= run_view.STEPS.keys()


def become(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    for module in (jobs_page, run_page):
        monkeypatch.setattr(module, "current_actor", lambda: actor)


def run_id(toy_job: Toy, day: str) -> str:
    newest = "select id from run where job = :job and business_date = :day order by attempt desc limit 1"
    return str(toy_job.rows(newest, day=dt.date.fromisoformat(day))[0].id)


def said(component: Any) -> str:
    """All that a component says, as one text."""
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def test_the_page_shows_dates_runs_and_what_is_in_the_way(page: Toy) -> None:
    address = {"job": page.key, "until": "", "status": ""}
    _subtitle, figures, notes, calendar, may_not_run, still = jobs_page.show_job(address, None)
    assert "2 Mar 2024" not in said(figures) and "29 Feb 2024" in said(figures)
    assert "No jobs process is running" in said(notes) and len(notes) == 1, "no later date waits"
    assert not may_not_run and still
    shown = said(calendar)
    assert "31 Jan 2024: Published with open problems" in shown and "1 Mar 2024: Refused" in shown
    _views, table, picture = jobs_page.show_runs(address, None)
    assert "The file of 2024-03-01 has no total." in said(table)
    assert "1 Mar 2024 – 2 Mar 2024" in said(table) and "What ran when" in said(picture)
    _views, table, _picture = jobs_page.show_runs(address | {"status": "refused"}, None)
    assert len(table.rows) == 1


def dates(first: Any, last: Any = "") -> dict[str, Any]:
    """What the form that asks for runs sends."""
    return {"first": first, "last": last}


def test_the_page_counts_what_is_returned(page: Toy) -> None:
    """A callback's answer stays small: lists are one component."""
    address = {"job": page.key, "until": "", "status": ""}
    assert max(said(part).count('"namespace"') for part in jobs_page.show_job(address, None)) <= 40
    assert max(said(part).count('"namespace"') for part in jobs_page.show_runs(address, None)) <= 40


@pytest.mark.parametrize("stored", [None, 1, "job", [], {}, {"job": 1, "until": "", "status": ""}, {"id": None}])
def test_a_store_that_no_page_keeps_is_refused(page: Toy, stored: Any) -> None:
    asked = [
        lambda: jobs_page.show_job(stored, None), lambda: jobs_page.show_runs(stored, None),
        lambda: jobs_page.show_progress(None, False, stored, None), lambda: jobs_page.ask_for_dates(1, stored),
        lambda: jobs_page.ask_for_runs(1, dates("2024-01-30"), stored), lambda: run_page.show_run(stored, None, None),
        lambda: run_page.show_problems(stored, None, True), lambda: run_page.run_again(1, "why", stored),
        lambda: run_page.cancel(1, "why", stored), lambda: run_page.acknowledge(1, "why", "one", stored),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(Malformed):
            ask()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1026-11-20", "9026-11-20"])
def test_a_slip_of_the_pen_is_no_business_date(page: Toy, day: str) -> None:
    address = {"job": page.key, "until": "", "status": ""}
    told = said(jobs_page.ask_for_runs(1, dates(day, day), address)[1])
    assert "has not come yet" in told or "cannot be a business date" in told
    with writing(LOCAL_OPERATOR) as writer, pytest.raises(RunProblem, match="cannot be a business date"):
        request_run(writer, page.key, [dt.date.fromisoformat(day)])
    assert (
        page.rows("select 1 from run where job = :job and business_date = :day", day=dt.date.fromisoformat(day)) == []
    )


@pytest.mark.parametrize("typed", [None, 1.5, [], {}, True, "soon"])
def test_what_no_field_holds_is_no_date_and_no_reason(page: Toy, typed: Any) -> None:
    address = {"job": page.key, "until": "", "status": ""}
    assert "Write dates as" in said(jobs_page.ask_for_runs(1, dates(typed, typed), address)[1])
    assert "Write dates as" in said(jobs_page.ask_for_runs(1, typed, address)[1])
    run = {"id": run_id(page, "2024-02-01"), "step": "", "problem": ""}
    if typed != "soon":
        assert "Say why" in said(run_page.run_again(1, typed, run)[1])
        assert "Say why" in said(run_page.cancel(1, typed, run)[1])


def test_a_run_says_why_it_was_refused_and_offers_to_run_it_again(page: Toy) -> None:
    address = {"id": run_id(page, "2024-03-02"), "step": "", "problem": ""}
    title, notes, facts, _picture, steps, no_again, no_cancel, still = run_page.show_run(address, None, None)
    assert title == "Toy · 1 Mar 2024 – 2 Mar 2024" and "has no total" in said(notes)
    assert "Refused" in said(facts) and "step=collect" in said(steps)
    assert (no_again, no_cancel, still) == (False, False, True)


def test_running_again_needs_a_reason_and_leads_to_the_new_attempt(page: Toy) -> None:
    address = {"id": run_id(page, "2024-02-01"), "step": "", "problem": ""}
    assert run_page.run_again(None, "a click that never was", address) == (no_update, no_update, no_update)
    href, flag, _toast = run_page.run_again(1, " ", address)
    assert href is no_update and "Say why" in said(flag)
    page.make_bad("2024-03-01", bad=False)
    href, _flag, toast = run_page.run_again(1, "late file", address | {"step": "add"})
    assert href == run_view.run_href(int(run_id(page, "2024-02-01"))) and "29 dates" in said(toast)
    asked = page.rows(
        "select business_date, from_step from run where job = :job and attempt = 2 order by business_date"
    )
    assert (str(asked[0].business_date), str(asked[-1].business_date)) == ("2024-02-01", "2024-02-29")
    assert {row.from_step for row in asked} == {"add"}
    assert "no step" in said(run_page.run_again(1, "guess", address | {"step": "rm -rf"})[1])


def test_a_waiting_run_is_cancelled_with_a_reason(page: Toy) -> None:
    page.run("2024-03-03", "2024-03-05")  # they wait for the first of March
    address = {"id": run_id(page, "2024-03-04"), "step": "", "problem": ""}
    _title, notes, *_rest = run_page.show_run(address, None, None)
    assert "Later dates wait for 1 Mar 2024, which was refused" in said(notes)
    assert "Say why" in said(run_page.cancel(1, None, address)[1])
    closed, _flag, toast, moved = run_page.cancel(1, "not needed", address)
    assert closed is False and "3 dates" in said(toast) and moved
    assert page.statuses()[-4:] == [("2024-03-02", 1, "refused")] + [
        (f"2024-03-0{day}", 1, "cancelled") for day in (3, 4, 5)
    ]


def test_problems_stand_in_tables_by_rule_and_are_acknowledged_together(page: Toy) -> None:
    address = {"id": run_id(page, "2024-01-30"), "step": "", "problem": ""}
    shown = said(run_page.show_problems(address, None, True))
    assert "12 of 12 open" in shown and "−1,250.50" in shown
    assert "Jana" not in shown and "••••••vá" in shown, "persons are masked"
    with reading(LOCAL_OPERATOR) as reader:
        first = findings(reader, f"{page.key}:2024-01-30..2024-01-31:1")[0].id
    address = address | {"problem": str(first)}
    assert "Say why" in said(run_page.acknowledge(1, "", "one", address)[1])
    run_page.acknowledge(1, "agreed", "one", address)
    assert "11 of 12 open" in said(run_page.show_problems(address, None, True))
    assert "acknowledged this problem already" in said(run_page.acknowledge(1, "agreed", "alike", address)[1])
    run_page.acknowledge(1, "agreed", "alike", address | {"problem": str(first + 1)})
    assert "0 of 12 open" in said(run_page.show_problems(address, None, True))


def test_asking_for_dates_checks_what_was_typed(page: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"job": page.key, "until": "", "status": ""}
    assert jobs_page.ask_for_dates(1, address) == (True, dates("2024-03-03", "2024-03-03"), "")
    page.rows(FAR_AHEAD)
    assert jobs_page.ask_for_dates(1, address) == (True, dates("2024-03-03", "2024-03-03"), ""), (
        "a date far ahead is not followed"
    )
    for first, last, sentence in (
        ("3 March", "", "year-month-day"), ("2024-03-04", "2024-03-03", "before the first"),
        ("2000-01-01", "2024-01-01", "at most"), ("2024-01-30", "", "have a run already"),
    ):  # fmt: skip
        assert sentence in said(jobs_page.ask_for_runs(1, dates(first, last), address)[1])
    assert "no such job" in said(jobs_page.ask_for_runs(1, dates("2024-03-03"), address | {"job": "other"})[1])
    closed, _said, _answered, toast, _off = jobs_page.ask_for_runs(1, dates("2024-03-03", "2024-03-04"), address)
    assert closed is False and "2 dates" in said(toast)


def test_who_may_only_look_gets_no_buttons_and_who_may_not_gets_nothing(
    page: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = {"id": run_id(page, "2024-01-30"), "step": "", "problem": "1"}
    become(monkeypatch, ONLOOKER)
    *_shown, no_again, no_cancel, _still = run_page.show_run(address, None, None)
    assert no_again and no_cancel
    assert "problem=" not in said(run_page.show_problems(address, None, True))
    for act in (lambda: run_page.run_again(1, "why", address), lambda: run_page.cancel(1, "why", address),
                lambda: run_page.acknowledge(1, "why", "one", address)):  # fmt: skip
        with pytest.raises(Forbidden):
            act()
    become(monkeypatch, NOBODY)
    for show in (lambda: jobs_page.show_runs({"job": page.key, "until": "", "status": ""}, None),
                 lambda: run_page.show_run(address, None, None)):  # fmt: skip
        with pytest.raises(Forbidden):
            show()


@pytest.mark.parametrize("wrong", ["", "abc", "-1", "9" * 30, "1; drop table run"])
def test_an_address_nobody_made_shows_a_sentence(page: Toy, wrong: str) -> None:
    assert run_page.show_run({"id": wrong, "step": "", "problem": ""}, None, None)[0] == "There is no such run"
    assert jobs_page.show_job({"job": wrong, "until": wrong, "status": wrong}, None)


def test_waiting_dates_are_one_line(page: Toy) -> None:
    page.run("2024-03-03", "2024-04-20")
    with reading(LOCAL_OPERATOR) as reader:
        found, total = batches(reader, page.key)
    waiting = [batch for batch in found if batch.status == "requested"]
    assert [(str(batch.first_date), str(batch.last_date), batch.runs) for batch in waiting] == [
        ("2024-03-03", "2024-04-20", 49)
    ]
    assert total == len(found) == 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (3599.7, "1 h 00 min")],
)
def test_durations_never_show_sixty_of_anything(seconds: float, text: str) -> None:
    assert duration(seconds).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


def test_a_picture_of_one_moment_still_has_a_bar() -> None:
    start = dt.datetime(2024, 1, 1, 5, 0, tzinfo=dt.UTC)
    drawing = gantt(["publish"], [Bar(0, 0.0, 0.0, text="0.0 s")], start, "Steps")
    assert all(attributes["width"] > 0 for tag, attributes, *_rest in drawing.shapes if tag == "rect")
