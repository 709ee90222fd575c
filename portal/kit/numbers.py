"""How numbers and dates are written, in English and in Chinese. Amounts are decimals, never floats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.query.day_words import MONTHS, day_words, month_words

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "\N{EN DASH}"  # shown where there is no value, which is not zero

_STEPS = {  # from which amount on, divided by, unit
    "en": ((Decimal(10) ** 9, Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, Decimal(10) ** 6, "m")),
    "zh": ((Decimal(10) ** 8, Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, Decimal(10) ** 4, "万")),
}
_SHORT_PLACES = {"bn": 2, "m": 2, "亿": 2, "万": 1}


def rounded(value: Decimal | int, places: int) -> Decimal:
    """A decimal with so many places, halves away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def plain(value: Decimal | int | None, places: int = 2) -> str:
    """4,812,300.00 with thousands separators and a true minus; a missing value is a dash, minus nothing is nothing."""
    if value is None:
        return NOTHING
    amount = rounded(value, places)
    text = f"{abs(amount):,.{places}f}"
    return f"{MINUS}{text}" if amount < 0 else text


def money(value: Decimal | None, lang: str = "en") -> str:
    """An amount in full, to the cent."""
    return plain(value, 2)


def exchange_rate(value: Decimal | None) -> str:
    """A rate with at least four decimals and as many as it has."""
    if value is None:
        return NOTHING
    whole, _point, decimals = f"{value:f}".partition(".")
    return f"{int(whole):,}.{decimals.rstrip('0'):0<4}"


def count(value: int | Decimal | None, lang: str = "en") -> str:
    """A number of things."""
    return plain(value, 0)


def signed(value: Decimal | int | None, lang: str = "en", places: int = 2) -> str:
    """A change: with + or −; no change has no sign."""
    text = plain(value, places)
    return f"+{text}" if value is not None and rounded(value, places) > 0 else text


def short(value: Decimal | int | None, lang: str = "en") -> tuple[str, str]:
    """An amount for a figure, and its unit: ("46.82", "m"), ("4,510.3", "万"), ("312,480", "").

    Rounding never loses the step: 999,999,999 is 1.00 bn, not 1,000.00 m.
    """
    if value is None:
        return NOTHING, ""
    for least, divisor, unit in _STEPS[_known(lang)]:
        places = _SHORT_PLACES[unit]
        if rounded(abs(Decimal(value)) / divisor, places) * divisor >= least:
            return plain(Decimal(value) / divisor, places), unit
    return plain(value, 0), ""


def short_text(value: Decimal | int | None, lang: str = "en") -> str:
    """The short form in one piece: "46.82 m", "4,510.3 万"."""
    text, unit = short(value, lang)
    return f"{text}{THIN}{unit}" if unit else text


def short_change(value: Decimal | int | None, lang: str = "en") -> str:
    """A change in short form with its sign: "+1.94 m"."""
    text = short_text(value, lang)
    return f"+{text}" if value is not None and value > 0 and not text.startswith("0") else text


def percent(share: Decimal | None, lang: str = "en", places: int = 1) -> str:
    """A share of one as percent: 0.125 is "12.5 %" in English and "12.5%" in Chinese."""
    if share is None:
        return NOTHING
    return plain(share * 100, places) + ("%" if _known(lang) == "zh" else f"{THIN}%")


def rate(share: Decimal | None, lang: str = "en") -> str:
    """A rate of interest with three decimals."""
    return percent(share, lang, places=3)


def interest(share: Decimal | None, lang: str = "en") -> str:
    """A rate of interest as it was fixed: with two decimals of a percent, or the up to four it has."""
    exponent = (share * 100).normalize().as_tuple().exponent if share is not None else 0
    return percent(share, lang, places=min(max(-exponent if isinstance(exponent, int) else 0, 2), 4))


def listed(names: Iterable[str], lang: str = "en") -> str:
    """Names one after the other: with a comma, in Chinese with its own."""
    return ("、" if _known(lang) == "zh" else ", ").join(names)


def term(days: int | None) -> str:
    """A term in days; money on demand has none."""
    if days is None:
        return NOTHING
    return _("on demand") if days == 0 else ngettext("%(days)s day", "%(days)s days", days, days=count(days))


def day(date: dt.date | None, lang: str = "en") -> str:
    """20 Nov 2026, or 2026年11月20日."""
    return NOTHING if date is None else day_words(date, lang)


def short_day(date: dt.date | None, lang: str = "en") -> str:
    """20 Nov, or 11月20日."""
    if date is None:
        return NOTHING
    return f"{date.month}月{date.day}日" if _known(lang) == "zh" else f"{date.day} {MONTHS[date.month - 1]}"


def short_month(date: dt.date | None, lang: str = "en") -> str:
    """Nov, or 11月."""
    if date is None:
        return NOTHING
    return f"{date.month}月" if _known(lang) == "zh" else MONTHS[date.month - 1]


def month(date: dt.date | None, lang: str = "en") -> str:
    """Nov 2026, or 2026年11月."""
    return NOTHING if date is None else month_words(date, lang)


def clock(instant: dt.datetime | None) -> str:
    """05:12, in the zone the instant carries."""
    return NOTHING if instant is None else f"{instant:%H:%M}"


def _known(lang: str) -> str:
    """`zh` for every Chinese locale, English otherwise."""
    return "zh" if lang.lower().startswith("zh") else "en"
