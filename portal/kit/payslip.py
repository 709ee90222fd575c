"""A statement on paper: the page's lines, groups, sums and differences as a PDF, in the reader's language."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from flask_babel import gettext as _
from flask_babel import pgettext
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from portal.kit import numbers
from portal.kit.statement_words import decided_note, group_title, hold_words, line_title, state_words, step_title
from portal.query.statement import Line, Statement
from portal.query.statement_net import gross_to_net

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
CHINESE = "STSong-Light"  # a font every reader of PDF brings for Chinese: no font file travels
WIDTHS = (79 * mm, 30 * mm, 30 * mm, 30 * mm)
INK, MUTED, LINE = colors.HexColor("#14181f"), colors.HexColor("#5b6472"), colors.HexColor("#e4e7ec")
pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))

Written = Callable[..., Paragraph]


def payslip(one: Statement, institution: str, lang: str) -> bytes:
    """The statement as a PDF of A4 pages; every amount is the page's."""
    write = _writer(one, institution, lang)
    parts: list[Flowable] = [
        write(_("Commission statement"), size=17, bold=True, after=2 * mm),
        write(" · ".join(filter(None, [institution, numbers.month(one.month, lang)])), color=MUTED),
        write(" · ".join(filter(None, [one.name, one.agent_no, state_words(one, lang)])), color=MUTED, after=6 * mm),
        *(write(hold_words(held, lang), after=3 * mm) for held in one.holds),
        _table(_own_rows(one, lang), write),
    ]
    if one.differences:
        rows = [_row(line, lang) for line in one.differences]
        rows.append(_sum(_("Earlier months together"), one.differences, lang))
        parts += [
            Spacer(1, 6 * mm),
            write(_("For earlier months"), size=12, bold=True, after=2 * mm),
            _table(rows, write),
        ]
    rows = [
        (step_title(step), "", "", numbers.money(step.amount, lang), step.kind in ("gross", "net"), "")
        for step in gross_to_net(one)
    ]
    rows.append((_("Year to date"), "", "", numbers.money(one.year, lang), True, ""))
    parts += [
        Spacer(1, 6 * mm),
        write(_("From gross to net"), size=12, bold=True, after=2 * mm),
        _table(rows, write, head=False),
        write(state_words(one, lang), color=MUTED, size=8.5),
    ]
    file = io.BytesIO()
    SimpleDocTemplate(
        file, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=f"{_('Commission statement')} {one.month:%Y-%m} {one.agent_no}", author="Basis", invariant=1,
    ).build(parts)  # fmt: skip
    return file.getvalue()


Row = tuple[
    str, str, str, str, bool, str
]  # line, earned, held back or cut, paid; whether it is a sum; what was decided


def _own_rows(one: Statement, lang: str) -> list[Row]:
    """The month's own lines, each group of several with its sum, and all together."""
    rows: list[Row] = []
    for group, listed in groupby(one.of_month, key=lambda line: line.group):
        lines = list(listed)
        rows += [_row(line, lang) for line in lines]
        if len(lines) > 1:
            rows.append(_sum(group_title(group), lines, lang))
    return [*rows, _sum(numbers.month(one.month, lang), one.of_month, lang)]


def _row(line: Line, lang: str) -> Row:
    told = f" ({line.for_month:%Y-%m})" if line.is_difference else ""
    kept = line.released - line.held - line.cut
    return (
        f"{line_title(line)}{told}", numbers.money(line.earned, lang), numbers.money(kept, lang) if kept else "",
        numbers.money(line.paid, lang), False, decided_note(line),
    )  # fmt: skip


def _sum(title: str, lines: Sequence[Line], lang: str) -> Row:
    earned, kept, paid = Decimal(0), Decimal(0), Decimal(0)
    for line in lines:
        earned, kept, paid = earned + line.earned, kept + line.released - line.held - line.cut, paid + line.paid
    return (
        title,
        numbers.money(earned, lang),
        numbers.money(kept, lang) if kept else "",
        numbers.money(paid, lang),
        True,
        "",
    )


def _table(rows: Sequence[Row], write: Written, head: bool = True) -> Table:
    """Rows with amounts at the right; sums are bold with a line above."""
    cells: list[list[Any]] = []
    if head:
        titles = [pgettext("statement", "Line"), _("Earned"), _("Held back or cut"), _("Paid")]
        cells.append([write(title, color=MUTED, right=at > 0, size=8.5) for at, title in enumerate(titles)])
    style: list[tuple[Any, ...]] = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                                    ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE)]  # fmt: skip
    for line, earned, kept, paid, is_sum, note in rows:
        amounts = [write(text, bold=is_sum, right=True) for text in (earned, kept, paid)]
        named = [write(line, bold=is_sum), *([write(note, color=MUTED, size=8)] if note else [])]
        cells.append([named, *amounts])
    return Table(cells, colWidths=WIDTHS, hAlign="LEFT", style=style, repeatRows=1 if head else 0)


def _writer(one: Statement, institution: str, lang: str) -> Written:
    """Writes a text as text: nothing in it is markup. Chinese anywhere on the page takes the Chinese font for all of it."""
    texts = [institution, one.name, *(f"{line_title(line)} {decided_note(line)}" for line in one.lines)]
    texts += [hold_words(held, lang) for held in one.holds]
    latin = not lang.startswith("zh") and all(text.isascii() or _in_latin(text) for text in texts)

    def write(
        text: str, size: float = 9.5, bold: bool = False, right: bool = False, after: float = 0, color: Any = INK
    ) -> Paragraph:  # fmt: skip
        font = (BOLD if bold else PLAIN) if latin else CHINESE
        shown = text.replace("\N{MINUS SIGN}", "-") if latin else text
        style = ParagraphStyle("text", fontName=font, fontSize=size, leading=size * 1.35, textColor=color,
                               alignment=2 if right else 0, spaceAfter=after, wordWrap=None if latin else "CJK")  # fmt: skip
        return Paragraph(escape(shown), style)

    return write


def _in_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
