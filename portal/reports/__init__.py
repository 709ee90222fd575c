"""The declared reports, by key."""

from portal.query.report import Report
from portal.reports.cards import CARDS
from portal.reports.deposits import DEPOSITS
from portal.reports.loans import LOANS
from portal.reports.simulated_profit import SIMULATED_PROFIT

REPORTS: dict[str, Report] = {report.key: report for report in (DEPOSITS, LOANS, CARDS, SIMULATED_PROFIT)}
