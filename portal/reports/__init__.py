"""The declared reports, by key."""

from portal.query.report import Report
from portal.query.report_accounts import AccountReport
from portal.reports.cards import CARDS
from portal.reports.commission import COMMISSION
from portal.reports.deposits import DEPOSITS
from portal.reports.loans import LOANS
from portal.reports.simulated_profit import SIMULATED_PROFIT

ACCOUNT_REPORTS: dict[str, AccountReport] = {
    report.key: report for report in (DEPOSITS, LOANS, CARDS, SIMULATED_PROFIT)
}
REPORTS: dict[str, Report] = {**ACCOUNT_REPORTS, COMMISSION.key: COMMISSION}
