"""Cards: how many, and what is owed on them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.query.report_accounts import AccountReport
from portal.reports import measures as m

CARDS = AccountReport(
    key="cards", title=_l("Cards"), kinds=("card",), icon="credit-card",
    measures=(m.ACCOUNTS, m.BALANCE, m.DAILY_AVERAGE, m.BALANCE_DAYS, m.PROFIT),
    dimensions=m.PEOPLE_AND_PRODUCTS,
    standard=("accounts", "balance", "daily_average"),
)  # fmt: skip
