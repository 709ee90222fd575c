"""The organisation around the Czech bank: its real districts and regions, invented staff, stand-in prices.

Customer managers are made about one per 40 of a district's accounts, at least one where there are any. Nothing is drawn
at random: the same files give the same people.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa

from portal.models.base import FAR_FUTURE
from portal.sources.base import FtpRate, Institution, Level, Organisation, Person, Position, Product
from portal.sources.berka_names import DISTRICTS_ZH, REGIONS_ZH, staff_name
from portal.sources.berka_shares import build_shares

OPENING_DAY = dt.date(1993, 1, 1)
ACCOUNTS_PER_MANAGER = 40
SPARE_ACCOUNTS = 12  # a team takes so many more before it gets another manager
HEAD_OFFICE = "HO"

LEVELS = [
    Level("head_office", "Head office", "总行", 0),
    Level("region", "Region", "大区", 1),
    Level("branch", "Branch", "支行", 2),
]

PRODUCTS = [
    Product("DEP_MONTHLY", "Current account, monthly statement", "活期存款（月结）", "deposit"),
    Product("DEP_WEEKLY", "Current account, weekly statement", "活期存款（周结）", "deposit"),
    Product("DEP_TURNOVER", "Current account, statement per transaction", "活期存款（逐笔）", "deposit"),
    Product("LOAN", "Personal loan", "个人贷款", "loan", 360),
    Product("CARD_JUNIOR", "Junior card", "青年卡", "card"),
    Product("CARD_CLASSIC", "Classic card", "普通卡", "card"),
    Product("CARD_GOLD", "Gold card", "金卡", "card"),
]

# A stand-in for the bank's FTP curve, which is not published: yearly rates by term in days, in the range of the Czech
# interbank market of 1993, falling as that market did. An account keeps the rate of the day it was opened.
FTP_CURVE = {
    dt.date(1993, 1, 1): {0: "0.060", 365: "0.105", 730: "0.108", 1095: "0.110", 1460: "0.112", 1825: "0.114"},
    dt.date(1993, 7, 1): {0: "0.055", 365: "0.098", 730: "0.101", 1095: "0.104", 1460: "0.106", 1825: "0.108"},
    dt.date(1994, 1, 1): {0: "0.050", 365: "0.088", 730: "0.092", 1095: "0.095", 1460: "0.098", 1825: "0.100"},
}


District = tuple[int, str, str]  # number, name, region


def build_organisation(districts: list[District], sizes: dict[int, int], accounts: pa.Table) -> Organisation:
    """The organisation of districts whose `sizes` are their accounts of all years.

    `accounts` are the delivered ones; each is credited to managers of its own district, so that managing and booking
    institution agree.
    """
    institutions = institution_tree(districts)
    managers = {
        number: [f"M{number:02d}{one:02d}" for one in range(1, managers_of(sizes[number]) + 1)]
        for number, _, _ in districts
        if sizes.get(number)
    }
    people, positions = staff(institutions, managers)
    return Organisation(
        levels=LEVELS,
        institutions=institutions,
        people=people,
        positions=positions,
        products=PRODUCTS,
        ftp_rates=dated_curve(FTP_CURVE),
        shares=build_shares(accounts, {f"D{number}": codes for number, codes in managers.items()}),
    )


def institution_tree(districts: list[District]) -> list[Institution]:
    """One head office, regions numbered in the order of their first district, districts as branches."""
    regions = list(dict.fromkeys(region for _, _, region in districts))
    codes = {name: f"R{number}" for number, name in enumerate(regions, start=1)}
    tree = [Institution(HEAD_OFFICE, "Head office", "总行", "head_office", None, OPENING_DAY)]
    tree += [
        Institution(code, name, REGIONS_ZH.get(name, name), "region", HEAD_OFFICE, OPENING_DAY)
        for name, code in codes.items()
    ]
    tree += [
        Institution(
            f"D{number}", name, district_zh(number, name), "branch", f"R{regions.index(region) + 1}", OPENING_DAY
        )
        for number, name, region in districts
    ]
    return tree


def managers_of(accounts: int) -> int:
    """How many customer managers a district with so many accounts has."""
    return max(1, (accounts + ACCOUNTS_PER_MANAGER - 1 - SPARE_ACCOUNTS) // ACCOUNTS_PER_MANAGER)


def staff(institutions: list[Institution], managers: dict[int, list[str]]) -> tuple[list[Person], list[Position]]:
    """A leader for every institution, the managers, and one operator and one administrator in head office."""
    work = [(f"L-{institution.code}", institution.code, "leader") for institution in institutions]
    work += [(code, f"D{number}", "customer_manager") for number, codes in managers.items() for code in codes]
    work += [("O-1", HEAD_OFFICE, "operator"), ("A-1", HEAD_OFFICE, "administrator")]
    people = []
    for number, (code, _, _) in enumerate(work):
        name, name_zh = staff_name(number)
        people.append(Person(code, name, name_zh, email=f"{code.lower()}@bank.example"))
    return people, [Position(code, institution, kind, OPENING_DAY) for code, institution, kind in work]


def dated_curve(curve: dict[dt.date, dict[int, str]]) -> list[FtpRate]:
    """Rates by term, each holding until the next date of the curve."""
    dates = sorted(curve)
    ends = dict(pairwise(dates))
    return [
        FtpRate(term_days, Decimal(rate), day, ends.get(day, FAR_FUTURE))
        for day in dates
        for term_days, rate in curve[day].items()
    ]


def district_zh(number: int, name: str) -> str:
    """A district's Chinese name; its own name where the set has grown."""
    return DISTRICTS_ZH[number - 1] if number <= len(DISTRICTS_ZH) else name
