"""An insurer of 100,000 agents with 1,000,000 premiums in a month and forty formulas, loaded and served like any other.

The rules are those of `tests.bench.commission`, written as a rules owner would write them; a draft changes a share and a rate.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from jobs import policy_inputs
from jobs.job import Chunk
from jobs.policies import POLICIES_JOB
from jobs.runner import run_chunk
from portal.access.identity import HOUSE
from portal.database import database
from portal.migrations.upgrade import upgrade
from portal.models.organisation import Institution as InstitutionRow
from portal.models.rulebooks import Rulebook, RulebookElement, RulebookVersion
from portal.models.runs import RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.calendar import EVERY_DAY, BusinessCalendar
from portal.query.rulebook_rules import elements_of
from portal.services import rulebooks
from portal.services.roles import ensure_default_roles
from portal.services.rulebook_text import written
from portal.services.users import add_user
from portal.services.writer import writing
from portal.sources import insurer
from portal.sources.base import Control, Family, Institution, Level, Organisation, Person, Position
from portal.sources.conform import conform
from portal.sources.load import load_organisation
from tests.bench.commission import ALLOWANCES, BANDS, DUTY, LINES, NURTURING, PRODUCTS, TEAM_BANDS, fyc_rate

AGENTS, OF_A_TEAM, BRANCHES, POLICIES = 100_000, 40, 12, 1_000_000
TEAMS = AGENTS // OF_A_TEAM
BEGAN = dt.date(2020, 1, 1)
USER, PASSWORD = "rules", "a rules owner of one hundred thousand"
ROWS = {
    "policy": "n as policy_id, day as business_date, 'P' || n as policy_no, agent_no, product_code, 10 as payment_term, "
              "12 * amount as premium, day as issued_on, day as effective_on, 'in_force' as status, null as ended_on, "
              "null as end_kind, 'Somebody' as customer_name, day as receipt_confirmed_on",
    "premium": "n as premium_id, day as business_date, n as policy_id, agent_no, amount, day as received_on, 1 as policy_year, "
               "1 as payment_no",
}  # fmt: skip
SOLD = f"""
select n, $first::date + (hash(n, 'day') % $days)::integer as day, 'A' || (n % {AGENTS}) as agent_no,
       'P' || (hash(n, 'product') % {len(PRODUCTS)}) as product_code,
       ((10000 + hash(n, 'amount') % 900000)::decimal(9, 0) * 0.01)::decimal(9, 2) as amount
from (select unnest(range({POLICIES})) as n)
"""


@dataclass
class LargeInsurer:
    """Teams of forty, each led by the first of them; a team's leader was nurtured by the leader of the team before."""

    month: dt.date
    last_day: dt.date
    code: str = "large"
    family: Family = "insurer"
    continues: bool = True
    home_currency: str = "CNY"
    options: dict[str, str | int] = field(default_factory=dict)

    def organisation(self) -> Organisation:
        branches = [Institution(f"B{n}", f"Branch {n}", "", "l_branch", "L", BEGAN) for n in range(BRANCHES)]
        teams = [Institution(f"T{n}", f"Team {n}", "", "l_team", f"B{n % BRANCHES}", BEGAN) for n in range(TEAMS)]
        return Organisation(
            levels=[Level("l_company", "Company", "公司", 0), Level("l_branch", "Branch", "分公司", 1),
                    Level("l_team", "Team", "组", 2, sales_team=True)],
            institutions=[Institution("L", "The company", "", "l_company", None, BEGAN), *branches, *teams],
            people=[Person(f"A{n}", f"Agent {n}") for n in range(AGENTS)],
            positions=[Position(f"A{n}", f"T{n // OF_A_TEAM}", "agent" if n % OF_A_TEAM else "leader", BEGAN)
                       for n in range(AGENTS)],
            agents=[insurer.Agent(f"A{n}", f"A{n}", BEGAN) for n in range(AGENTS)],
            agent_periods=[insurer.AgentPeriod(f"A{n}", "individual", "TSMD"[n % 4], "hire", BEGAN) for n in range(AGENTS)],
            relations=list(self._relations()),
            insurance_products=[insurer.InsuranceProduct(f"P{n}", "life", f"Product {n}", "", "10", BEGAN)
                                for n in range(len(PRODUCTS))],
        )  # fmt: skip

    def _relations(self) -> Iterator[insurer.Relation]:
        for n in range(AGENTS):
            leader = n - n % OF_A_TEAM
            if n != leader:
                yield insurer.Relation("reporting", f"A{n}", f"A{leader}", BEGAN)
                yield insurer.Relation("recruiter", f"A{n}", f"A{n - 1}", BEGAN)
            elif n // OF_A_TEAM % 5:
                yield insurer.Relation("nurturer", f"A{n}", f"A{n - OF_A_TEAM}", BEGAN)

    def dates(self) -> tuple[dt.date, dt.date]:
        return self.month, self.last_day

    def fetch(
        self, dataset: str, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> pa.Table:
        schema = insurer.SCHEMAS[dataset]
        if dataset not in ROWS:
            return schema.empty_table()
        days = {"first": self.month, "days": (self.last_day - self.month).days + 1}
        asked = f"select {ROWS[dataset]} from ({SOLD}) where day between $begin and $end"
        rows = duckdb.sql(asked, params={**days, "begin": first_day, "end": last_day}).to_arrow_table()
        return conform(rows, schema, dataset)

    def controls(
        self, first_day: dt.date, last_day: dt.date, calendar: BusinessCalendar = EVERY_DAY
    ) -> tuple[Control, ...]:
        return ()


def law() -> dict[str, Any]:
    """Forty formulas: first-year commission, bonus with bands, duty allowances by rank, team and three generations."""
    rate, money = {"unit": "rate", "low": 0, "high": 1, "decimals": 4}, {"unit": "money", "low": 0, "high": 10**9}
    count, text = {"unit": "count", "low": 0, "high": 100}, {"unit": "text"}

    def bands(rows: Any) -> list[list[Any]]:
        return [[low, high, value] for low, high, value in rows]

    def agent(formula: str, high: int = 10**8, **more: Any) -> dict[str, Any]:
        return {"unit": "money", "low": 0, "high": high, "grain": "agent", "formula": formula, **more}

    formulas = {
        "fyc": {"unit": "money", "grain": "premium",
                "formula": "ROUND(premium.amount * LOOKUP(fyc_rate, premium.product_code, premium.policy_year), 2)"},
        "bonus": agent("ROUND(TIER_AMOUNT(bonus_rate, month_fyc), 2)"),
        "duty": {**rate, "grain": "agent", "formula": "LOOKUP(duty_rate, agent.rank)"},
        "team_fyc": agent("TEAM(month_fyc)", 10**9),
        "team_override": agent("ROUND(team_fyc * BAND(team_rate, team_fyc), 2)"),
        "average": agent("IF(policies = 0, 0, ROUND(month_fyc / policies, 2))"),
        "active": {"unit": "flag", "grain": "agent", "formula": "month_fyc >= 300 AND policies >= 1"},
        "active_bonus": agent("IF(active, MIN(bonus, 5000), 0)"),
        "best": agent("MAX(bonus, duty_1, duty_2)"),
        "all_in": agent("best + team_override + active_bonus", 10**9),
        **{f"duty_{at}": agent(f"ROUND(month_fyc * duty * p.share_{at}, 2)") for at in range(1, ALLOWANCES + 1)},
        **{f"nurture_{n}": agent(f"ROUND(GENERATION(team_override * LOOKUP(nurturing, {n}, MIN(edge.year, 3)), nurturer, {n}), 2)")
           for n in NURTURING},
    }  # fmt: skip
    return {
        "rulebook": "individual",
        "facts": {"premium": {
            "key": "premium_id", "agent": "agent_id", "institution": "issuing_institution_id", "month_of": "received_on",
            "rules_of": "issued_on",
            "columns": {"premium_id": "key", "agent_id": "key", "issuing_institution_id": "key", "issued_on": "date",
                        "received_on": "date", "product_code": "text", "policy_year": {**count, "low": 1},
                        "amount": {"unit": "money", "low": 0, "high": 99999}},
        }},
        "parameters": {f"share_{at}": {**rate, "value": f"{20 + at}%"} for at in range(1, ALLOWANCES + 1)},
        "tables": {
            "fyc_rate": {"keys": {"product": text, "year": count}, "values": {"rate": rate},
                         "rows": [[f"P{at}", year, str(fyc_rate(at, year))] for at in range(len(PRODUCTS)) for year in (1, 2, 3)]},
            "duty_rate": {"keys": {"rank": text}, "values": {"rate": rate}, "rows": [list(row) for row in DUTY.items()]},
            "bonus_rate": {"band": {"fyc": money}, "values": {"rate": rate}, "mode": "step", "rows": bands(BANDS)},
            "team_rate": {"band": {"fyc": money}, "values": {"rate": rate}, "rows": bands(TEAM_BANDS)},
            "nurturing": {"keys": {"generation": count, "year": count}, "values": {"rate": rate},
                          "rows": [[n, year, value] for n, values in NURTURING.items() for year, value in enumerate(values, 1)]},
        },
        "measures": {
            "month_fyc": {"unit": "money", "low": 0, "high": 10**7, "grain": "agent", "of": "premium", "sum": "fyc"},
            "policies": {"unit": "count", "grain": "agent", "of": "premium", "count": "rows"},
            "first_year": {"unit": "money", "grain": "agent", "of": "premium", "sum": "fyc", "where": "premium.policy_year = 1"},
        },
        "formulas": formulas,
        "lines": [{"name": f"{name}_line", "pays": name, "group": "commission", "order": at} for at, name in enumerate(LINES)],
    }  # fmt: skip


def fill(var: Path, month: dt.date, last_day: dt.date) -> str:
    """Load the insurer into an empty installation, publish its month, put the law in force and write the draft: its page."""
    here, source = database(), LargeInsurer(month, last_day)
    upgrade(here)
    with here.transaction(LOCAL_OPERATOR) as session:
        load_organisation(session, source, "large")
        ensure_default_roles(session)
    here.count_anew()
    with writing(LOCAL_OPERATOR) as writer:
        add_user(writer, USER, PASSWORD, roles=["rules_owner"])
    (var / "secrets").mkdir(exist_ok=True)
    (var / "secrets" / "demo_logins.json").write_text(json.dumps({USER: PASSWORD}))
    policy_inputs.active_source = lambda _session, _family: None
    policy_inputs.open_source = lambda _config: source
    days = [month + dt.timedelta(days=n) for n in range((last_day - month).days + 1)]
    if run_chunk(POLICIES_JOB, Chunk.of("policies", days)) is not RunStatus.PUBLISHED:
        raise AssertionError("The month of the large insurer was not published.")
    return _draft(_in_force())


def _in_force() -> int:
    with database().transaction(HOUSE) as session:
        book = Rulebook(code="individual", name="Individual agents")
        session.add(book)
        session.flush()
        company = session.query(InstitutionRow).filter_by(code="L").one()
        version = RulebookVersion(
            rulebook_id=book.id, number=1, title="The law", institution_id=company.id, complete=True, valid_from=BEGAN,
            state="approved", created_by="bench", recorded_at=dt.datetime.now(dt.UTC),
        )  # fmt: skip
        session.add(version)
        session.flush()
        for (section, name), content in elements_of(written(json.dumps(law())).told).items():
            session.add(
                RulebookElement(version_id=version.id, section=section, name=name, content=content, recorded_by="bench")
            )
        return version.id


def _draft(version_id: int) -> str:
    with writing(LOCAL_OPERATOR) as writer:
        based_on = writer.session.get_one(RulebookVersion, version_id)
        book = writer.session.get_one(Rulebook, based_on.rulebook_id)
        draft = rulebooks.new_draft(
            writer, book, title="The next law", institution_id=based_on.institution_id, based_on=based_on,
            valid_from=dt.date(2040, 1, 1),
        )  # fmt: skip
        now = law()
        share, bonus = now["parameters"]["share_1"], now["tables"]["bonus_rate"]
        rulebooks.set_element(writer, draft, ("parameters", "share_1"), {**share, "value": str(Decimal("0.25"))})
        changed = [*bonus["rows"][:-1], [*bonus["rows"][-1][:-1], "0.06"]]
        rulebooks.set_element(writer, draft, ("tables", "bonus_rate"), {**bonus, "rows": changed})
        return f"/rulebooks/{book.code}/{draft.number}?tab=simulate"
