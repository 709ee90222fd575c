"""A file is looked at, then taken as a whole, once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from portal.access.identity import HOUSE
from portal.database import Database
from portal.models.access import AuditEntry
from portal.models.organisation import BusinessDay, Institution, Person, Share
from portal.permissions import LOCAL_OPERATOR, Forbidden, Permission
from portal.query.record import View
from portal.resources import RESOURCES
from portal.services.exports import export
from portal.services.imports import apply, preview
from portal.services.refusal import Refusal
from portal.services.spreadsheets import BadFile, SheetColumn, read_sheet, write_xlsx
from tests.app import the_app
from tests.resources.bank import BEGIN, STAFF, Bank
from tests.resources.conftest import TODAY, Desk

Unique = Callable[[str], str]


def lines_of(key: str, text: str) -> list[tuple[str, int]]:
    return [(line.state, line.row) for line in preview(LOCAL_OPERATOR, RESOURCES[key], text.encode()).lines]


def count(database: Database, table: type) -> int:
    with database.transaction(HOUSE) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_preview_shows_each_line_and_writes_nothing(
    database: Database, office: Desk, house: Bank, unique: Unique
) -> None:
    before = [count(database, table) for table in (Institution, AuditEntry)]
    text = (
        "code,name,name_zh,level,parent,valid_from\n"
        f"{unique('N')},New sub,,R-sub,R-A,2024-01-01\n"
        "R-A1,Institution R-A1,机构R-A1,R-sub,R-A,2024-01-01\n"
        "R-A2,Renamed,机构R-A2,R-sub,R-A,2024-01-01\n"
        "R-B1,Institution R-B1,机构R-B1,R-sub,R-NONE,2024-01-01\n"
        "R-B2,,机构R-B2,R-sub,R-B,not a day\n"
    )
    seen = preview(LOCAL_OPERATOR, RESOURCES["institutions"], text.encode())
    assert [(line.state, line.row) for line in seen.lines] == [
        ("new", 2), ("same", 3), ("changed", 4), ("wrong", 5), ("wrong", 6),
    ]  # fmt: skip
    assert seen.lines[2].changes == (("Name", "Institution R-A2", "Renamed"),)
    assert (seen.lines[3].column, seen.lines[3].problem) == (
        "Stands under", "R-NONE is not among those you may choose.",
    )  # fmt: skip
    assert seen.lines[4].column == "Valid from"
    assert [count(database, table) for table in (Institution, AuditEntry)] == before


def test_a_file_with_a_wrong_line_is_not_imported(database: Database, house: Bank, unique: Unique) -> None:
    text = f"code,name,level,parent\n{unique('N')},Good,R-sub,R-A\n{unique('M')},,R-sub,R-A\n".encode()
    seen = preview(LOCAL_OPERATOR, RESOURCES["institutions"], text)
    assert (seen.counts["new"], seen.wrong) == (1, 1)
    with pytest.raises(Refusal, match="1 lines are wrong"):
        apply(LOCAL_OPERATOR, RESOURCES["institutions"], text, seen.token)
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(Institution).where(Institution.code == unique("N"))) is None


def test_lines_may_refer_to_lines_below(office: Desk, house: Bank, unique: Unique) -> None:
    sub, branch = unique("S"), unique("B")
    heading, day = "code,name,level,parent,valid_from", "2024-01-01"
    text = f"{heading}\n{sub},Sub,R-sub,{branch},{day}\n{branch},Branch,R-branch,R-H,{day}\n"
    resource, content = RESOURCES["institutions"], text.encode()
    seen = preview(LOCAL_OPERATOR, resource, content)
    number, done = apply(LOCAL_OPERATOR, resource, content, seen.token, "tree.csv")
    assert done.counts["new"] == 2
    found = office.list("institutions", search=sub).records[0]
    assert found.codes["parent"] == branch
    assert number > 0


def test_the_same_file_is_imported_once(house: Bank, unique: Unique) -> None:
    resource = RESOURCES["people"]
    content = f"code,name,position,institution,valid_from\n{unique('P')},Once,leader,R-A,2024-01-01\n".encode()
    token = preview(LOCAL_OPERATOR, resource, content).token
    number, _done = apply(LOCAL_OPERATOR, resource, content, token, "people.csv")
    again = preview(LOCAL_OPERATOR, resource, content)
    assert again.imported_as == number
    with pytest.raises(Refusal, match=f"already imported as #{number}"):
        apply(LOCAL_OPERATOR, resource, content, again.token)


def test_the_same_file_twice_at_once_is_imported_once(house: Bank, unique: Unique, database: Database) -> None:
    resource, outcomes, meet = RESOURCES["people"], [], threading.Barrier(2)
    content = f"code,name,position,institution,valid_from\n{unique('P')},Twice,leader,R-A,2024-01-01\n".encode()
    token = preview(LOCAL_OPERATOR, resource, content).token

    def bring_in() -> None:
        meet.wait()
        try:
            outcomes.append(apply(LOCAL_OPERATOR, resource, content, token)[0])
        except Refusal as refusal:
            outcomes.append(refusal.sentence)

    workers = [threading.Thread(target=bring_in) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    number = next(outcome for outcome in outcomes if isinstance(outcome, int))
    assert f"This file is already imported as #{number}." in outcomes
    with database.transaction(HOUSE) as session:
        assert session.scalar(select(func.count()).select_from(Person).where(Person.code == unique("P"))) == 1


def test_a_preview_that_is_out_of_date_is_not_applied(office: Desk, house: Bank, unique: Unique) -> None:
    resource = RESOURCES["people"]
    key = office.create("people", {"code": unique("P"), "name": "Before", "position": "leader",
                                   "institution": str(house.institutions["R-A"])}, BEGIN)  # fmt: skip
    content = f"code,name,position,institution\n{unique('P')},From file,leader,R-A\n".encode()
    token = preview(LOCAL_OPERATOR, resource, content).token
    office.change("people", key, {"name": "Meanwhile"})
    with pytest.raises(Refusal, match="not what the preview showed"):
        apply(LOCAL_OPERATOR, resource, content, token)
    with pytest.raises(Refusal, match="not what the preview showed"):
        apply(LOCAL_OPERATOR, resource, content + b"\n", token)


def test_shares_come_line_by_line_and_total_per_customer(house: Bank, database: Database) -> None:
    text = (
        "subject,role,person,ratio,valid_from\n"
        "customer C004,carer,R-li,60%,2024-01-01\n"
        "customer C004,carer,R-wu,40%,2024-01-01\n"
        "account A004,carer,R-li,0.5,2024-01-01\n"
        "customer C999,carer,R-li,1,2024-01-01\n"
        "account A004,approver,R-nobody,1,2024-01-01\n"
        "account A003,approver,R-li,much,2024-01-01\n"
    )
    seen = preview(LOCAL_OPERATOR, RESOURCES["shares"], text.encode())
    assert [(line.row, line.state) for line in seen.lines] == [
        (2, "new"), (4, "wrong"), (5, "wrong"), (6, "wrong"), (7, "wrong"),
    ]  # fmt: skip
    assert "total 50 %" in seen.lines[1].problem
    good = "\n".join(text.splitlines()[:3]).encode()
    resource = RESOURCES["shares"]
    apply(LOCAL_OPERATOR, resource, good, preview(LOCAL_OPERATOR, resource, good).token)
    with database.transaction(HOUSE) as session:
        rows = session.scalars(select(Share.ratio).where(Share.customer_id == 4, Share.role == "carer")).all()
        assert sorted(rows) == [Decimal("0.4"), Decimal("0.6")]
        for row in session.scalars(select(Share).where(Share.customer_id == 4)):
            session.delete(row)


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("people", "name,position\nA,leader\n", 'The column "Staff number" is missing'),
        ("people", "code,name,salary\n1,A,100\n", "column salary.*not known"),
        ("users", "username,roles,password\nx,leader,secret\n", "column password.*not known"),
        ("users", "username,epoch\nx,5\n", "column epoch.*not known"),
        ("shares", "subject,role\ncustomer C001,carer\n", 'The column "Person" is missing'),
    ],
)
def test_a_missing_or_strange_column_refuses_the_file(house: Bank, key: str, text: str, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence):
        preview(LOCAL_OPERATOR, RESOURCES[key], text.encode())


@pytest.mark.parametrize(
    "row",
    ["R-x1,Nan,leader,R-A,NaN", "R-x2,Day,leader,R-A,1899-12-31", "R-x3,Day,leader,R-A,2026-13-01", "a b,C,leader,R-A,",
     "R-x4,C,king,R-A,", "R-x5,,leader,R-A,", "R-x6,C,leader,,", f"R-x7,{'x' * 200},leader,R-A,", "=1+1,C,leader,R-A,"],
)  # fmt: skip
def test_wrong_rows_name_their_column(house: Bank, row: str) -> None:
    seen = preview(LOCAL_OPERATOR, RESOURCES["people"], f"code,name,position,institution,valid_from\n{row}\n".encode())
    assert [line.state for line in seen.lines] == ["wrong"]
    assert seen.lines[0].column
    assert seen.lines[0].problem


def test_a_line_that_stands_twice_is_wrong(house: Bank, unique: Unique) -> None:
    row = f"{unique('P')},A,leader,R-A"
    assert lines_of("people", f"code,name,position,institution\n{row}\n{row}\n") == [("new", 2), ("wrong", 3)]


def test_one_record_may_change_several_times(office: Desk, house: Bank, unique: Unique) -> None:
    code, resource = unique("P"), RESOURCES["people"]
    text = (
        "code,name,position,institution,valid_from\n"
        f"{code},A,customer_manager,R-A1,2024-01-01\n{code},A,leader,R-A,2025-01-01\n{code},A,leader,R-B,2026-01-01\n"
    )
    seen = preview(LOCAL_OPERATOR, resource, text.encode())
    assert [line.state for line in seen.lines] == ["new", "changed", "changed"]
    apply(LOCAL_OPERATOR, resource, text.encode(), seen.token)
    key = office.list("people", search=code).records[0].key
    assert [office.one("people", key, dt.date(year, 6, 1)).codes["institution"] for year in (2024, 2025)] == [
        "R-A1",
        "R-A",
    ]


@pytest.mark.parametrize("key", ["institutions", "people", "roles", "sources", "calendar"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_exported_list_comes_back_unchanged(office: Desk, house: Bank, key: str, kind: str) -> None:
    office.create("sources", {"code": f"r-{key}-{kind}", "adapter": "demo", "options": '{"名": 1}'})
    office.create("calendar", {"date": f"2032-0{1 + len(key) % 9}-{10 + len(kind)}"})
    file = export(LOCAL_OPERATOR, RESOURCES[key], View(on=TODAY, search="R-" if key != "calendar" else ""), kind)  # type: ignore[arg-type]
    assert file.rows > 0 or key == "roles"
    seen = preview(LOCAL_OPERATOR, RESOURCES[key], file.content)
    assert {(line.state, line.problem) for line in seen.lines} <= {("same", "")}
    office.remove("sources", office.list("sources", search=f"r-{key}-{kind}").records[0].key)
    with_days = office.list("calendar", filters={"date": "2032"})
    for record in with_days.records:
        office.remove("calendar", record.key)


@pytest.mark.parametrize(("written", "read"), [("en", "zh"), ("zh", "en")])
def test_a_file_comes_back_in_the_other_language(house: Bank, written: str, read: str) -> None:
    people, server = RESOURCES["people"], the_app().server
    with server.test_request_context(f"/login?language={written}"):
        file = export(LOCAL_OPERATOR, people, View(on=TODAY, search="R-"), "xlsx")
    assert ("工号" in read_sheet(file.content).headings) is (written == "zh")
    with server.test_request_context(f"/login?language={read}"):
        seen = preview(LOCAL_OPERATOR, people, file.content)
    assert {(line.state, line.problem) for line in seen.lines} == {("same", "")}


def test_an_export_keeps_to_permission_filter_and_scope(house: Bank) -> None:
    leader = house.actor(Permission.PERSON_VIEW, Permission.REPORT_EXPORT, at="R-A")
    sheet = read_sheet(export(leader, RESOURCES["people"], View(on=TODAY), "csv").content)
    codes = {row.cells[0] for row in sheet.rows}
    assert {code for code, place in STAFF.items() if place.startswith("R-A")} <= codes
    assert "R-zhao" not in codes
    phone = sheet.headings.index("Phone")
    assert {row.cells[phone] for row in sheet.rows if row.cells[0] == "R-li"} == {"138****88"}
    with pytest.raises(Forbidden):
        export(house.actor(Permission.PERSON_VIEW, at="R-A"), RESOURCES["people"], View(on=TODAY), "csv")
    with pytest.raises(Forbidden):
        export(house.actor(Permission.REPORT_EXPORT, at="R-A"), RESOURCES["people"], View(on=TODAY), "csv")


def test_an_import_keeps_to_permission_and_scope(house: Bank, unique: Unique) -> None:
    resource = RESOURCES["people"]
    viewer = house.actor(Permission.PERSON_VIEW, at="R-A")
    text = f"code,name,position,institution\n{unique('P')},A,leader,R-B\nR-zhao,Stolen,leader,R-A\n".encode()
    with pytest.raises(Forbidden):
        preview(viewer, resource, text)
    with pytest.raises(Forbidden):
        apply(viewer, resource, text, "x.y")
    leader = house.actor(Permission.PERSON_VIEW, Permission.PERSON_EDIT, at="R-A")
    seen = preview(leader, resource, text)
    assert [line.state for line in seen.lines] == ["wrong", "wrong"]


def test_xlsx_is_imported_with_its_own_types(house: Bank) -> None:
    columns = [SheetColumn("Date", "date"), SheetColumn("Open"), SheetColumn("Note")]
    content = write_xlsx("Calendar", columns, [[dt.date(2033, 5, 1), False, "=Labour day"]])
    seen = preview(LOCAL_OPERATOR, RESOURCES["calendar"], content)
    assert [line.state for line in seen.lines] == ["new"]
    assert count_days(house) == 0


def count_days(_house: Bank) -> int:
    from portal.database import database

    with database().transaction(HOUSE) as session:
        wanted = select(func.count()).where(BusinessDay.business_date == dt.date(2033, 5, 1))
        return session.scalar(wanted) or 0


def test_a_new_line_costs_a_bounded_number_of_statements(house: Bank, database: Database) -> None:
    """Time is measured elsewhere; what a line asks of the database must not grow."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    rows = "".join(f"R-big{n},Name {n},customer_manager,R-A1,2024-01-01\n" for n in range(50))
    event.listen(database.application, "before_cursor_execute", note)
    try:
        seen = preview(
            LOCAL_OPERATOR, RESOURCES["people"], f"code,name,position,institution,valid_from\n{rows}".encode()
        )
    finally:
        event.remove(database.application, "before_cursor_execute", note)
    assert seen.counts == {"new": 50}
    assert len(asked) < 50 * 6 + 20


def test_users_and_roles_come_from_files_too(office: Desk, house: Bank, unique: Unique) -> None:
    role = f"code,name,scope,permissions\n{unique('r')},Teller,own,report.view; job.view\n".encode()
    apply(LOCAL_OPERATOR, RESOURCES["roles"], role, preview(LOCAL_OPERATOR, RESOURCES["roles"], role).token)
    user = f"username,roles,active\n{unique('u')},leader; {unique('r')},no\n".encode()
    seen = preview(LOCAL_OPERATOR, RESOURCES["users"], user)
    assert [line.state for line in seen.lines] == ["new"]
    apply(LOCAL_OPERATOR, RESOURCES["users"], user, seen.token)
    found = office.list("users", search=unique("u")).records[0]
    assert found.labels["roles"] == "Leader, Teller"
    assert found.values["active"] is False
    again = preview(LOCAL_OPERATOR, RESOURCES["users"], user.replace(b",no", b",yes"))
    assert [line.changes for line in again.lines] == [(("May log in", "False", "yes"),)]
