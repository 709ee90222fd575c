"""What a person wants a record to be, parsed and compared with what it is. Nothing is written here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from portal.query.record import Record
from portal.query.resource import Field, Resource
from portal.query.sharing import percent_text
from portal.query.subjects import Subject
from portal.services.refusal import Refusal, refused_together
from portal.services.values import Offered, parsed


@dataclass(frozen=True, slots=True)
class Draft:
    """The values a record is to have from a day on; `present` is what it is, None for a new one."""

    resource: Resource
    present: Record | None
    values: dict[str, Any]  # only what differs
    offered: Offered
    today: dt.date
    reason: str = ""
    from_file: bool = False

    @property
    def first_day(self) -> dt.date:
        """From which day on, for what is dated."""
        return self.offered.on

    def value(self, name: str) -> Any:
        """What a field will be."""
        if name in self.values:
            return self.values[name]
        return self.present.values.get(name) if self.present is not None else None

    @property
    def reaches_back(self) -> bool:
        """Whether it changes what already held on past days."""
        return self.first_day < self.today and any(self.resource.in_period(each) for each in self.changed)

    @property
    def changed(self) -> tuple[Field, ...]:
        return tuple(self.resource.by_name[name] for name in self.values)

    def told(self) -> dict[str, Any]:
        """What the audit log keeps: of a new record the values, of a changed one what each was and became."""
        content: dict[str, Any] = {}
        for each in self.changed:
            after = self._audited(each, self.values[each.name])
            if self.present is None:
                content[each.name] = after
            else:
                content[each.name] = [self._audited(each, self.present.values.get(each.name)), after]
        if self.resource.dated:
            content["valid_from"] = self.first_day
        return content | ({"reason": self.reason} if self.reason else {})

    def _audited(self, each: Field, value: Any) -> Any:
        """A value as the log may keep it: codes instead of ids; of secrets and private texts only that there is one."""
        if each.kind == "password" or each.private:
            return "(secret)" if value else ""
        if each.kind == "parts":
            return [f"{self.offered.code_of('person', person)} {percent_text(ratio)}" for person, ratio in value or ()]
        if each.kind == "set":
            return sorted(str(self.offered.code_of(each.reference, one)) for one in value or ())
        if each.reference and value is not None:
            return self.offered.code_of(each.reference, value)
        return value.code if isinstance(value, Subject) else value


def new_draft(
    resource: Resource, given: Mapping[str, Any], offered: Offered, today: dt.date, *, coded: bool = False
) -> Draft:
    """A record to be made from what a form or a file says.

    Raises:
        Refusal: a field is unknown, missing or wrong.
    """
    allowed = {each.name for each in resource.given}
    _refuse_unknown(resource, given, allowed)
    values, wrong = {}, []
    for each in resource.given:
        try:
            values[each.name] = parsed(each, given.get(each.name, each.default), offered, coded=coded)
        except Refusal as refusal:
            wrong.append(refusal)
    if wrong:
        raise refused_together(wrong)
    return Draft(resource, None, values, offered, today, from_file=coded)


def changed_draft(
    resource: Resource,
    present: Record,
    given: Mapping[str, Any],
    offered: Offered,
    today: dt.date,
    *,
    coded: bool = False,
) -> Draft:
    """The difference between a record and what a form or a file says; fields that are not given stay.

    Raises:
        Refusal: a field is unknown, fixed or wrong.
    """
    allowed = {each.name for each in resource.changeable}
    _refuse_unknown(resource, given, allowed)
    values, wrong = {}, []
    for each in (each for each in resource.changeable if each.name in given):
        before = present.values.get(each.name)
        try:
            after = parsed(each, given[each.name], offered, coded=coded, present=before)
        except Refusal as refusal:
            wrong.append(refusal)
            continue
        if after != before and not (each.kind == "password" and not after):
            values[each.name] = after
    if wrong:
        raise refused_together(wrong)
    return Draft(resource, present, values, offered, today)


def _refuse_unknown(resource: Resource, given: Mapping[str, Any], allowed: set[str]) -> None:
    """Only what the declaration offers may be given; everything else is refused, not dropped."""
    for name in given:
        if name not in allowed:
            known = resource.by_name.get(str(name))
            title = str(known.title) if known is not None else str(name)[:40]
            raise Refusal(_("%(field)s cannot be changed here.", field=title), str(name)[:40])
