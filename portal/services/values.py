"""From what a form or a file says to a value of a field, or to the sentence why not."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.references import PERMISSIONS, choices
from portal.query.resource import Field
from portal.query.subjects import Subject, find
from portal.services.refusal import Refusal

CODE = re.compile(r"[\w./-]+")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2200, 1, 1)
YES, NO = {"yes", "true", "1", "y", "是"}, {"no", "false", "0", "n", "否", ""}
MOST_PARTS = 50
HUNDREDTH_OF_A_BASIS_POINT = Decimal("0.000001")
LONGEST_TERM = 36_525  # a hundred years
SMALLEST_RATE, LARGEST_RATE = Decimal("0.00000001"), 10**10


class Offered:
    """What may be chosen by an actor on a day, by value and by code; asked for once each."""

    def __init__(self, reader: Reader, on: dt.date) -> None:
        self.reader, self.on = reader, on
        self._values: dict[str, dict[str, Any]] = {}
        self._codes: dict[str, dict[str, Any]] = {}

    def value_of(self, reference: str, text: str, *, coded: bool) -> Any:
        """The id (of a permission its name) that a text stands for, None when it is not offered."""
        if reference not in self._values:
            self._ask(reference)
        return (self._codes if coded else self._values)[reference].get(text.strip())

    def code_of(self, reference: str, value: Any) -> Any:
        """The code of a value; the value itself where it is not offered any more."""
        if reference not in self._values:
            self._ask(reference)
        return next((code for code, known in self._codes[reference].items() if known == value), value)

    def add(self, reference: str, code: str, value: int) -> None:
        """Offer something that was made a moment ago."""
        if reference in self._values:
            self._values[reference][str(value)] = self._codes[reference][code] = value

    def _ask(self, reference: str) -> None:
        found = choices(self.reader.session, self.reader.actor, reference, self.on)
        meant = {each.value: each.value if reference in PERMISSIONS else int(each.value) for each in found}
        self._values[reference] = dict(meant)
        self._codes[reference] = {each.code: meant[each.value] for each in found}


def parsed(each: Field, raw: Any, offered: Offered, *, coded: bool, present: Any = None) -> Any:
    """The value a field is to have.

    `coded` says that references are written as codes (in files), else as the values a form offers. `present` is the
    value the record has: it may stay even when it is not offered any more.

    Raises:
        Refusal: it cannot be; the sentence says what can.
    """
    if isinstance(raw, str) and each.kind != "password":
        raw = unicodedata.normalize("NFC", raw).strip()
    empty = raw is None or raw == "" or raw == []
    if empty and each.kind not in ("flag", "set", "parts"):
        if each.required:
            raise _wrong(each, _("it is missing."))
        return _nothing(each)
    value = _PARSERS[each.kind](each, raw, offered, coded, present)
    if each.required and value in (frozenset(), ()):
        raise _wrong(each, _("it is missing."))
    return value


def _nothing(each: Field) -> Any:
    if each.kind in ("text", "password"):
        return ""
    return {} if each.kind == "document" else None


def _wrong(each: Field, sentence: str) -> Refusal:
    return Refusal(f"{each.title}: {sentence}", each.name)


def _text(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> str:
    if isinstance(raw, Decimal) and raw == raw.to_integral_value():
        raw = f"{raw:f}".split(".")[0]  # a spreadsheet keeps 1001 as a number
    if not isinstance(raw, str | Decimal):
        raise _wrong(each, _("a text is expected."))
    text = str(raw)
    if len(text) > each.longest:
        raise _wrong(each, _("at most %(longest)s characters.", longest=each.longest))
    if not text.isprintable():
        raise _wrong(each, _("it holds characters that cannot be shown."))
    if each.name == "code" and not CODE.fullmatch(text):
        raise _wrong(each, _("only letters, digits and . - _ / without blanks."))
    return text


def _choice(each: Field, raw: Any, offered: Offered, coded: bool, present: Any) -> Any:
    if each.reference:
        return _referred(each, raw, offered, coded, present)
    for value, title in each.options:
        if raw == value or (coded and isinstance(raw, str) and raw.casefold() == str(title).casefold()):
            return value
    raise _wrong(each, _("choose one of %(options)s.", options=", ".join(value for value, _title in each.options)))


def _referred(each: Field, raw: Any, offered: Offered, coded: bool, present: Any) -> Any:
    text = _code_text(raw)
    if text is None:
        raise _wrong(each, _("choose one of the list."))
    if not coded and present is not None and text == str(present):
        return present
    found = offered.value_of(each.reference, text, coded=coded)
    if found is None:
        raise _wrong(each, _("%(code)s is not among those you may choose.", code=text[:40]))
    return found


def _code_text(raw: Any) -> str | None:
    """A code as text: spreadsheets keep 1001 as a number."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    return f"{raw:f}" if isinstance(raw, Decimal) else str(raw)


def day_from(raw: Any) -> dt.date | None:
    """A date as a spreadsheet holds it, or written as 2026-01-31, 2026/1/31, 20260131 or 2026年1月31日."""
    if isinstance(raw, dt.datetime):
        raw = raw.date()
    if isinstance(raw, dt.date):
        return raw if EARLIEST <= raw < LATEST else None
    text = _code_text(raw)
    found = DAY.fullmatch(unicodedata.normalize("NFKC", text)) if text is not None else None
    if found is None:
        return None
    try:
        day = dt.date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        return None
    return day if EARLIEST <= day < LATEST else None


def _day(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> dt.date:
    day = day_from(raw)
    if day is None:
        raise _wrong(each, _("a date is expected, such as 2026-01-31."))
    return day


def number_from(raw: Any) -> Decimal | None:
    """An exact number from a number or from `1,234.50`, full-width digits included."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | Decimal):
        return Decimal(raw)
    if isinstance(raw, float):
        raw = repr(raw)
    if not isinstance(raw, str):
        return None
    text = unicodedata.normalize("NFKC", raw).replace(",", "").replace(" ", "").replace("−", "-")
    return Decimal(text) if NUMBER.fullmatch(text) else None


def _number(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> int:
    number = number_from(raw)
    if number is None or number != number.to_integral_value():
        raise _wrong(each, _("a whole number is expected."))
    return int(number)


def _rate(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> Decimal:
    number = number_from(raw)
    fits = number is not None and 0 < number < LARGEST_RATE and number == number.quantize(SMALLEST_RATE)
    if number is None or not fits:
        raise _wrong(each, _("a number above 0 with at most 8 decimals is expected, such as 7.1234."))
    return number.quantize(SMALLEST_RATE)


def _term(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> int:
    number = number_from(raw)
    if number is None or number != number.to_integral_value() or not 0 <= number <= LONGEST_TERM:
        raise _wrong(each, _("whole days are expected, 0 for money on demand."))
    return int(number)


def _interest(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> Decimal:
    interest = _fraction(raw)
    if interest is None or not -1 < interest < 1 or interest != interest.quantize(HUNDREDTH_OF_A_BASIS_POINT):
        raise _wrong(each, _("a year's interest below 100 % is expected, such as 2.5 % or 0.025."))
    return interest.quantize(HUNDREDTH_OF_A_BASIS_POINT)


def _fraction(raw: Any) -> Decimal | None:
    """A number, or a hundredth of what stands before a percent sign; None for anything else."""
    text = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else raw
    percent = isinstance(text, str) and text.endswith("%")
    number = number_from(text[:-1]) if percent else number_from(text)
    return number / 100 if number is not None and percent else number


def ratio_from(raw: Any) -> Decimal | None:
    """A part of one, from `60 %` or 0.6: above 0 and at most 1, with at most six decimals."""
    ratio = _fraction(raw)
    if ratio is None:
        return None
    exact = ratio == ratio.quantize(HUNDREDTH_OF_A_BASIS_POINT)
    return ratio.quantize(HUNDREDTH_OF_A_BASIS_POINT) if exact and 0 < ratio <= 1 else None


def _ratio(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> Decimal:
    ratio = ratio_from(raw)
    if ratio is None:
        raise _wrong(each, _("a part above 0 and up to 100 % is expected, such as 60 % or 0.6."))
    return ratio


def _flag(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = "" if raw is None else str(raw).casefold()
    if word in YES | NO:
        return word in YES
    raise _wrong(each, _("yes or no is expected."))


def _set(each: Field, raw: Any, offered: Offered, coded: bool, present: Any) -> frozenset[Any]:
    members = re.split(r"[;；]", raw) if isinstance(raw, str) else raw or []
    if not isinstance(members, list | tuple) or not all(isinstance(one, str) for one in members):
        raise _wrong(each, _("choose from the list."))
    kept = {str(one): one for one in present or ()}
    return frozenset(
        kept[one.strip()] if not coded and one.strip() in kept else _referred(each, one.strip(), offered, coded, None)
        for one in members
        if one.strip()
    )


def _document(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> dict[str, Any]:
    if isinstance(raw, str) and len(raw) <= each.longest:
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict):
            return document
    raise _wrong(each, _('an object in JSON is expected, such as {"delimiter": ";"}.'))


def _password(each: Field, raw: Any, _offered: Offered, _coded: bool, _present: Any) -> str:
    if not isinstance(raw, str):
        raise _wrong(each, _("a text is expected."))
    return raw


def _subject(each: Field, raw: Any, offered: Offered, _coded: bool, _present: Any) -> Subject:
    try:
        found = find(offered.reader, raw) if isinstance(raw, str) else None
    except NotPublished as error:
        raise _wrong(each, _("no customers are known yet; run the nightly first.")) from error
    if found is None:
        sentence = _(
            "there is no such customer or account among yours; write its number, after “customer” or “account” where both "
            "have it."
        )
        raise _wrong(each, sentence)
    return found


def _parts(each: Field, raw: Any, offered: Offered, coded: bool, present: Any) -> tuple[tuple[int, Decimal], ...]:
    """The people and their parts, from a list of {person, ratio}; lines without a person are left out."""
    if not isinstance(raw, list | tuple) or len(raw) > MOST_PARTS:
        raise _wrong(each, _("a list of people with their parts is expected."))
    held = {person for person, _ratio in present or ()}
    found: dict[int, Decimal] = {}
    for line in raw:
        if not isinstance(line, Mapping) or not line.get("person"):
            continue
        text = str(line["person"])
        known = next((person for person in held if not coded and str(person) == text), None)
        person = known or offered.value_of("person", text, coded=coded)
        ratio = ratio_from(line.get("ratio"))
        if person is None:
            raise _wrong(each, _("%(code)s is not among those you may choose.", code=text[:40]))
        if ratio is None:
            raise _wrong(each, _("a part above 0 and up to 100 % is expected, such as 60 % or 0.6."))
        if person in found:
            raise _wrong(each, _("a person stands twice."))
        found[person] = ratio
    return tuple(sorted(found.items()))


_PARSERS = {
    "text": _text,
    "choice": _choice,
    "tree": _referred,
    "person": _referred,
    "date": _day,
    "number": _number,
    "rate": _rate,
    "ratio": _ratio,
    "interest": _interest,
    "term": _term,
    "flag": _flag,
    "set": _set,
    "document": _document,
    "password": _password,
    "subject": _subject,
    "parts": _parts,
}
