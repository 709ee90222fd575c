"""A rulebook's months by the rules as they are and by a draft, each set's lines left side by side on one engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from calc import Engine
from calc.rulebook import Kept, Side
from jobs.month_rules import MonthRules, month_rules, run_rules, run_sides
from jobs.simulation_ground import Ground, Grounds
from portal.models.rulebooks import Rulebook
from portal.query.month_facts import give_history, history_files, priced
from portal.query.policy_facts import facts_until
from portal.query.rulebook_rules import Rules
from portal.query.sales_force import state_of_people
from portal.query.statement import last_of
from portal.services.rulebook_simulations import PROPOSED_MONTHS

Tell = Callable[[str], None]
NOW, DRAFT = "now", "draft"


class Trial:
    """Months to be computed by drafts that are tried one after the other, beside the rules as they are."""

    def __init__(
        self, session: Session, book: Rulebook, now: Rules, months: Sequence[dt.date], grounds: Grounds, tell: Tell
    ) -> None:
        self.session, self.book, self.now, self.months, self.tell = session, book, now, sorted(months), tell
        self.grounds = grounds
        self.people = state_of_people(session)
        self.facts = facts_until(session, last_of(self.months[-1]))
        self.history = history_files(session, self.months[0])
        self.engine = grounds.engine(book.code)
        self.rules: dict[str, MonthRules] = {}
        self.problems = 0  # of the draft, in all months
        self._of_now: dict[dt.date, MonthRules] = {}
        self._beside: dict[dt.date, tuple[Ground, Engine, Kept]] = {}
        self._files: list[str] = []  # of drafts

    def close(self) -> None:
        """Leave the engine to the next trial, without what was tried."""
        for month in list(self._beside):
            self._leave(month)
        for file in self._files:
            Path(file).unlink(missing_ok=True)

    def compute(self, draft: Rules | None = None) -> None:
        """All months by the rules as they are and by a draft; lines are left in `now_line` and `draft_line`.

        The months are gone through once, and later ones look back at the earlier ones of the same rules. What stands already is not
        made again, and what both agree on is made once.
        """
        earlier: dict[str, list[str]] = {NOW: [], DRAFT: []}
        self.problems = 0
        for month in self.months:
            self.tell(f"{month:%Y-%m}")
            ground = self._ground(month)
            now = self._now(ground, earlier[NOW])
            stood = now.kept.whole(now.plan, now.given)
            if draft is None:
                if not stood:
                    run_rules(now.engine, now.plan, now.kept, now.given)
            else:
                tried = self._draft(ground, draft, earlier[DRAFT])
                run_sides(now, tried)
                self._take(DRAFT, tried.engine, month)
                self.problems += tried.engine.rows("row_problem")
            self._take(NOW, now.engine, month)
            if month == self.months[-1]:
                return  # nobody looks back at the last
            if not stood or not ground.values:
                ground.values = self._values(now.engine, month)
            earlier[NOW].append(ground.values)
            if draft is not None:
                earlier[DRAFT].append(self._values(tried.engine, month))
                self._files.append(earlier[DRAFT][-1])
                if len(self.months) > PROPOSED_MONTHS:
                    self._leave(month)

    def read(self, draft: Rules) -> None:
        """Check and compile a draft for the last month, so that it is known when it is tried. Raises Refused."""
        month = self.months[-1]
        self._month_rules(self._ground(month), draft)

    def total(self, name: str) -> Decimal:
        """What all months cost."""
        rows = self.engine.connection.execute(f"select coalesce(sum(paid), 0) from {name}_line").fetchall()
        return Decimal(rows[0][0])

    def _ground(self, month: dt.date) -> Ground:
        return self.grounds.of(self.session, self.book.code, month, self.people, self.facts)

    def _now(self, ground: Ground, earlier: Sequence[str]) -> Side:
        month = ground.month
        if month not in self._of_now:
            self._of_now[month] = self._month_rules(ground, self.now)
        self.rules[NOW] = self._of_now[month]
        return self._side(ground.engine, self._of_now[month], ground.kept, month, earlier)

    def _draft(self, ground: Ground, draft: Rules, earlier: Sequence[str]) -> Side:
        known = self._beside.get(ground.month)
        if known is None or known[0] is not ground:
            self._leave(ground.month)
            known = self._beside[ground.month] = (ground, ground.engine.beside(f"{ground.month:%Y-%m} draft"), Kept())
        self.rules[DRAFT] = self._month_rules(ground, draft)
        return self._side(known[1], self.rules[DRAFT], known[2], ground.month, earlier)

    def _leave(self, month: dt.date) -> None:
        """Drop what was tried in a month."""
        if month in self._beside:
            self._beside.pop(month)[1].close()

    def _month_rules(self, ground: Ground, rules: Rules) -> MonthRules:
        return month_rules(self.session, rules, *priced(ground.engine, rules, ground.month))

    def _side(self, engine: Engine, made: MonthRules, kept: Kept, month: dt.date, earlier: Sequence[str]) -> Side:
        files = [*self.history, *earlier]
        marks = {"rules": str(made.table.to_pydict()), "history": str(files)}
        if not kept.whole(made.plan, marks):
            give_history(engine, files, month)
            engine.give("rules", made.table)
        return Side(made.plan, engine, marks, kept)

    def _take(self, name: str, engine: Engine, month: dt.date) -> None:
        """Add a month's lines to those of the same rules."""
        run = engine.connection.execute
        told = {
            "line": "agent_id, institution_id, line, paid from line_amount", "agent": "agent_id, rank from agent",
        }  # fmt: skip
        for what, rows in told.items():
            table = f"main.{name}_{what}"
            first = month == self.months[0]
            run(f"{f'create or replace table {table} as' if first else f'insert into {table}'} "
                f"select date '{month}' as month, {rows}")  # fmt: skip

    def _values(self, engine: Engine, month: dt.date) -> str:
        """Leave a month's values for the months after it, in a file of a name that no other had: the name tells what is in it."""
        file = self.grounds.new_file()
        engine.connection.execute(
            f"create or replace view trial_value as select 'trial' as rulebook, date '{last_of(month)}' as business_date, "
            "* from agent_value"
        )
        engine.save("trial_value", file)
        return str(file)
