"""The demo bank's year: how much of their usual balance customers keep on a day, in thousandths.

People are paid before the Chinese New Year and draw cash in its last days; firms pay wages and suppliers before it
and collect after it. In July and August families travel. At a month's end, and more at a quarter's, firms bring money
in for a day.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pyarrow as pa

ONE_DAY = dt.timedelta(days=1)
NEW_YEARS = tuple(map(dt.date.fromisoformat, (
    "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06",
    "2028-01-26", "2029-02-13", "2030-02-03", "2031-01-23", "2032-02-11", "2033-01-31", "2034-02-19", "2035-02-08",
    "2036-01-28", "2037-02-15", "2038-02-04", "2039-01-24", "2040-02-12",
)))  # fmt: skip

# days counted from the New Year's day, thousandths kept on that day; in between the line is straight
PERSONAL_NEW_YEAR = ((-30, 1000), (-12, 1055), (-5, 1060), (-1, 985), (7, 990), (35, 1000))
CORPORATE_NEW_YEAR = ((-30, 1000), (-14, 960), (-3, 860), (8, 870), (40, 1000))
CARD_NEW_YEAR = ((-20, 1000), (-8, 1250), (3, 1300), (20, 1000))
SUMMER = ((6, 1000), (7, 975), (8, 970), (9, 995))  # months of a year, for people's deposits
CARD_SUMMER = {7: 1120, 8: 1150, 11: 1180, 12: 1060}  # travel, and the November sales
MARKET_WAVES = ((377, 55), (91, 22), (29, 9))  # period in days and height in thousandths of the fund market's swings


def calendar_days(first_day: dt.date, last_day: dt.date) -> pa.Table:
    """One row a day with the seasons of people, firms, cards and the fund market, in thousandths of the usual."""
    days = [first_day + number * ONE_DAY for number in range((last_day - first_day).days + 1)]
    return pa.table({
        "day": pa.array(days, pa.date32()),
        "personal_season": pa.array(map(personal_season, days), pa.int64()),
        "corporate_season": pa.array((along(CORPORATE_NEW_YEAR, from_new_year(day)) for day in days), pa.int64()),
        "card_season": pa.array(map(card_season, days), pa.int64()),
        "market": pa.array(map(market, days), pa.int64()),
        "dressing": pa.array(map(dressing, days), pa.int64()),
    })  # fmt: skip


def personal_season(day: dt.date) -> int:
    """What people keep on deposit."""
    summer = along(SUMMER, day.month) if day.month in range(6, 10) else 1000
    return along(PERSONAL_NEW_YEAR, from_new_year(day)) * summer // 1000


def card_season(day: dt.date) -> int:
    """What people spend by card."""
    return along(CARD_NEW_YEAR, from_new_year(day)) * CARD_SUMMER.get(day.month, 1000) // 1000


def dressing(day: dt.date) -> int:
    """What firms bring in for the last day of a month, more for a quarter's; 0 on every other day."""
    if (day + ONE_DAY).day != 1:
        return 0
    return 150 if day.month % 3 == 0 else 45


def market(day: dt.date) -> int:
    """The level of the fund market: slow growth with swings made of triangles."""
    number = day.toordinal()
    swings = sum(height * (abs(number % period * 4 - period * 2) - period) // period for period, height in MARKET_WAVES)
    return 1000 + swings + (day - dt.date(2024, 1, 1)).days * 40 // 365


def from_new_year(day: dt.date) -> int:
    """Days since the nearest Chinese New Year; negative before it."""
    return min(((day - new_year).days for new_year in NEW_YEARS), key=abs)


def along(points: tuple[tuple[int, int], ...], position: int) -> int:
    """The height of a line through the points, level outside them."""
    if position <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if position <= right:
            return low + (high - low) * (position - left) // (right - left)
    return points[-1][1]
