"""A formula's text cut into tokens: a closed list, everything else is refused with its position.

Full-width signs are read as their plain ones, one character for one, so that positions stay those of the text as typed.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NoReturn

from calc.rulebook.names import continues_name, normal, starts_name
from calc.rulebook.problems import Problem, _
from calc.rulebook.syntax import Span

LONGEST_TEXT = 5_000  # characters of one formula
MOST_DIGITS = 30  # of one literal

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if not chr(code - 0xFEE0).isalpha()}
_PLAIN = _FULL_WIDTH | {ord("\u3000"): " ", ord("\u00a0"): " ", ord("×"): "*", ord("÷"): "/", ord("\u2212"): "-"}
_CLOSING = {"'": "'", "‘": "’", "“": "”"}
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>"}
_TWO = ("<=", ">=", "<>")
_ONE = frozenset("+-*/=<>(),.%")

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])")
_THOUSANDS = re.compile(r",[0-9]{3}(?![0-9])")
_FOREIGN = {
    "--": _("Two minus signs in a row are not read: write - (-x), or remove one."),
    "==": _("Equality is written with one =, not two."),
    "!=": _("Difference is written <>, not !=."),
    "=>": _("At least is written >=, not =>."),
    "=<": _("At most is written <=, not =<."),
    "&&": _("Both conditions are joined by AND, not &&."),
    "||": _("Alternatives are joined by OR, not ||."),
    "**": _("There are no powers: multiply the value by itself."),
    "/*": _("Comments do not belong into a formula: use the element's note."),
    "//": _("A division has one /, not two."),
    ";": _("A formula is one expression and has no ;."),
    '"': _("A text stands in single quotes, as 'TL10'; remove the double quotes."),
}


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a formula: `text` is the sign, the name or what a literal says."""

    kind: Kind
    text: str
    span: Span
    value: Decimal | dt.date | None = None


class Unreadable(Exception):
    """A text is no formula; the problem says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


def refuse(span: Span, pattern: str, **values: str) -> NoReturn:
    """Give up on a text. The check adds element and part."""
    raise Unreadable(Problem("", "", pattern, values, span))


def tokens(text: str) -> list[Token]:
    """The tokens of a text, the last one the end."""
    if len(text) > LONGEST_TEXT:
        refuse(
            Span(LONGEST_TEXT, len(text)),
            _("This formula has %(length)s characters; more than %(most)s are not read. Split it into named formulas."),
            length=str(len(text)), most=str(LONGEST_TEXT),
        )  # fmt: skip
    plain = text.translate(_PLAIN)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        character = plain[at]
        if character in " \t\r\n":
            at += 1
            continue
        if character in "0123456789":
            token = _date_or_number(plain, at)
        elif starts_name(character):
            token = _name(plain, at)
        elif character in _CLOSING:
            token = _quoted(text, plain, at)
        else:
            token = _sign(text, plain, at)
        found.append(token)
        at = token.span.end
    found.append(Token(Kind.END, "", Span(len(text), len(text))))
    return found


def _date_or_number(plain: str, at: int) -> Token:
    if date := _DATE.match(plain, at):
        span = Span(at, date.end())
        year, month, day = date.groups()
        if len(month) < 2 or len(day) < 2:
            refuse(
                span,
                _("%(text)s: a date is written with two digits for month and day, as %(right)s; a subtraction with spaces."),
                text=date.group(), right=f"{year}-{month:0>2}-{day:0>2}",
            )  # fmt: skip
        try:
            return Token(Kind.DATE, date.group(), span, dt.date(int(year), int(month), int(day)))
        except ValueError:
            refuse(span, _("There is no day %(text)s in the calendar."), text=date.group())
    number = _NUMBER.match(plain, at)
    assert number is not None  # it begins with a digit
    span, written = Span(at, number.end()), number.group()
    thousands = _THOUSANDS.match(plain, number.end())
    if thousands:
        refuse(
            Span(at, thousands.end()),
            _("%(text)s may be one number or two: write %(one)s, or put a space behind the comma."),
            text=written + thousands.group(), one=(written + thousands.group()[1:]).lstrip("0") or "0",
        )  # fmt: skip
    if len(written) > 1 and written[0] == "0" and written[1] != ".":
        refuse(
            span, _("The number %(text)s begins with a zero: write %(right)s."), text=written, right=_unpadded(written)
        )
    if len(written.replace(".", "")) > MOST_DIGITS:
        refuse(span, _("The number %(text)s has more than %(most)s digits."), text=written, most=str(MOST_DIGITS))
    after = plain[number.end() : number.end() + 1]
    if after and starts_name(after):
        end = number.end()
        while end < len(plain) and continues_name(plain[end]):
            end += 1
        if re.fullmatch(r"[eE][0-9]*", plain[number.end() : end]):
            refuse(Span(at, end), _("%(text)s: numbers are written out, without an exponent."), text=plain[at:end])
        refuse(
            Span(at, end),
            _("%(text)s: no name begins with a digit, and a number and a name need an operator between them."),
            text=plain[at:end],
        )
    if after == ".":
        refuse(
            Span(at, number.end() + 1),
            _("%(text)s is no number: digits follow a decimal point, and there is one point only."),
            text=written + after,
        )
    return Token(Kind.NUMBER, written, span, Decimal(written))


def _unpadded(written: str) -> str:
    plain = written.lstrip("0")
    return plain if plain and plain[0] != "." else "0" + plain


def _name(plain: str, at: int) -> Token:
    end = at
    while end < len(plain) and continues_name(plain[end]):
        end += 1
    name = normal(plain[at:end])
    if not (starts_name(name[0]) and all(map(continues_name, name))):
        refuse(
            Span(at, end),
            _("The name %(name)s has letters that look like others: type it with plain ones."),
            name=plain[at:end],
        )
    return Token(Kind.NAME, name, Span(at, end))


def _quoted(text: str, plain: str, at: int) -> Token:
    """A text in quotes; what it says is kept as typed."""
    closing = _CLOSING[plain[at]]
    said: list[str] = []
    end = at + 1
    while end < len(text):
        if plain[end] == closing:
            if plain[end + 1 : end + 2] != closing:
                return Token(Kind.TEXT, "".join(said), Span(at, end + 1))
            end += 1
        elif unicodedata.category(text[end]) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            refuse(
                Span(end, end + 1),
                _("There is an invisible character (%(code)s) in the text %(text)s: type the text again."),
                code=f"U+{ord(text[end]):04X}", text="'" + "".join(said) + "...'",
            )  # fmt: skip
        said.append(text[end] if plain[end] != closing else closing)
        end += 1
    refuse(Span(at, len(text)), _("The text that begins here has no closing quote %(quote)s."), quote=closing)


def _sign(text: str, plain: str, at: int) -> Token:
    character, two = plain[at], plain[at : at + 2]
    for foreign in (two, character):
        if foreign in _FOREIGN:
            refuse(Span(at, at + len(foreign)), _FOREIGN[foreign])
    if character in _SIGNS:
        return Token(Kind.SIGN, _SIGNS[character], Span(at, at + 1))
    if two in _TWO:
        return Token(Kind.SIGN, two, Span(at, at + 2))
    if character in _ONE:
        return Token(Kind.SIGN, character, Span(at, at + 1))
    if text[at].isprintable():
        refuse(Span(at, at + 1), _("The sign %(sign)s has no meaning in a formula."), sign=text[at])
    refuse(
        Span(at, at + 1),
        _("There is an invisible character (%(code)s) here: remove it."),
        code=f"U+{ord(text[at]):04X}",
    )
