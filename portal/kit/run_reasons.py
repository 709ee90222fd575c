"""Why figures are computed anew, in the reader's words: what was changed is kept in a short form, in English."""

from __future__ import annotations

import re
from typing import cast

from flask_babel import gettext as _

from portal.kit.drill import role_title
from portal.kit.wording import SUBJECTS, subject
from portal.query.reader import Reader
from portal.query.subjects import SubjectKind, known

SHARES = re.compile(r"shares of (customer|account) (\d+), (\w+)")
OF_A_PERSON = re.compile(r"shares of person (\d+)")
PLACE = re.compile(r"place of agent (\S+)")


def reason_words(reader: Reader, reason: str) -> str:
    """Each change of a reason; what somebody wrote stays as it is."""
    return "; ".join(_words(reader, one) for one in reason.split("; "))


def _words(reader: Reader, change: str) -> str:
    if found := SHARES.fullmatch(change):
        kind, key, role = cast(SubjectKind, found[1]), int(found[2]), role_title(found[3])
        one = known(reader, kind, [key]).get(key)
        number = one.number if one else str(key)
        if kind == "customer":
            return _("shares of customer %(number)s, %(role)s", number=number, role=role)
        return _("shares of account %(number)s, %(role)s", number=number, role=role)
    if found := OF_A_PERSON.fullmatch(change):
        return _("shares of person %(number)s", number=found[1])
    if found := PLACE.fullmatch(change):
        return _("place of agent %(number)s", number=found[1])
    kind_of_record, _blank, rest = change.partition(" ")
    kept = kind_of_record in SUBJECTS and kind_of_record.endswith(
        "s"
    )  # the key of a kind of record, as services write it
    return f"{subject(kind_of_record)} {rest}" if rest and kept else change
