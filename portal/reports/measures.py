"""The measures and dimensions that reports choose from; each says once what its figure means."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.query.report import Dimension, Measure

BALANCE = Measure(
    "balance", _l("Balance"), "sum(balance)",
    meaning=_l("What stood on the accounts at the end of the day."),
)  # fmt: skip
DAILY_AVERAGE = Measure(
    "daily_average", _l("Daily average"), "money_ratio(sum({period}_balance_days), {days})", periodic=True,
    meaning=_l("The end-of-day balances of every calendar day since the period began, divided by those days."),
)  # fmt: skip
BALANCE_DAYS = Measure(
    "balance_days", _l("Balance × days"), "sum({period}_balance_days)", periodic=True,
    meaning=_l("The sum of the end-of-day balances since the period began: the stored term behind the average."),
)  # fmt: skip
INCREMENT = Measure(
    "increment", _l("Increment over base"), "sum(balance) - sum(base_balance)", base="day",
    meaning=_l("The balance less the base: the balance at the end of the year before, moved with the shares."),
)  # fmt: skip
AVERAGE_INCREMENT = Measure(
    "average_increment", _l("Average increment over base"),
    "money_ratio(sum(year_balance_days) * {base_days} - sum(base_year_balance_days) * {year_days}, "
    "{base_days} * {year_days})", base="year",
    meaning=_l("The daily average of this year so far less the daily average of the year before."),
)  # fmt: skip
PROFIT = Measure(
    "profit", _l("Simulated profit"), "points_money(sum({period}_profit_points), {divisor})", periodic=True,
    meaning=_l("The margin between customer rate and internal rate, day by day on the credited balance, since the "
               "period began."),
)  # fmt: skip
ACCOUNTS = Measure(
    "accounts", _l("Accounts"), "count(distinct account_id) filter (share > 0 and is_open)", unit="count",
    counts="account_id",
    meaning=_l("Open accounts credited that day. One that several managers share counts once in each row and once in the "
               "total, so rows of managers, and of the institutions where they sit, may add up to more."),
)  # fmt: skip

MANAGER = Dimension("manager", _l("Customer manager"), "manager_id", drills_to="customer")
PRODUCT = Dimension("product", _l("Product"), "product_id", drills_to="customer")
CUSTOMER = Dimension("customer", _l("Customer"), "customer_id", "credit_day", drills_to="account")
ACCOUNT = Dimension("account", _l("Account"), "account_id", "credit_day", drills_to="day")
PEOPLE_AND_PRODUCTS = (MANAGER, PRODUCT, CUSTOMER, ACCOUNT)
