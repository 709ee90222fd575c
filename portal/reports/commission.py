"""Commission: what statements pay, and from where."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from portal.permissions import Permission
from portal.query.report import Dimension, Measure
from portal.query.report_commission import CommissionReport
from portal.query.statement_lines import OWED_AFTER, OWED_BEFORE

OWED = f"line in ('{OWED_BEFORE}', '{OWED_AFTER}')"

PAID = Measure(
    "paid", _l("Paid"), "sum(paid)", periodic=True,
    meaning=_l("What statements pay: earned, less what a cap cut and what is held, with what was released and carried."),
)  # fmt: skip
EARNED = Measure(
    "earned", _l("Earned"), f"sum(earned) filter (not {OWED})", periodic=True,
    meaning=_l("What the lines of the rules and adjustments come to, deductions below zero, before caps and holds."),
)  # fmt: skip
CUT = Measure(
    "cut", _l("Cut by caps"), "sum(cut)", periodic=True, meaning=_l("What the caps of lines take away."),
)  # fmt: skip
HELD = Measure(
    "held", _l("Held"), "sum(held)", periodic=True,
    meaning=_l("What lines keep back by their rules, and holds by decision."),
)  # fmt: skip
RELEASED = Measure(
    "released", _l("Released"), "sum(released)", periodic=True,
    meaning=_l("What was held before and is paid now."),
)  # fmt: skip
CARRIED = Measure(
    "carried", _l("Carried"), f"sum(paid) filter ({OWED})", periodic=True,
    meaning=_l("Balances below zero: taken over from the month before, left to the next one."),
)  # fmt: skip
EARLIER = Measure(
    "earlier", _l("For earlier months"), "sum(paid) filter (for_month <> in_month)", periodic=True,
    meaning=_l("The part of what is paid that belongs to closed months: late facts, corrected rules, releases."),
)  # fmt: skip
AGENTS = Measure(
    "agents", _l("Agents paid"), "count(distinct agent_id) filter (paid <> 0)", unit="count", periodic=True,
    meaning=_l("Agents with an amount on at least one line. Who has several lines counts once in each row and once in the "
               "total."),
)  # fmt: skip
AVERAGE = Measure(
    "average", _l("Paid per agent"), "money_ratio(sum(paid), nullif(count(distinct agent_id) filter (paid <> 0), 0))",
    periodic=True, meaning=_l("What is paid, divided by the agents with an amount on at least one line."),
)  # fmt: skip

AGENT = Dimension("agent", _l("Agent"), "agent_id", drills_to="line")
LINE = Dimension("line", lazy_pgettext("statement", "Line"), "line")
RANK = Dimension("rank", _l("Rank"), "rulebook || '/' || coalesce(rank, '')")
RULEBOOK = Dimension("rulebook", _l("Rulebook"), "rulebook")
MONTH = Dimension("month", _l("Month"), "strftime(in_month, '%Y-%m')", in_order=True)

COMMISSION = CommissionReport(
    key="commission", title=_l("Commission"), icon="cash-coin", permission=Permission.COMMISSION_REPORT_VIEW,
    measures=(PAID, EARNED, CUT, HELD, RELEASED, CARRIED, EARLIER, AGENTS, AVERAGE),
    dimensions=(AGENT, LINE, RANK, RULEBOOK, MONTH),
    standard=("paid", "earned", "earlier", "agents"),
)  # fmt: skip
