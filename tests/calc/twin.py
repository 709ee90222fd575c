"""A slow twin of the nightly calculation: plain loops written from the definitions, one day and one account at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

CENT = Decimal("0.01")
DAY = dt.timedelta(days=1)
Key = tuple[int, str, int, int]  # account, role, manager, institution


@dataclass(frozen=True)
class Share:
    role: str
    person: int
    ratio: Decimal
    valid_from: dt.date
    valid_to: dt.date
    account: int | None = None
    customer: int | None = None


@dataclass(frozen=True)
class Terms:
    """What holds for an account from a day on; `repriced_on` is the day whose curve prices it from then on."""

    valid_from: dt.date
    customer_rate: Decimal
    repriced_on: dt.date | None = None


@dataclass(frozen=True)
class Sold:
    """What kind of product an account is, its year of days, and its term."""

    kind: str
    basis: int
    term_days: int = 0


@dataclass(frozen=True)
class CurveRate:
    currency: str
    kind: str
    term_days: int
    rate: Decimal
    valid_from: dt.date
    valid_to: dt.date


@dataclass
class Bank:
    """Everything the calculation reads, in the simplest form."""

    opened: dict[int, dt.date]
    closed: dict[int, dt.date]
    customer: dict[int, int]
    booked: dict[int, int]
    terms: dict[int, list[Terms]]
    sold: dict[int, Sold]
    movements: dict[tuple[int, dt.date], Decimal]  # the day's turnover
    shares: list[Share]
    positions: list[tuple[int, int, dt.date, dt.date]]
    currency: dict[int, str] = field(default_factory=dict)  # of accounts that are not in the reporting currency
    rates: dict[tuple[str, dt.date], Decimal] = field(default_factory=dict)  # each day's closing rate
    curves: list[CurveRate] = field(default_factory=list)


@dataclass
class State:
    held: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # in account currency
    balance: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    sums: dict[str, dict[Key, Decimal]] = field(
        default_factory=lambda: {
            name: defaultdict(Decimal) for name in ("month", "quarter", "year", "month_profit", "year_profit")
        }
    )
    base: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    base_days: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def deal(amount: Decimal, ratios: dict[int, Decimal]) -> dict[int, Decimal]:
    """Split an amount in cents by largest remainder, ties to the lowest person; negatives mirror."""
    cents = abs(int(amount / CENT))
    exact = {person: Fraction(cents) * Fraction(ratio) for person, ratio in ratios.items()}
    dealt = {person: int(part) for person, part in exact.items()}
    order = sorted(ratios, key=lambda person: (-(exact[person] - dealt[person]), person))
    for person in order[: cents - sum(dealt.values())]:
        dealt[person] += 1
    sign = -1 if amount < 0 else 1
    return {person: CENT * part * sign for person, part in dealt.items()}


def reported(bank: Bank, account: int, held: Decimal, day: dt.date) -> Decimal:
    """A balance in the reporting currency at the closing rate of the day, rounded once."""
    if account not in bank.currency:
        return held
    return (held * bank.rates[bank.currency[account], day]).quantize(CENT, ROUND_HALF_UP)


def internal_rate(bank: Bank, account: int, day: dt.date) -> Decimal:
    """What the curve said on the day the account was opened, or was re-priced last."""
    priced_on, sold = bank.opened[account], bank.sold[account]
    for row in bank.terms[account]:
        if row.valid_from <= day and row.repriced_on is not None:
            priced_on = row.repriced_on
    currency = bank.currency.get(account, "CNY")
    held = [one for one in bank.curves if one.currency == currency and one.valid_from <= priced_on < one.valid_to]
    own = [one for one in held if one.kind == sold.kind] or [one for one in held if one.kind == "all"]
    long_enough = [one for one in own if one.term_days >= sold.term_days]
    if long_enough:
        return min(long_enough, key=lambda one: one.term_days).rate
    return max(own, key=lambda one: one.term_days).rate


def margin_factor(bank: Bank, account: int, day: dt.date) -> Decimal:
    """The margin of a day, a year of days being 360 or 365."""
    sold = bank.sold[account]
    if sold.kind not in ("deposit", "loan", "card"):
        return Decimal(0)
    customer_rate = [row for row in bank.terms[account] if row.valid_from <= day][-1].customer_rate
    margin = internal_rate(bank, account, day) - customer_rate
    return (margin if sold.kind == "deposit" else -margin) * (26_280 // sold.basis)


def ratios_on(bank: Bank, account: int, day: dt.date) -> dict[str, dict[int, Decimal]]:
    """Role to person to ratio: an account's own shares win over its customer's."""
    found: dict[str, dict[int, Decimal]] = {}
    for role in {share.role for share in bank.shares}:
        held = [s for s in bank.shares if s.role == role and s.valid_from <= day < s.valid_to]
        own = {s.person: s.ratio for s in held if s.account == account}
        inherited = {s.person: s.ratio for s in held if s.customer is not None and s.customer == bank.customer[account]}
        if own or inherited:
            found[role] = own or inherited
    return found


def institution_of(bank: Bank, person: int, day: dt.date) -> int:
    for who, where, start, end in bank.positions:
        if who == person and start <= day < end:
            return where
    raise AssertionError(f"{person} sits nowhere on {day}")


def days(bank: Bank, first: dt.date, last: dt.date) -> dict[dt.date, dict[Key, dict[str, Decimal]]]:
    """Every credit at the end of every day."""
    state, out = State(), {}
    day = first
    while day <= last:
        out[day] = one_day(bank, state, day, first)
        day += DAY
    return out


def one_day(bank: Bank, state: State, day: dt.date, first: dt.date) -> dict[Key, dict[str, Decimal]]:
    if day.day == 1 and day.month == 1 and day != first:
        totals: dict[int, Decimal] = defaultdict(Decimal)
        for (account, role, _manager, _place), amount in state.sums["year"].items():
            if role == "marketer":
                totals[account] += amount
        state.base, state.base_days = defaultdict(Decimal, state.balance), totals
    for name, begins in (("month", day.day == 1), ("month_profit", day.day == 1),
                         ("quarter", day.day == 1 and day.month % 3 == 1),
                         ("year", day.day == 1 and day.month == 1), ("year_profit", day.day == 1 and day.month == 1)):  # fmt: skip
        if begins:
            state.sums[name].clear()
    credited: dict[Key, dict[str, Decimal]] = {}
    for account, opened in bank.opened.items():
        if day < opened:
            continue
        state.held[account] += bank.movements.get((account, day), Decimal(0))
        if account in bank.closed and day > bank.closed[account]:
            state.held[account] = Decimal(0)
        state.balance[account] = reported(bank, account, state.held[account], day)
        credit_account(bank, state, account, day, credited)
    return credited


def credit_account(
    bank: Bank, state: State, account: int, day: dt.date, credited: dict[Key, dict[str, Decimal]]
) -> None:
    roles = ratios_on(bank, account, day)
    places: dict[tuple[str, int], int] = {
        (role, person): institution_of(bank, person, day) for role, ratios in roles.items() for person in ratios
    }
    if "marketer" not in roles:
        roles["marketer"] = {0: Decimal(1)}
        places["marketer", 0] = bank.booked[account]
    for role, ratios in roles.items():
        balance = deal(state.balance[account], ratios)
        base, base_days = deal(state.base[account], ratios), deal(state.base_days[account], ratios)
        for person in ratios:
            key = (account, role, person, places[role, person])
            profit = balance[person] * margin_factor(bank, account, day)
            for name, amount in (("month", balance[person]), ("quarter", balance[person]), ("year", balance[person]),
                                 ("month_profit", profit), ("year_profit", profit)):  # fmt: skip
                state.sums[name][key] += amount
            credited[key] = {"balance": balance[person], "base": base[person], "base_days": base_days[person],
                             **{name: state.sums[name][key] for name in state.sums}}  # fmt: skip
