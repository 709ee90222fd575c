"""What is wrong with a draft: every variant it leads to is checked, and every example person is computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from calc.rulebook.agreement import agreed
from calc.rulebook.book import book_of
from calc.rulebook.check import check
from calc.rulebook.checked import Checked
from calc.rulebook.expression import PlanError
from calc.rulebook.problems import Problem
from portal.models.rulebooks import RulebookVersion
from portal.query.month_rules import plan_of
from portal.query.reader import Reader
from portal.query.rulebook_rules import Resolution, Variant, resolve
from portal.query.rulebooks import rules_with
from portal.services.rulebook_examples import missed_sentences

ONE_DAY = dt.timedelta(days=1)
MOST_SENTENCES = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A problem of a draft, and one institution where it shows; none when it shows at the version's own."""

    problem: Problem
    institution_id: int | None

    def sentence(self, reader: Reader) -> str:
        """In the reader's language."""
        told = translated(self.problem)
        if self.institution_id is None:
            return told
        place = reader.places().get(self.institution_id)
        name = place.title(reader.actor.language) if place else str(self.institution_id)
        return str(_("At %(institution)s: %(problem)s", institution=name, problem=told))


def translated(problem: Problem) -> str:
    """A problem's sentence in the reader's language, with the element and the part it is about."""
    told = _(problem.pattern) % problem.values
    return f"{problem.element}: {told}" if problem.element else told


def variants_of(reader: Reader, version: RulebookVersion) -> Resolution:
    """What a version leads to for its institution and all below it, from its first day on, as far as overrides are known."""
    rules = rules_with(reader, version)
    below = reader.places(version.valid_from).below(version.institution_id) or {version.institution_id}
    later = rules.days_of_change(version.valid_from, dt.date.max)
    end = (later[-1] if later else version.valid_from) + ONE_DAY
    return resolve(reader.session, rules, below, version.valid_from, end)


def checked_book(mapping: Mapping[str, Any]) -> tuple[Checked | None, list[Problem]]:
    """One variant's text form, read and checked."""
    book, problems = book_of(mapping)
    if problems:
        return None, problems
    return check(book)


def draft_problems(reader: Reader, version: RulebookVersion) -> list[Found]:
    """Everything wrong with a version, each problem once: at its own institution, else at the first one that shows it."""
    found: dict[tuple[str, str, str, str], Found] = {}
    resolution = variants_of(reader, version)
    shows = {one.variant: one.institution_id for one in sorted(resolution.periods, key=lambda one: -one.institution_id)}
    own = {one.variant for one in resolution.periods if one.institution_id == version.institution_id}
    together: dict[int, Checked] = {}
    for number in sorted(resolution.variants, key=lambda number: (number not in own, number)):
        checked, problems = checked_book(resolution.variants[number].mapping())
        for problem in problems:
            key = (problem.element, problem.part, problem.pattern, str(problem.values))
            found.setdefault(key, Found(problem, None if number in own else shows[number]))
        if checked is not None:
            together[number] = checked
    if found:
        return list(found.values())
    before = _before(reader, version)
    together |= {number: checked for number, (_variant, checked) in before.items()}
    variants = {**resolution.variants, **{number: variant for number, (variant, _checked) in before.items()}}
    return [Found(problem, None) for problem in agreed(together)[1] or _uncomputed(variants, together)]


def _uncomputed(variants: Mapping[int, Variant], checked: Mapping[int, Checked]) -> list[Problem]:
    """What keeps rules that check from being computed exactly: found now, not by the month's run."""
    try:
        plan_of(variants, checked)
    except PlanError as problem:
        return [problem.problem]
    return []


def _before(reader: Reader, version: RulebookVersion) -> dict[int, tuple[Variant, Checked]]:
    """What holds at a version's institution the day before it: policies of those days are still priced by it."""
    day = version.valid_from - ONE_DAY
    resolution = resolve(reader.session, rules_with(reader, version), {version.institution_id}, day, version.valid_from)
    found = [(variant, checked_book(variant.mapping())[0]) for variant in resolution.variants.values()]
    return {-number: (variant, checked) for number, (variant, checked) in enumerate(found, 1) if checked is not None}


def draft_sentences(reader: Reader, version: RulebookVersion) -> list[str]:
    """The same as sentences; for a draft without problems, the example people who would not get what they must."""
    problems = draft_problems(reader, version)
    if problems:
        return _limited(one.sentence(reader) for one in problems)
    own = variants_of(reader, version).at(version.institution_id, version.valid_from)
    checked, _none = checked_book(own.mapping())
    return _limited(missed_sentences(reader, version, checked, own.hash)) if checked is not None else []


def _limited(sentences: Iterable[str]) -> list[str]:
    told = list(sentences)
    if len(told) <= MOST_SENTENCES:
        return told
    return [*told[:MOST_SENTENCES], _("And %(count)s more.", count=len(told) - MOST_SENTENCES)]
