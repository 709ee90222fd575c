"""`basis rulebook`: a published allowance by the command, explained; a text that goes in as a draft and comes out the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from calc import Engine
from calc.rulebook import compile_plan, run_month
from calc.rulebook.check import check
from portal.cli import app
from portal.models.rulebooks import RulebookVersion, VersionState
from portal.query.reader import Reader
from portal.query.rulebook_rules import elements_of
from portal.services import rulebooks
from portal.services.refusal import Refusal
from portal.services.rulebook_cells import typed
from portal.services.rulebook_checks import draft_problems
from portal.services.rulebook_drafts import draft_of_text
from portal.services.rulebook_text import read_text, written
from portal.services.writer import Writer
from tests.rules.conftest import House
from tests.rules.test_drafts import OWNER

# published revision of an agent basic law: supervisor allowance on a group's first-year commission of 18,000
LAW = """
rulebook: supervisors{suffix}
title: Supervisor allowance
node: L-HO
valid_from: 2026-01-01
facts:
  premium:
    key: premium_id
    month_of: paid_on
    columns: {{premium_id: key, agent_id: key, institution_id: key, paid_on: date, fyc: {{unit: money, low: 0, high: 1000000}}}}
tables:
  allowance:
    keys: {{rank: text}}
    values: {{duty: {{unit: rate, low: 0, high: 1}}, management: {{unit: rate, low: 0, high: 1}}}}
    rows: [[SUPERVISOR, {duty}, {management}], [AGENT, 0%, 0%]]
measures:
  own_fyc: {{unit: money, grain: agent, of: premium, sum: premium.fyc}}
formulas:
  group_fyc: {{unit: money, grain: agent, formula: TEAM(own_fyc)}}
  duty: {{unit: money, grain: agent, formula: "ROUND(group_fyc * LOOKUP(allowance.duty, agent.rank), 2)"}}
  management: {{unit: money, grain: agent, formula: "ROUND(group_fyc * LOOKUP(allowance.management, agent.rank), 2)"}}
lines:
  - {{name: duty_line, pays: duty, group: leading, order: 10}}
  - {{name: management_line, pays: management, group: leading, order: 20}}
overrides:
  - node: L-P1
    valid_from: 2026-03-01
    tables: {{allowance: {{rows: [[SUPERVISOR, 7%, {management}], [AGENT, 0%, 0%]]}}}}
"""
FACTS = """
agent:
  - {agent_id: 1, team_id: 9, institution_id: 5, rank: SUPERVISOR, joined_on: 2000-01-01}
  - {agent_id: 2, team_id: 9, institution_id: 5, rank: AGENT, joined_on: 2000-01-01}
team: [{team_id: 9, leader_id: 1, institution_id: 5}]
premium:
  - {premium_id: 1, agent_id: 2, institution_id: 5, paid_on: 2026-05-02, fyc: 18000}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    law, facts = tmp_path / "law.yaml", tmp_path / "facts.yaml"
    facts.write_text(FACTS)
    return law, facts


@pytest.mark.parametrize(("duty", "management", "pays"), [("5%", "14%", (900, 2520)), ("6%", "16%", (1080, 2880))])
def test_the_supervisor_allowance_of_2007_and_of_2011(
    files: tuple[Path, Path], duty: str, management: str, pays: tuple[int, int]
) -> None:
    law, facts = files
    law.write_text(LAW.format(suffix="", duty=duty, management=management))
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", "2026-05", "--facts", str(facts)])
    assert done.exit_code == 0, done.output
    assert f"1,duty_line,{pays[0]}.00,0.00,0.00,0.00,{pays[0]}.00" in done.output
    assert f"1,management_line,{pays[1]}.00,0.00,0.00,0.00,{pays[1]}.00" in done.output
    why = CliRunner().invoke(
        app,
        [
            "rulebook",
            "explain",
            str(law),
            "--month",
            "2026-05",
            "--facts",
            str(facts),
            "--agent",
            "1",
            "--line",
            "duty_line",
        ],
    )
    assert why.exit_code == 0 and "18000.00" in why.output and f"{pays[0]}.00" in why.output


def test_what_cannot_be_read_says_where(files: tuple[Path, Path]) -> None:
    law, facts = files
    law.write_text(LAW.format(suffix="", duty="5%", management="14%"))
    facts.write_text(FACTS.replace("18000", "eighteen"))
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", "2026-05", "--facts", str(facts)])
    assert done.exit_code != 0 and "premium, row 1, fyc: eighteen" in done.output
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", "May"])
    assert done.exit_code != 0 and "2026-10" in done.output


@pytest.mark.parametrize(("month", "pays"), [("2026-02", 900), ("2026-05", 1260)])
def test_an_override_holds_at_its_institution_from_its_day_on(files: tuple[Path, Path], month: str, pays: int) -> None:
    """The leader's institution is known by its code, and stands below the head office."""
    law, facts = files
    law.write_text(LAW.format(suffix="", duty="5%", management="14%"))
    places = "institution: [[institution_id, code, parent_id], [1, L-HO, ~], [5, L-P1, 1]]\n"
    facts.write_text(FACTS.replace("paid_on: 2026-05-02", f"paid_on: {month}-02") + places)
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", month, "--facts", str(facts)])
    assert done.exit_code == 0, done.output
    assert f"1,duty_line,{pays}.00," in done.output


def test_earlier_months_are_computed_where_the_rules_read_them(files: tuple[Path, Path]) -> None:
    """A year's tiers month by month, from premiums alone: 30 of 5 %, then 70 more of them and 30 of 8 %."""
    law, facts = files
    law.write_text("""
rulebook: accumulated
facts:
  premium:
    key: premium_id
    month_of: paid_on
    columns: {premium_id: key, agent_id: key, institution_id: key, paid_on: date, fyc: {unit: money, low: 0, high: 1000000}}
tables: {tiers: {band: {fyc: money}, mode: step, values: {rate: rate}, rows: [[0, 100, 5%], [100, ~, 8%]]}}
measures: {fyc: {unit: money, grain: agent, of: premium, sum: premium.fyc}}
formulas:
  bonus: {unit: money, grain: agent, formula: "ROUND(TIER_AMOUNT(tiers, YTD(fyc)) - TIER_AMOUNT(tiers, YTD(fyc) - fyc), 2)"}
lines: [{name: bonus, pays: bonus, group: bonus, order: 1}]
""")
    facts.write_text(
        "premium: [[premium_id, agent_id, paid_on, fyc], [x1, Ann, 2026-02-10, 30], [x2, Ann, 2026-04-10, 100]]\n"
    )
    for month, bonus in (("2026-02", "1.50"), ("2026-03", "0.00"), ("2026-04", "5.90")):
        done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", month, "--facts", str(facts)])
        assert done.stdout.splitlines()[1:] == [f"Ann,bonus,{bonus},0.00,0.00,0.00,{bonus}"]
    told = ["rulebook", "explain", str(law), "--month", "2026-04", "--facts", str(facts), "--line", "bonus", "--agent"]
    why = CliRunner().invoke(app, [*told, "Ann"])
    assert why.exit_code == 0, why.output
    assert "bonus [Ann] = 5.90" in why.stdout and "2026-02-01 = 30.00" in why.stdout
    nobody = CliRunner().invoke(app, [*told, "Bob"])
    assert nobody.exit_code != 0 and "There is no agent Bob in this month." in nobody.output
    nothing = CliRunner().invoke(app, [*told[:-2], "nothing", "--agent", "Ann"])
    assert nothing.exit_code != 0 and "is called nothing" in nothing.output


def _premium(*rows: str) -> str:
    return f"premium: [[premium_id, agent_id, paid_on, fyc], {', '.join(f'[{row}]' for row in rows)}]"


def test_rows_of_somebody_the_month_does_not_list_are_told(files: tuple[Path, Path]) -> None:
    """A number that is typed wrongly would lose its rows in silence."""
    law, facts = files
    law.write_text(LAW.format(suffix="", duty="5%", management="14%"))
    facts.write_text(
        f"{FACTS[: FACTS.index('premium:')]}{_premium('1, 1, 2026-05-02, 5', '2, 11, 2026-05-02, 5', '3, 12, 2026-06-02, 5')}\n"
    )
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", "2026-05", "--facts", str(facts)])
    assert done.exit_code == 0, done.output
    assert "premium of 2026-05: 1 row of 11, whom that month's `agent` does not list" in done.stderr
    assert "row of 12" not in done.stderr and "row of 1," not in done.stderr


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("[1, 2026-04-01, 5], [1, 2026-04-01, 7]", "history, row 2: 2026-04-01 of 1 stands in row 1 already"),
        ("[1, 2026-04-15, 5]", "history, row 1: 2026-04-15 is no month: write its first day"),
        ("[1, 2026-05-01, 5]", "history, row 1: 2026-05-01 is not before 2026-05-01, which is computed: leave"),
    ],
)
def test_an_earlier_month_is_told_once_and_not_computed_too(files: tuple[Path, Path], rows: str, said: str) -> None:
    """Else sums over months would count it twice."""
    law, facts = files
    text = LAW.format(suffix="", duty="5%", management="14%")
    law.write_text(
        text.replace("lines:", '  rolled: {unit: money, grain: agent, formula: "ROLLING_SUM(own_fyc, 3)"}\nlines:', 1)
    )
    facts.write_text(f"{FACTS}history: [[agent_id, month, own_fyc], {rows}]\n")
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", "2026-05", "--facts", str(facts)])
    assert done.exit_code != 0 and said in done.output


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("premiums: [{premium_id: 1}]", "No table is called premiums; there are premium."),
        ("history: [{agent_id: 1, own_fcy: 3}]", "history has no column own_fcy"),
        (
            "months: {2026-05: {team: [[team_id, leader_id], [9]]}}",
            "a row has 1 cells and the first row names 2 columns",
        ),
        ("premium: 7", "premium is a list of rows"),
        (_premium("1, 2, 2026-05-02, 1e400"), "premium, row 1, fyc: 1e400 cannot be read as money"),
        (_premium("1, 2, 2026-05-02, '1,000'"), "premium, row 1, fyc: 1,000 cannot be read as money"),
        (_premium("1, 2, 2026-05-02, 0.125"), "premium, row 1, fyc: 0.125 has more decimals than the 2 declared"),
        (_premium("1, 2, 2026-05-02, -1"), "premium, row 1, fyc: -1 lies outside the declared bounds, 0 to 1000000"),
        (_premium("1, 2, 02.05.2026, 5"), "premium, row 1, paid_on: 02.05.2026 cannot be read as date"),
        (_premium("1, 2, -2026-05-02, 5"), "premium, row 1, paid_on: -2026-05-02 cannot be read as date"),
        (
            _premium("7, 2, 2026-05-02, 5", "7, 2, 2026-05-03, 5"),
            "premium, row 2: premium_id 7 stands in row 1 already",
        ),
        (_premium("~, 2, 2026-05-02, 5"), "premium, row 1: premium_id is empty"),
        ("premium: [{premium_id: 1, agent_id: 2, paid_on: 2026-05-02}]", "premium lacks the column fyc"),
        ("relation: [[kind, from_id, to_id, since], [reportin, 1, 2, 2020-01-01]]", "no relation is called reportin"),
        (
            "relation: [[kind, from_id, to_id, since], [reporting, 1, 2, 2020-01-01], [reporting, 1, 2, 2026-01-01]]",
            "reporting from 1 to 2 stands twice on 2026-05-31",
        ),
        ("institution: [[institution_id, code, parent_id], [4, L-HO, ~]]", "The institution 5 is named and not listed"),
        ("institution: [[institution_id, code, parent_id], [5, L-HO, 5]]", "in a circle: 5 → 5"),
    ],
)
def test_rows_that_nothing_reads_are_refused(files: tuple[Path, Path], rows: str, said: str) -> None:
    law, facts = files
    law.write_text(LAW.format(suffix="", duty="5%", management="14%"))
    told = FACTS[: FACTS.index("premium:")] if rows.startswith("premium:") else FACTS
    facts.write_text(f"{told}{rows}\n")
    done = CliRunner().invoke(app, ["rulebook", "run", str(law), "--month", "2026-05", "--facts", str(facts)])
    assert done.exit_code != 0 and said in done.output


def test_an_override_agrees_with_the_element_it_overrides(files: tuple[Path, Path]) -> None:
    law, _facts = files
    text = LAW.format(suffix="", duty="5%", management="14%")
    law.write_text(
        f"{text}    formulas: {{duty: {{unit: rate, formula: 5%}}}}\n    lines: {{duty_line: {{pays: management}}}}\n"
    )
    done = CliRunner().invoke(app, ["rulebook", "check", str(law)])
    assert done.exit_code != 0 and "unit: money by some institutions' rules, rate by others'" in done.output
    assert f"{law}:{text.splitlines().index('formulas:') + 3}: duty (unit):" in done.output


def test_a_text_becomes_drafts_and_is_the_same_when_it_comes_out(session: Session, house: House) -> None:
    writer = Writer(OWNER, session)
    text = LAW.format(suffix="1", duty="5%", management="14%")
    draft = draft_of_text(writer, text)
    told = {key: value for key, value in written(text).told.items() if key != "overrides"}
    assert elements_of(rulebooks.told_of(writer, draft)) == elements_of(told)
    (override,) = session.query(RulebookVersion).filter_by(rulebook_id=draft.rulebook_id, complete=False).all()
    (row,) = rulebooks.current_elements(writer, override)
    assert (row.section, row.name, row.content["rows"][0][1]) == ("tables", "allowance", "7%")
    assert row.content["keys"] == {"rank": "text"}, "an override is written whole, as it holds there"


def test_a_text_of_changes_is_laid_over_a_version(session: Session, house: House) -> None:
    writer = Writer(OWNER, session)
    draft = draft_of_text(writer, LAW.format(suffix="2", duty="5%", management="14%"))
    change = "rulebook: supervisors2\ntitle: Next year\nnode: L-HO\nvalid_from: 2027-01-01\nformulas:\n  duty: {formula: '0.00'}\n"
    following = draft_of_text(writer, change, over=draft)
    told = elements_of(rulebooks.told_of(writer, following))
    assert told["formulas", "duty"] == {"unit": "money", "grain": "agent", "formula": "0.00"}
    assert told["tables", "allowance"]["rows"][0] == ["SUPERVISOR", "5%", "14%"]
    with pytest.raises(Refusal, match="L-NOWHERE"):
        draft_of_text(writer, change.replace("L-HO", "L-NOWHERE"), over=draft)


def test_a_draft_agrees_with_the_version_before_it(session: Session, house: House) -> None:
    """Policies of earlier days are still priced by that one, in the same months."""
    writer = Writer(OWNER, session)
    before = draft_of_text(writer, LAW.format(suffix="3", duty="5%", management="14%"))
    before.state, before.recorded_at = VersionState.APPROVED, dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
    session.flush()
    change = """
rulebook: supervisors3
title: Next year
node: L-HO
valid_from: 2027-01-01
formulas: {duty: {unit: rate, formula: 5%}}
lines: [{name: duty_line, pays: management, group: leading, order: 10}]
"""
    following = draft_of_text(writer, change, over=before)
    [found] = draft_problems(Reader(OWNER, session), following)
    assert (found.problem.element, found.problem.part) == ("duty", "unit")


def test_a_value_outside_its_bounds_is_not_taken_for_an_empty_one() -> None:
    """`COALESCE` takes what is missing; what lies outside the declared bounds stays a problem of its row."""
    book, problems = read_text("""
rulebook: bounds
facts:
  premium:
    key: premium_id
    month_of: paid_on
    optional: [bonus]
    columns: {premium_id: key, agent_id: key, institution_id: key, paid_on: date, bonus: {unit: money, low: 0, high: 100}}
measures: {bonus: {unit: money, grain: agent, of: premium, sum: "COALESCE(premium.bonus, 0)"}}
lines: [{name: bonus, pays: bonus, group: bonus, order: 1}]
""")
    checked, more = check(book)
    assert checked and not [*problems, *more]
    plan, day = compile_plan({1: checked}), dt.date(2026, 5, 1)
    rows = [(1, None), (2, 100), (3, 101)]
    with Engine() as engine:
        for table, needs in plan.needs.items():
            engine.give(table, typed(table, {name: kind for name, kind in needs.items() if name != "bonus"}, []))
        engine.connection.execute("insert into month select date '2026-05-01', date '2026-05-31'")
        engine.connection.execute("insert into rules select 5, date '2000-01-01', date '2100-01-01', 1")
        engine.connection.execute("insert into agent (agent_id, institution_id) values (2, 5)")
        engine.connection.execute("alter table premium add bonus decimal(18, 2)")
        for premium, bonus in rows:
            engine.connection.execute(
                "insert into premium by name select ? as premium_id, 2 as agent_id, 5 as institution_id, ? as paid_on, ? as bonus",
                [premium, day, bonus],
            )
        run_month(engine, plan)
        found = engine.connection.execute("select row_key, element, reason, detail from row_problem").fetchall()
    assert found == [("3", "premium.bonus", "bounds", "101.00")]


def test_the_lines_of_what_an_override_has_wrong(files: tuple[Path, Path]) -> None:
    law, _facts = files
    slip = (
        "overrides:\n  - node: L-P1\n    valid_from: 2026-03-01\n    tables: {allowanse: {rows: [[AGENT, 0%, 0%]]}}\n"
    )
    told = LAW.format(suffix="", duty="5%", management="14%")
    law.write_text(told[: told.index("overrides:")] + slip)
    line = law.read_text().splitlines().index("    tables: {allowanse: {rows: [[AGENT, 0%, 0%]]}}") + 1
    done = CliRunner().invoke(app, ["rulebook", "check", str(law)])
    assert done.exit_code == 1 and f"{law}:{line}: allowanse" in done.output
    law.write_text("title: Nameless\n")
    done = CliRunner().invoke(app, ["rulebook", "check", str(law)])
    assert done.exit_code == 1 and f"{law}:1: A rulebook begins with `rulebook:`" in done.output
    law.write_text("rulebook: a\ntitle: b\ntitle: c\n")
    done = CliRunner().invoke(app, ["rulebook", "check", str(law)])
    assert f"{law}:3: The key title stands here a second time" in done.output


LEARNED_LAW = """rulebook: law
title: Law
node: HO
valid_from: 2026-01-01
recorded_on: 2025-12-01
facts:
  premium:
    key: premium_id
    month_of: paid_on
    rules_of: issued_on
    columns:
      {premium_id: key, agent_id: key, institution_id: key, issued_on: date, paid_on: date, product: text, amount: money}
tables:
  fyc_rate: {keys: {product: text}, values: {rate: {unit: rate, low: 0, high: 1}}, rows: [[TL10, 35%], [WL, 50%]]}
measures:
  month_fyc: {unit: money, grain: agent, of: premium, sum: fyc}
formulas:
  fyc: {unit: money, grain: premium, formula: "ROUND(premium.amount * LOOKUP(fyc_rate, premium.product), 2)"}
  override: {unit: money, grain: agent, formula: "ROUND(DIRECT(month_fyc) * 10%, 2)"}
  bonus: {unit: money, grain: agent, formula: "ROUND(IF(QTD(month_fyc) >= 1000 AND month.number = 3, QTD(month_fyc) * 5%, 0), 2)"}
lines:
  - {name: fyc, pays: month_fyc, group: c, order: 1}
  - {name: override, pays: override, group: c, order: 2}
  - {name: bonus, pays: bonus, group: c, order: 3}
"""
LEARNED_ROWS = """agent: [[agent_id], [L], [M], [A]]
relation:
  - [kind, from_id, to_id, since, until, recorded_on, withdrawn_on]
  - [reporting, L, A, 2025-01-01, ~, ~, 2026-03-05]
  - [reporting, L, A, 2025-01-01, 2026-02-01, 2026-03-05, ~]
  - [reporting, M, A, 2026-02-01, ~, 2026-03-05, ~]
premium: [[premium_id, agent_id, issued_on, paid_on, product, amount, recorded_on, withdrawn_on],
 [1, A, 2026-01-10, 2026-01-10, TL10, 1000, 2026-01-11, ~],
 [2, A, 2026-01-20, 2026-02-05, WL, 1000, 2026-02-06, ~],
 [3, A, 2026-02-01, 2026-02-10, WL, 1000, 2026-02-11, 2026-03-20],
 [3, A, 2026-02-01, 2026-02-10, WL, 900, 2026-03-20, ~],
 [4, A, 2026-01-30, 2026-01-31, TL10, 200, 2026-02-15, ~]]
"""


def test_a_correction_of_rules_facts_and_relations_is_settled_in_the_open_month(tmp_path: Path) -> None:
    """Learned in March: 40 % instead of 35 % since January, a move in February, and a premium of 900 instead of 1,000."""
    second = LEARNED_LAW.replace("valid_from: 2026-01-01", "valid_from: 2026-02-01").replace("2025-12-01", "2026-01-15")
    texts = [
        LEARNED_LAW,
        second.replace("[WL, 50%]", "[WL, 55%]"),
        LEARNED_LAW.replace("2025-12-01", "2026-03-10").replace("[TL10, 35%]", "[TL10, 40%]"),
    ]
    files = [tmp_path / f"law{at}.yaml" for at in range(3)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    rows = tmp_path / "rows.yaml"
    rows.write_text(LEARNED_ROWS)
    asked = [
        "rulebook",
        "run",
        *map(str, files),
        "--facts",
        str(rows),
        "--from",
        "2026-01",
        "--month",
        "2026-04",
        "--retro",
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1:] == [
        "2026-01,2026-01,A,fyc,350.00",
        "2026-01,2026-01,L,override,35.00",
        "2026-01,2026-02,A,fyc,70.00",
        "2026-01,2026-02,L,override,7.00",
        "2026-02,2026-02,A,fyc,1050.00",
        "2026-02,2026-02,L,override,105.00",
        "2026-01,2026-03,A,fyc,60.00",  # 1,200 x 5 %
        "2026-01,2026-03,L,override,6.00",
        "2026-02,2026-03,A,fyc,-55.00",  # 100 less at 55 %; the other is priced by the day it was issued
        "2026-02,2026-03,L,override,-105.00",
        "2026-02,2026-03,M,override,99.50",
        "2026-03,2026-03,A,bonus,73.75",  # 5 % of 480 + 995
    ]
