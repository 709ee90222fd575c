"""Simulated profit: what the margin between customer rates and internal rates earned."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.query.report_accounts import AccountReport
from portal.reports import measures as m

SIMULATED_PROFIT = AccountReport(
    key="profit", title=_l("Simulated profit"), kinds=("deposit", "loan", "card"), icon="graph-up-arrow",
    measures=(m.PROFIT, m.BALANCE, m.DAILY_AVERAGE, m.ACCOUNTS),
    dimensions=m.PEOPLE_AND_PRODUCTS,
    standard=("profit", "balance", "daily_average"),
)  # fmt: skip
