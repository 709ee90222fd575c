"""What to know before reading a report's figures, as sentences: the page, the file and the command say the same."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.query.day_words import day_words
from portal.query.reader import Reader
from portal.query.report_table import ReportTable
from portal.query.statement_lines import DATASET as STATEMENTS


def notes(reader: Reader, table: ReportTable) -> list[str]:
    """Everything there is to say of a report's figures, each sentence once."""
    said = (
        sentence for measure in table.measures for sentence in table.report.measure_notes(reader, measure, table.view)
    )
    return list(dict.fromkeys([*warnings(reader), *said]))


def warnings(reader: Reader) -> list[str]:
    """While a check of one of the dates read is open, or a change in the past is not in its figures yet."""
    pins, stale, lang = reader.pinned(), reader.stale_from, reader.actor.language
    told = []
    if stale is not None and any(pin.business_date >= stale for pin in pins if pin.dataset != STATEMENTS):
        told.append(
            _("Something that holds from %(day)s on was changed: figures from then on are computed anew.",
              day=day_words(stale, lang))
        )  # fmt: skip
    if days := sorted({pin.business_date for pin in pins if pin.flagged}):
        named = ", ".join(day_words(day, lang) for day in days[:3])
        told.append(
            _("A check of %(days)s is open: these figures are flagged until somebody acknowledges it.", days=named)
        )
    return told
