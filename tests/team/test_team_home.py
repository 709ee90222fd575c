"""A team home's figures are the sums of its agents, level by level; nobody sees another team's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from pages import team as page
from pages import team_agent, team_why
from portal.access.identity import HOUSE, actor_named
from portal.database import Database
from portal.models.organisation import Institution
from portal.query.reader import Reader
from portal.query.team_figures import ELEMENTS, TEAM_FIGURES, Sums, together
from portal.query.team_home import TeamHome, agents_of_place, team_home
from portal.query.team_ladder import figure_titles
from tests.resources.test_screens import run, said
from tests.statement.conftest import FEB, JAN, browser_of


def places(database: Database) -> dict[str, int]:
    with database.transaction(HOUSE) as session:
        return dict(session.execute(select(Institution.code, Institution.id)).all())


def home_of(database: Database, name: str, month: dt.date, place: int | None = None) -> TeamHome:
    with database.transaction(HOUSE) as session:
        actor = actor_named(session, name)
    with database.transaction(actor) as session:
        found = team_home(Reader(actor, session), place, month)
    assert found is not None
    return found


def values(sums: Sums) -> dict[str, Decimal | None]:
    return {key: figure.value(sums) for key, figure in TEAM_FIGURES.items()}


def test_figures_are_sums_of_the_agents_and_a_rate_is_one_sum_over_the_other(
    story: dict[str, int], database: Database
) -> None:
    own = home_of(database, "ada", JAN)
    assert own.place.code == "ZT1"
    assert values(own.now) == {
        "fyc": 900, "active": 2, "persistency": Decimal("0.8333"), "recruits": None, "heads": 2,
    }, "300 and 450 kept of 900: not the average of 100 % and 75 %"  # fmt: skip
    assert own.missing == {"recruits"} and own.unknown == 0 and own.before is None
    with database.transaction(HOUSE) as session:
        called = figure_titles(Reader(HOUSE, session), JAN)
    assert (called["active"], called["heads"]) == ("Active heads", "Heads"), "the rules say it of one agent"
    later = home_of(database, "ada", FEB)
    assert later.before == own.now and TEAM_FIGURES["fyc"].value(later.now) == 0
    assert TEAM_FIGURES["persistency"].value(later.now) is None, "nothing was issued, so there is no rate"


def test_each_level_is_the_sum_of_the_one_below(story: dict[str, int], database: Database) -> None:
    ids = places(database)
    for month in (JAN, FEB):
        whole = home_of(database, "root", month, ids["Z"])
        branch = home_of(database, "root", month, ids["ZB"])
        assert [one.place.code for one in whole.below] == ["ZB"] and len(branch.below) == 2
        assert whole.now == branch.now == together([one.now for one in branch.below])
        with database.transaction(HOUSE) as session:
            actor = actor_named(session, "root")
        with database.transaction(actor) as session:
            agents = agents_of_place(Reader(actor, session), ids["ZB"], month, TEAM_FIGURES["fyc"])
        assert together([one.now for one in agents]) == branch.now
        assert {one.rank.title for one in agents} == {"Adviser", "Manager"}
    assert home_of(database, "root", JAN).place.code == "Z"


def test_screens_name_what_is_missing_and_lead_down_to_policies(story: dict[str, int], database: Database) -> None:
    ids, ada = places(database), browser_of("ada")
    shown = said(run(ada, page.CONTENT, "children", "?month=2026-01"))
    assert "900" in shown and "83.3" in shown and "Adviser" in shown and "no element recruits" in shown
    assert "promotion" in shown and "Adviser → Manager" in shown
    found = said(run(ada, page.CONTENT, "children", "?month=2026-01&search=z1+manager"))
    assert f"agent={story['Z1']}&month" in found and f"agent={story['Z2']}&month" not in found
    why = said(run(ada, team_why.CONTENT, "children", f"?figure=persistency&institution={ids['ZT1']}&month=2026-01"))
    assert all(one in why for one in ("750.00", "900.00", "300.00", "450.00", "75.00", "Together"))
    lacking = said(run(ada, team_why.CONTENT, "children", f"?figure=recruits&institution={ids['ZT1']}&month=2026-01"))
    assert "no element recruits" in lacking
    bo = story["Z2"]
    agent = said(run(ada, team_agent.CONTENT, "children", f"?agent={bo}&month=2026-01"))
    assert "P2" in agent and "12,000.00" in agent and "lapsed" in agent and "600.00" in agent
    assert "No policy fits" in said(run(ada, team_agent.CONTENT, "children", f"?agent={bo}&status=surrender"))


def test_nobody_looks_into_another_team(story: dict[str, int], database: Database) -> None:
    ids, cy, bo = places(database), browser_of("cy"), browser_of("bo")
    assert run(bo, page.CONTENT, "children", "").status_code == 403
    for screen, search in (
        (page, f"?institution={ids['ZT1']}"), (page, f"?institution={ids['ZB']}"), (page, "?institution=x"),
        (page, "?institution=4711"), (team_why, f"?figure=fyc&institution={ids['ZB']}"), (team_why, "?figure=none"),
        (team_agent, f"?agent={story['Z1']}"), (team_agent, "?agent=x"), (team_agent, ""),
    ):  # fmt: skip
        assert "Nothing here" in said(run(cy, screen.CONTENT, "children", search)), search
    shown = said(run(cy, page.CONTENT, "children", "?month=2026-02"))
    assert "900" in shown and "Ada" not in shown
    assert "not computed" in said(run(cy, page.CONTENT, "children", "?month=2030-01"))


def test_no_figure_counts_a_missing_element_as_zero() -> None:
    nothing: dict[str, Decimal | None] = dict.fromkeys(ELEMENTS)
    assert all(figure.value(nothing) is None for figure in TEAM_FIGURES.values())
    assert together([nothing, dict.fromkeys(ELEMENTS, Decimal(1))]) == nothing
    assert together([]) == dict.fromkeys(ELEMENTS, Decimal(0))
