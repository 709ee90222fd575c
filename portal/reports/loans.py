"""Loans: point-in-time, averages and growth."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.query.report_accounts import AccountReport
from portal.reports import measures as m

LOANS = AccountReport(
    key="loans", title=_l("Loans"), kinds=("loan",), icon="bank",
    measures=(m.BALANCE, m.DAILY_AVERAGE, m.BALANCE_DAYS, m.INCREMENT, m.AVERAGE_INCREMENT, m.PROFIT, m.ACCOUNTS),
    dimensions=m.PEOPLE_AND_PRODUCTS,
    standard=("balance", "daily_average", "increment", "accounts"),
)  # fmt: skip
