"""Whether the base of an increment, and every day of a period, is known: what stood before the figures' first day nobody has told.

A bank whose accounts were all opened since then had nothing before, so its base of nothing is right. Where accounts are
older than the figures, an increment over a base before the first day would be the balance itself, and the average of a
year that is only partly known too small: then there is no increment, and a sentence says since when there are figures.
A sum or an average over a period in which the figures begin is shown, and says since when it has figures.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from flask_babel import gettext as _

from portal.query.day_words import day_words
from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.report import Period

Base = Literal["", "day", "year"]  # the last day of the year before, or the average over all of it


def needed_from(at: dt.date, base: Base) -> dt.date:
    """The day from which balances have to be known for a base."""
    begin = at.replace(month=1, day=1)
    return begin - dt.timedelta(days=1) if base == "day" else begin.replace(year=begin.year - 1)


def has_base(reader: Reader, at: dt.date, base: Base) -> bool:
    """Whether balances are known from the first day of a base on."""
    if not base or reader.first is None or reader.first <= needed_from(at, base):
        return True
    return not reader.began_with_accounts


def no_base(reader: Reader, at: dt.date, base: Base) -> str:
    """The sentence that says why there is no increment; empty when there is one."""
    if has_base(reader, at, base) or reader.first is None:
        return ""
    language = reader.actor.language
    begin, needed = day_words(reader.first, language), day_words(needed_from(at, base), language)
    sentence = (
        _("No increment over base yet: figures begin on %(begin)s, so the balance of %(base)s is not known.",
          begin=begin, base=needed)
        if base == "day"
        else _("No increment of the average yet: figures begin on %(begin)s, so the year %(year)s is not wholly known.",
               begin=begin, year=at.year - 1)
    )  # fmt: skip
    return str(sentence)


def require_base(reader: Reader, at: dt.date, base: Base) -> None:
    """Raise NotPublished with the sentence when the base is not known."""
    if sentence := no_base(reader, at, base):
        raise NotPublished(sentence)


def known_since(reader: Reader, at: dt.date, period: Period) -> dt.date | None:
    """The first day with figures, where it lies within the period that runs up to a date and accounts are older than it."""
    first = reader.first
    if first is None or not period.first_day(at) < first <= at:
        return None
    return first if reader.began_with_accounts else None


def since_words(reader: Reader, at: dt.date, period: Period) -> str:
    """`figures since 1 Jun 2026` beside a figure of a period that is partly known; else empty."""
    first = known_since(reader, at, period)
    return str(_("figures since %(day)s", day=day_words(first, reader.actor.language))) if first else ""


def partly_known(reader: Reader, at: dt.date, period: Period) -> str:
    """The sentence that says so above figures of a period that is partly known; else empty."""
    first = known_since(reader, at, period)
    if first is None:
        return ""
    language = reader.actor.language
    day, since = day_words(first, language), day_words(period.first_day(at), language)
    sentences = {
        Period.MONTH: _("Figures since %(day)s: sums and averages of the month count its days before as nothing.", day=day),
        Period.QUARTER: _(
            "Figures since %(day)s: sums and averages of the quarter from %(since)s count the days before as nothing.",
            day=day, since=since,
        ),
        Period.YEAR: _("Figures since %(day)s: sums and averages of the year %(year)s count its days before as nothing.",
                       day=day, year=at.year),
    }  # fmt: skip
    return str(sentences[period])
