"""The demo bank's organisation: head office, 4 branches, 20 sub-branches, 120 customer managers and their leaders.

Customers belong to a manager of their sub-branch; of a thousand 80 are shared by two, 50 change hands in the middle
of a month, 10 belong to nobody, and a few shares end soon after the history does. A few managers move to another
sub-branch and keep their customers.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from portal.models.base import FAR_FUTURE
from portal.sources.base import FtpRate, Institution, Level, Person, Position, Product
from portal.sources.demo_names import BRANCHES, staff_name

OPENING_DAY = dt.date(2010, 1, 1)
HEAD_OFFICE = "HO"
MANAGERS_OF_A_SUB_BRANCH = 6

LEVELS = [
    Level("head_office", "Head office", "总行", 0),
    Level("branch", "Branch", "分行", 1),
    Level("sub_branch", "Sub-branch", "支行", 2),
]

PRODUCTS = [
    Product("DEP_SAVINGS", "Savings account", "个人活期存款", "deposit", 360),
    Product("DEP_SETTLEMENT", "Settlement account", "单位活期存款", "deposit", 360),
    Product("TIME_3M", "Time deposit, 3 months", "定期存款（三个月）", "deposit", 360),
    Product("TIME_6M", "Time deposit, 6 months", "定期存款（六个月）", "deposit", 360),
    Product("TIME_1Y", "Time deposit, 1 year", "定期存款（一年）", "deposit", 360),
    Product("TIME_2Y", "Time deposit, 2 years", "定期存款（二年）", "deposit", 360),
    Product("TIME_3Y", "Time deposit, 3 years", "定期存款（三年）", "deposit", 360),
    Product("LOAN_MORTGAGE", "Home mortgage", "个人住房贷款", "loan", 360),
    Product("LOAN_CONSUMER", "Consumer loan", "个人消费贷款", "loan", 360),
    Product("LOAN_BUSINESS", "Business loan", "企业流动资金贷款", "loan", 360),
    Product("CARD_STANDARD", "Standard credit card", "标准信用卡", "card"),
    Product("CARD_GOLD", "Gold credit card", "金卡信用卡", "card"),
    Product("WEALTH_FIXED", "Wealth product, fixed income", "固定收益类理财", "wealth"),
    Product("WEALTH_NET_VALUE", "Wealth product, net value", "净值型理财", "wealth"),
    Product("FUND_BOND", "Bond fund", "债券基金", "fund"),
    Product("FUND_EQUITY", "Equity fund", "股票基金", "fund"),
    Product("INS_LIFE", "Life insurance", "终身寿险", "insurance"),
    Product("INS_ANNUITY", "Annuity insurance", "年金保险", "insurance"),
]

# A stand-in for a bank's FTP curve: yearly rates by term in days in 2026, and how far they fell in each half year.
FTP_2026 = {
    0: "0.0095", 60: "0.0148", 90: "0.0155", 180: "0.0165", 365: "0.0178", 730: "0.0195", 1095: "0.0215",
    1825: "0.0235", 3650: "0.0250", 5475: "0.0258", 7300: "0.0265", 10950: "0.0272",
}  # fmt: skip
FALL_PER_HALF_YEAR, LOWEST_RATE = Decimal("0.0006"), Decimal("0.001")


def sub_branches() -> list[tuple[str, str, str, str]]:
    """Code, code of the branch above, name and Chinese name of each sub-branch, in the order of their numbers."""
    rows: list[tuple[str, str, str, str]] = []
    for branch_number, (_, _, below) in enumerate(BRANCHES, start=1):
        for place, place_zh in below:
            code = f"S{len(rows) + 1:02d}"
            rows.append((code, f"B{branch_number}", f"{place} Sub-branch", f"{place_zh}支行"))
    return rows


def institution_tree() -> list[Institution]:
    """Head office, branches, sub-branches."""
    tree = [Institution(HEAD_OFFICE, "Head Office", "总行", "head_office", None, OPENING_DAY)]
    tree += [
        Institution(f"B{number}", f"{place} Branch", f"{place_zh}分行", "branch", HEAD_OFFICE, OPENING_DAY)
        for number, (place, place_zh, _) in enumerate(BRANCHES, start=1)
    ]
    tree += [
        Institution(code, name, name_zh, "sub_branch", above, OPENING_DAY)
        for code, above, name, name_zh in sub_branches()
    ]
    return tree


def manager_code(sub_branch: int, place: int) -> str:
    """The staff number of a sub-branch's first, second ... customer manager; both count from 1."""
    return f"M{sub_branch:02d}{place}"


def staff(first_day: dt.date) -> tuple[list[Person], list[Position]]:
    """Leaders of every institution, managers, an operator and an administrator; four managers move in the history."""
    work = [(f"L-{institution.code}", institution.code, "leader") for institution in institution_tree()]
    for number, (code, _, _, _) in enumerate(sub_branches(), start=1):
        for place in range(1, MANAGERS_OF_A_SUB_BRANCH + 1):
            work.append((manager_code(number, place), code, "customer_manager"))
    work += [("O-1", HEAD_OFFICE, "operator"), ("A-1", HEAD_OFFICE, "administrator")]
    people, positions = [], []
    moves = moving_managers(first_day)
    for number, (code, institution, kind) in enumerate(work):
        name, name_zh = staff_name(number)
        phone = f"0000 {2000 + number * 7 % 8000:04d} {number:03d}"
        people.append(Person(code, name, name_zh, phone, f"{code.lower()}@bank.example"))
        if code in moves:
            moved_on, there = moves[code]
            positions.append(Position(code, institution, kind, OPENING_DAY, moved_on))
            positions.append(Position(code, there, kind, moved_on))
        else:
            positions.append(Position(code, institution, kind, OPENING_DAY))
    return people, positions


def moving_managers(first_day: dt.date) -> dict[str, tuple[dt.date, str]]:
    """Managers who move to another sub-branch, the day, and where to."""
    days = [first_day + dt.timedelta(days=days) for days in (102, 214, 305, 411)]
    moves = zip(days, ("S03", "S10", "S11", "S18"), strict=True)
    return dict(zip(("M025", "M083", "M136", "M171"), moves, strict=True))


def ftp_curve(last_day: dt.date) -> list[FtpRate]:
    """The curve of each half year up to the history's last day; the newest holds on."""
    begins = [dt.date(year, month, 1) for year in range(2010, last_day.year + 1) for month in (1, 7)]
    begins = [day for day in begins if day <= last_day]
    rows = []
    for number, day in enumerate(begins):
        halves = (2026 - day.year) * 2 - (day.month == 7)
        end = begins[number + 1] if number + 1 < len(begins) else FAR_FUTURE
        for term_days, rate in FTP_2026.items():
            ftp_rate = max(Decimal(rate) + halves * FALL_PER_HALF_YEAR, LOWEST_RATE)
            rows.append(FtpRate(term_days, ftp_rate, day, end))
    return rows


# person 1 to 6 of the customer's sub-branch; `lot` decides what kind of credit the customer has
SHARES = """
with subject as (
    select customer_id, since, sub_branch, draw('share', customer_id, 1000) as lot,
           1 + draw('manager', customer_id, 6) as one, 1 + (one + draw('other', customer_id, 5)) % 6 as other,
           picked([0.5, 0.6, 0.7, 0.8], draw('split', customer_id, 4))::decimal(9, 6) as ratio,
           (date_trunc('month', first_day() + 40 + draw('moved', customer_id, history_days() - 60)::integer)
            + to_days(5 + draw('moved day', customer_id, 20)::integer))::date as moved_on,
           history_end() + 8 + draw('ends', customer_id, 30)::integer as ends_on, date '9999-12-31' as open
    from customer
), credit as (
    select customer_id, unnest(case
        when lot < 10 then []
        when lot < 90 then [{place: one, ratio: ratio, valid_from: since, valid_to: open},
                            {place: other, ratio: (1 - ratio)::decimal(9, 6), valid_from: since, valid_to: open}]
        when lot < 140 and moved_on > since then [{place: one, ratio: 1, valid_from: since, valid_to: moved_on},
                                                  {place: other, ratio: 1, valid_from: moved_on, valid_to: open}]
        when lot < 142 then [{place: one, ratio: 1, valid_from: since, valid_to: ends_on}]
        else [{place: one, ratio: 1, valid_from: since, valid_to: open}] end) as held, sub_branch
    from subject
), on_account as (
    -- one large time deposit in forty is credited to a colleague; half of the business loans have a carer
    select account_id, 'marketer' as role, 1 + draw('account manager', account_id, 6) as place, opened_on, sub_branch
    from account
    where family = 'time' and base > 30000000 and draw('own share', account_id, 40) = 0 and opened_on <= history_end()
    union all
    select account_id, 'carer', 1 + draw('carer', account_id, 6), opened_on, sub_branch
    from account where family = 'business' and draw('cared for', account_id, 2) = 0 and opened_on <= history_end()
)
select customer_id, null::bigint as account_id, 'marketer' as role, sub_branch, held.place as place,
       held.ratio::decimal(9, 6) as ratio, held.valid_from as valid_from, held.valid_to as valid_to
from credit
union all
select null, account_id, role, sub_branch, place, 1, opened_on, date '9999-12-31' from on_account
order by customer_id, account_id, role, valid_from, place
"""
