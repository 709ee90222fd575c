"""Which rules hold for whom on a day: versions, overrides below them, and the variants that come of it.

An institution inherits from the complete version in force nearest above it; on the way down each override of a single element
replaces what came from above (docs/definitions of inheritance). Institutions with the same elements share one variant.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.models.organisation import InstitutionPeriod
from portal.models.rulebooks import SECTIONS, RulebookElement, RulebookVersion, VersionState

Key = tuple[str, str]  # section and name
Elements = dict[Key, "Held"]


class NoRules(LookupError):
    """No complete version is in force for an institution on a day; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Held:
    """An element as it holds somewhere: its text form, and the version and institution it comes from."""

    content: Any
    version_id: int
    institution_id: int
    overrides: bool  # it replaces what stands above


@dataclass(frozen=True, slots=True)
class Override:
    """One element at one institution with its own days."""

    key: Key
    content: Any  # None: inherited again
    version_id: int
    institution_id: int
    valid_from: dt.date
    valid_to: dt.date
    until_next_version: bool
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Complete:
    """A complete version: everything from its day on, for its institution and all below."""

    version_id: int
    institution_id: int
    valid_from: dt.date
    recorded_at: dt.datetime
    elements: Mapping[Key, Any]


@dataclass(frozen=True)
class Rules:
    """All that was known of one rulebook at an instant: its complete versions and the overrides below them."""

    completes: Sequence[Complete]
    overrides: Sequence[Override]
    _of_node: dict[int, tuple[list[Complete], list[Override]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for complete in sorted(self.completes, key=lambda one: (one.valid_from, one.recorded_at)):
            self._of_node.setdefault(complete.institution_id, ([], []))[0].append(complete)
        for override in sorted(self.overrides, key=lambda one: (one.valid_from, one.recorded_at)):
            self._of_node.setdefault(override.institution_id, ([], []))[1].append(override)

    def days_of_change(self, first: dt.date, end: dt.date) -> list[dt.date]:
        """Days after `first` and before `end` on which what holds may change."""
        days = {one.valid_from for one in self.completes}
        days |= {day for one in self.overrides for day in (one.valid_from, one.valid_to)}
        return sorted(day for day in days if first < day < end)

    def until(self, day: dt.date) -> Rules:
        """These rules without anything that begins after a day."""
        return Rules(
            [one for one in self.completes if one.valid_from <= day],
            [one for one in self.overrides if one.valid_from <= day],
        )

    def begun_by(self, version_id: int, day: dt.date) -> Rules:
        """These rules as if a version had begun by a day already: for trying a draft on months that have passed."""
        return Rules(
            [replace(one, valid_from=min(one.valid_from, day)) if one.version_id == version_id else one
             for one in self.completes],
            [replace(one, valid_from=min(one.valid_from, day)) if one.version_id == version_id else one
             for one in self.overrides],
        )  # fmt: skip

    def chain(self, path: Sequence[int]) -> tuple[int, ...]:
        """The institutions of a path, from the root down, that have rules of their own."""
        return tuple(node for node in path if node in self._of_node)

    def elements(self, chain: Sequence[int], day: dt.date) -> Elements | None:
        """What holds at the end of a chain on a day; None where no complete version is in force."""
        held: Elements = {}
        base: Complete | None = None
        for node in chain:
            completes, overrides = self._of_node[node]
            for complete in reversed(completes):
                if complete.valid_from <= day:
                    base = complete
                    held = {key: Held(content, complete.version_id, node, False) for key, content in
                            complete.elements.items()}  # fmt: skip
                    break
            if base is not None:
                _apply(held, overrides, base, day)
        return held if base is not None else None


def _apply(held: Elements, overrides: Iterable[Override], base: Complete, day: dt.date) -> None:
    """Put the overrides of one institution that hold on a day over what it inherits; the latest one wins."""
    inherited = dict(held)
    for one in overrides:
        if not (one.valid_from <= day < one.valid_to) or (one.until_next_version and one.valid_from < base.valid_from):
            continue
        if one.content is not None:
            held[one.key] = Held(one.content, one.version_id, one.institution_id, True)
        elif one.key in inherited:
            held[one.key] = inherited[one.key]
        else:
            held.pop(one.key, None)


@dataclass(frozen=True, slots=True)
class Variant:
    """A complete set of elements; the number is its own within one answer."""

    number: int
    hash: str
    elements: Elements

    def mapping(self) -> dict[str, Any]:
        """The text form, section by section."""
        return {"rulebook": "rules", **mapping_of({key: one.content for key, one in self.elements.items()})}


@dataclass(frozen=True, slots=True)
class Period:
    """Over some days, an institution's variant."""

    institution_id: int
    valid_from: dt.date
    valid_to: dt.date  # half-open
    variant: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which variant holds where and when; every number in `periods` is one of `variants`."""

    variants: Mapping[int, Variant]
    periods: Sequence[Period]

    def at(self, institution_id: int, day: dt.date) -> Variant:
        """The variant of an institution on a day. Raises NoRules."""
        for one in self.periods:
            if one.institution_id == institution_id and one.valid_from <= day < one.valid_to:
                return self.variants[one.variant]
        raise NoRules(f"No version of the rulebook is in force for institution {institution_id} on {day}.")


def known_rules(
    session: Session, rulebook_id: int, known_on: dt.datetime | None = None, draft_id: int | None = None
) -> Rules:
    """The approved rules of a rulebook as known at an instant (now, when none is given), with one draft put on top."""
    version = RulebookVersion
    known = version.state == VersionState.APPROVED
    if known_on is not None:
        known &= version.recorded_at <= known_on
        known &= or_(version.retired_at.is_(None), version.retired_at > known_on)
    else:
        known &= version.retired_at.is_(None)
    versions = session.scalars(
        select(version).where(version.rulebook_id == rulebook_id, or_(known, version.id == (draft_id or 0)))
    ).all()
    rows = session.scalars(
        select(RulebookElement).where(
            RulebookElement.version_id.in_([one.id for one in versions]),
            RulebookElement.ended_at.is_(None)
            if known_on is None
            else or_(RulebookElement.ended_at.is_(None), RulebookElement.ended_at > known_on),
        )
    ).all()
    by_version: dict[int, list[RulebookElement]] = {}
    for row in rows:
        by_version.setdefault(row.version_id, []).append(row)
    completes, overrides = [], []
    for one in versions:
        recorded = one.recorded_at or dt.datetime.max.replace(tzinfo=dt.UTC)
        own = by_version.get(one.id, [])
        if one.complete:
            elements = {(row.section, row.name): row.content for row in own}
            completes.append(Complete(one.id, one.institution_id, one.valid_from, recorded, elements))
        else:
            overrides += [_override(one, row, recorded) for row in own]
    return Rules(completes, overrides)


def _override(version: RulebookVersion, row: RulebookElement, recorded: dt.datetime) -> Override:
    return Override(
        (row.section, row.name), row.content, version.id, version.institution_id, row.valid_from or version.valid_from,
        row.valid_to or dt.date.max, row.until_next_version, recorded,
    )  # fmt: skip


def resolve(session: Session, rules: Rules, institutions: Iterable[int], first: dt.date, end: dt.date) -> Resolution:
    """Which variant holds for institutions over days (half-open); the tree of each day decides who inherits from whom.

    Days without a complete version in force have no period: `Resolution.at` says so when such a day is asked for.
    """
    wanted = sorted(set(institutions))
    places = session.execute(
        select(
            InstitutionPeriod.institution_id, InstitutionPeriod.parent_id, InstitutionPeriod.valid_from, InstitutionPeriod.valid_to
        ).where(InstitutionPeriod.valid_from < end, InstitutionPeriod.valid_to > first)
    ).all()  # fmt: skip
    moved = {place.valid_from for place in places if place.valid_from > first}
    turns = moved | {place.valid_to for place in places}
    cuts = sorted({first, *rules.days_of_change(first, end), *moved, end})
    numbers: dict[str, int] = {}
    variants: dict[int, Variant] = {}
    chains: dict[int, tuple[int, ...]] = {}
    seen = dt.date.min
    open_periods: dict[int, Period] = {}
    done: list[Period] = []
    for start, stop in itertools.pairwise(cuts):
        if any(seen < day <= start for day in turns) or not chains:
            parents = {one.institution_id: one.parent_id for one in places if one.valid_from <= start < one.valid_to}
            ways: dict[int, tuple[int, ...]] = {}
            chains = {institution: rules.chain(_way(institution, parents, ways)) for institution in wanted}
        seen = start
        by_chain = {
            chain: _number(rules.elements(chain, start), numbers, variants) for chain in dict.fromkeys(chains.values())
        }
        for institution, chain in chains.items():
            _lengthen(open_periods, done, institution, start, stop, by_chain[chain])
    return Resolution(variants, [*done, *open_periods.values()])


def _way(institution: int, parents: Mapping[int, int | None], ways: dict[int, tuple[int, ...]]) -> tuple[int, ...]:
    """From the root of a day's tree down to an institution; `ways` keeps those that were walked."""
    if institution not in ways:
        ways[institution] = (institution,)
        above = parents.get(institution)
        if above is not None and above in parents:
            ways[institution] = (*_way(above, parents, ways), institution)
    return ways[institution]


def _number(elements: Elements | None, numbers: dict[str, int], variants: dict[int, Variant]) -> int | None:
    if elements is None:
        return None
    hash_ = hash_of({key: one.content for key, one in elements.items()})
    if hash_ not in numbers:
        numbers[hash_] = len(numbers) + 1
        variants[numbers[hash_]] = Variant(numbers[hash_], hash_, elements)
    return numbers[hash_]


def _lengthen(
    open_periods: dict[int, Period], done: list[Period], institution: int, start: dt.date, stop: dt.date,
    number: int | None,
) -> None:  # fmt: skip
    """Continue an institution's last period when its variant stays the same, else begin another."""
    last = open_periods.pop(institution, None)
    if last is not None and last.variant == number:
        open_periods[institution] = Period(institution, last.valid_from, stop, last.variant)
        return
    if last is not None:
        done.append(last)
    if number is not None:
        open_periods[institution] = Period(institution, start, stop, number)


def with_parameter(rules: Rules, version_id: int, key: Key, value: object) -> Rules:
    """These rules with another value of one parameter, put into a version."""

    def changed(content: Any) -> Any:
        return {**content, "value": str(value)} if isinstance(content, Mapping) else content

    completes = [
        replace(one, elements={**one.elements, key: changed(one.elements.get(key))})
        if one.version_id == version_id and key in one.elements
        else one
        for one in rules.completes
    ]
    overrides = [
        replace(one, content=changed(one.content)) if one.version_id == version_id and one.key == key else one
        for one in rules.overrides
    ]
    return Rules(completes, overrides)


def with_element(rules: Rules, version: RulebookVersion, key: Key, content: Any) -> Rules:
    """These rules with one element of a version as it is being written."""
    if version.complete:
        completes = [
            replace(one, elements={**one.elements, key: content}) if one.version_id == version.id else one
            for one in rules.completes
        ]
        return Rules(completes, rules.overrides)
    others = [one for one in rules.overrides if (one.version_id, one.key) != (version.id, key)]
    here = [one for one in rules.overrides if (one.version_id, one.key) == (version.id, key)]
    written = Override(
        key, content, version.id, version.institution_id, version.valid_from, dt.date.max, False,
        dt.datetime.max.replace(tzinfo=dt.UTC),
    )  # fmt: skip
    return Rules(rules.completes, [*others, *([replace(one, content=content) for one in here] or [written])])


def mapping_of(elements: Mapping[Key, Any]) -> dict[str, Any]:
    """Elements as the text form has them: sections of names, lines as a list in their order."""
    found: dict[str, Any] = {section: {} for section in SECTIONS}
    for (section, name), content in sorted(elements.items()):
        found[section][name] = content
    lines = [{"name": name, **content} for name, content in found["lines"].items()]
    found["lines"] = sorted(lines, key=lambda one: (int(one.get("order", 0)), one["name"]))
    return {section: content for section, content in found.items() if content}


def elements_of(mapping: Mapping[str, Any]) -> dict[Key, Any]:
    """The other way: the elements of a text form."""
    found: dict[Key, Any] = {}
    for section in SECTIONS:
        content = mapping.get(section) or {}
        if section == "lines" and not isinstance(content, Mapping):
            content = {one["name"]: {key: value for key, value in one.items() if key != "name"} for one in content}
        found |= {(section, name): one for name, one in content.items()}
    return found


def hash_of(elements: Mapping[Key, Any]) -> str:
    """What elements say, as a hash that does not depend on their order; inside an element order counts: a table's keys have one."""
    listed = [[*key, elements[key]] for key in sorted(elements)]
    return hashlib.sha256(json.dumps(listed, ensure_ascii=False).encode()).hexdigest()
