"""Every figure that "why this number?" can explain: the key figures, and each measure of each report."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.query.key_figures import AUM_KINDS
from portal.query.report import Period
from portal.query.why import Figure
from portal.reports import ACCOUNT_REPORTS
from portal.reports import measures as m

FTP_KINDS = ACCOUNT_REPORTS["profit"].kinds
KEY_FIGURES: tuple[Figure, ...] = (
    Figure("deposits", _l("Deposits"), ("deposit",), m.BALANCE),
    Figure("deposits_average", _l("Deposits, daily average"), ("deposit",), m.DAILY_AVERAGE),
    Figure("deposits_increment", _l("Deposits, increment over base"), ("deposit",), m.INCREMENT),
    Figure("deposits_average_increment", _l("Deposits, average increment"), ("deposit",), m.AVERAGE_INCREMENT),
    Figure("loans", _l("Loans"), ("loan",), m.BALANCE),
    Figure("loans_increment", _l("Loans, increment over base"), ("loan",), m.INCREMENT),
    Figure("profit", _l("Simulated profit"), FTP_KINDS, m.PROFIT, Period.YEAR),
    Figure("aum", _l("Assets under management"), AUM_KINDS, m.BALANCE),
    Figure("aum_increment", _l("Assets under management, increment"), AUM_KINDS, m.INCREMENT),
    Figure("balance", _l("Balance"), (*AUM_KINDS, "loan", "card"), m.BALANCE),
    Figure("daily_average", _l("Daily average"), (*AUM_KINDS, "loan", "card"), m.DAILY_AVERAGE),
    Figure("increment", _l("Increment over base"), (*AUM_KINDS, "loan", "card"), m.INCREMENT),
)
OF_ACCOUNT_REPORTS: tuple[Figure, ...] = tuple(
    Figure(f"{report.key}.{measure.key}", measure.title, report.kinds, measure)
    for report in ACCOUNT_REPORTS.values()
    for measure in report.measures
)
FIGURES: dict[str, Figure] = {figure.key: figure for figure in (*KEY_FIGURES, *OF_ACCOUNT_REPORTS)}
