"""A rulebook version as something to decide: what it changes, what it would do to pay, and putting it in force.

The decision is bound to what the draft says (its hash covers every element with its days); an edit voids the request. Who
wrote an element does not approve it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from portal.models.rulebooks import Rulebook, RulebookElement, RulebookVersion, VersionState
from portal.permissions import Permission
from portal.query.approval import Approval, Change, Content, Effect, EffectColumn, EffectFigure
from portal.query.day_words import day_words, month_words
from portal.query.reader import Reader
from portal.query.rulebook_rules import Key, known_rules
from portal.query.rulebooks import book_called, latest_simulation, overrides_above, version_of
from portal.services.approval_subjects import subject_row
from portal.services.refusal import Refusal
from portal.services.rulebook_checks import draft_sentences
from portal.services.rulebook_compare import told_differences
from portal.services.rulebook_words import SECTION_TITLES, element_title
from portal.services.writer import Writer

MOST_CHANGES_SHOWN, MOST_LARGEST = 200, 10


def content(reader: Reader, key: str, _proposal: Content) -> Content:
    """The version, its hash, and how it differs from what holds at its institution the day before it begins."""
    version = subject_row(reader, RulebookVersion, key)
    book = reader.session.get_one(Rulebook, version.rulebook_id)
    return {
        "rulebook": book.code,
        "version": version.number,
        "title": version.title,
        **({"title_zh": version.title_zh} if version.title_zh else {}),
        "institution": version.institution_id,
        "valid_from": version.valid_from,
        "complete": version.complete,
        "hash": version.content_hash,
        "changes": [
            {"section": section, "name": name, "was": was, "is": becomes}
            for (section, name), was, becomes in differences(reader, version)
        ],
    }


def differences(reader: Reader, version: RulebookVersion) -> list[tuple[Key, Any, Any]]:
    """Each element of a version that differs from what holds at its institution on its first day without it."""
    before, after = _sides(reader, version)
    keys = before.keys() | after.keys() if version.complete else after.keys()
    pairs = [(key, before.get(key), after.get(key)) for key in sorted(keys)]
    return [(key, was, becomes) for key, was, becomes in pairs if was != becomes]


def _sides(reader: Reader, version: RulebookVersion) -> tuple[dict[Key, Any], dict[Key, Any]]:
    """What holds at the institution of a version without it, and what the version says."""
    rules = known_rules(reader.session, version.rulebook_id)
    tree = reader.places(version.valid_from)
    chain = rules.chain([place.id for place in tree.above(version.institution_id)])
    before = {key: one.content for key, one in (rules.elements(chain, version.valid_from) or {}).items()}
    rows = reader.session.scalars(
        select(RulebookElement).where(RulebookElement.version_id == version.id, RulebookElement.ended_at.is_(None))
    )
    return before, {(row.section, row.name): row.content for row in rows}


def place(_reader: Reader, content: Content) -> int:
    """Where the version holds."""
    return int(content["institution"])


def names(reader: Reader, content: Content) -> str:
    """The version by rulebook, number and title."""
    chinese = content.get("title_zh") if reader.actor.language == "zh" else ""
    book, title = book_called(reader, content["rulebook"]), chinese or content["title"]
    if str(title).startswith(book):
        return str(_("%(title)s, version %(number)s", title=title, number=content["version"]))
    return str(
        _("%(book)s, version %(number)s: %(title)s", book=book, number=content["version"],
          title=title)
    )  # fmt: skip


def line(reader: Reader, content: Content) -> str:
    """How many elements change, from when on."""
    institution = reader.places().get(int(content["institution"]))
    return str(_(
        "%(count)s elements change at %(institution)s from %(day)s on", count=len(content["changes"]),
        institution=institution.title(reader.actor.language) if institution else content["institution"],
        day=day_words(dt.date.fromisoformat(str(content["valid_from"])), reader.actor.language),
    ))  # fmt: skip


def changes(reader: Reader, content: Content) -> list[Change]:
    """Each parameter, formula and cell of a table that changes."""
    sides: tuple[dict[Key, Any], dict[Key, Any]] = ({}, {})
    for one in content["changes"]:
        for side, told in zip(sides, (one["was"], one["is"]), strict=True):
            if told is not None:
                side[one["section"], one["name"]] = told
    return [
        Change(
            one.title,
            one.before,
            one.after,
            " · ".join(filter(None, [str(SECTION_TITLES.get(one.key[0], "")), one.part])),
        )
        for one in told_differences(reader, *sides)[:MOST_CHANGES_SHOWN]
    ]


def preview(reader: Reader, content: Content) -> Effect:
    """What the simulation of exactly this draft found, and the overrides that will stand on top of it."""
    version = version_of(reader, content["rulebook"], int(content["version"]))
    told = _overrides(reader, version) if version.complete else []
    found = latest_simulation(reader, version)
    if found is None:
        return Effect(text=(_("This draft was not simulated."), *told))
    result: Mapping[str, Any] = found.result or {}
    before, after = Decimal(result["before"]), Decimal(result["after"])
    figures = [
        EffectFigure(_("Pay of the simulated months"), after, before),
        EffectFigure(_("Agents who gain"), int(result["winners"]), unit="count"),
        EffectFigure(_("Agents who lose"), int(result["losers"]), unit="count"),
    ]
    if version.budget_amount is not None:
        figures.append(EffectFigure(_("Left of the budget"), version.budget_amount * len(found.months) - after))
    columns = (
        EffectColumn("name", _("Agent")), EffectColumn("before", _("Now"), "money"),
        EffectColumn("after", _("Then"), "money"), EffectColumn("change", _("Change"), "change"),
        EffectColumn("why", _("Most by")),
    )  # fmt: skip
    language = reader.actor.language
    held, own = _sides(reader, version)
    named = held | {key: one for key, one in own.items() if one is not None}
    titles = {name: element_title(section, name, one, language) for (section, name), one in named.items()}
    rows = tuple(
        {
            "name": one["name_zh"] if language == "zh" and one.get("name_zh") else one["name"],
            "before": Decimal(one["before"]), "after": Decimal(one["after"]), "change": Decimal(one["change"]),
            "why": _why(one, titles),
        }
        for one in result.get("largest", ())[:MOST_LARGEST]
    )  # fmt: skip
    months = ", ".join(month_words(dt.date.fromisoformat(f"{month}-01"), language) for month in found.months)
    told = [_("Simulated on %(months)s with %(agents)s agents.", months=months, agents=result["agents"]), *told]
    return Effect(tuple(figures), columns, rows, None, tuple(told))


def _why(one: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """The line that moves most, and the changed elements behind it."""
    line = titles.get(str(one.get("line", "")), str(one.get("line", "")))
    behind = ", ".join(dict.fromkeys(titles.get(name, name) for name in map(_bare, one.get("because") or ())))
    return str(_("%(line)s, because of %(elements)s", line=line, elements=behind)) if behind else line


def _bare(name: Any) -> str:
    """A name without the mark that parameters carry in formulas."""
    return str(name).removeprefix("p.")


def _overrides(reader: Reader, version: Any) -> list[str]:
    """The overrides of lower institutions that stay when this version comes into force."""
    tree, lang = reader.places(version.valid_from), reader.actor.language
    told: list[str] = []
    for institution, key, content in overrides_above(reader, version):
        here = tree.get(institution)
        name = here.title(lang) if here else str(institution)
        element = element_title(key[0], key[1], content, lang)
        told.append(_("%(institution)s keeps its own %(element)s.", institution=name, element=element))
    return told


def checked(reader: Reader, content: Content) -> list[str]:
    """Nothing is wrong with the draft, every example person gets the pay they must get, and it was simulated as it is."""
    version = version_of(reader, content["rulebook"], int(content["version"]))
    problems = draft_sentences(reader, version)
    if not content["changes"]:
        problems.append(_("Nothing differs from what holds already."))
    if not problems and latest_simulation(reader, version) is None:
        problems.append(_("Simulate the draft as it is now before submitting it."))
    return problems


def lock(writer: Writer, key: str) -> None:
    """Nobody edits the draft until the decision is taken."""
    writer.get(RulebookVersion, int(key))


def put_in_force(writer: Writer, key: str, content: Content) -> None:
    """Approve: the version is known from now on and holds from its day; what it corrects is known no more."""
    version = writer.get(RulebookVersion, int(key))
    if version.content_hash != content["hash"] or version.state in (VersionState.APPROVED, VersionState.DISCARDED):
        raise Refusal(_("The draft is not what was submitted any more."))
    authors = select(RulebookElement.recorded_by_id).where(
        RulebookElement.version_id == version.id, RulebookElement.recorded_by_id.is_not(None),
        RulebookElement.ended_at.is_(None),
    )  # fmt: skip
    own = version.created_by == writer.actor.name or (
        writer.actor.user_id is not None and writer.actor.user_id in set(writer.session.scalars(authors))
    )
    if own:
        raise Refusal(_("Who wrote a version does not approve it: a second person must."))
    _retire_what_it_corrects(writer, version)
    writer.change(version, "put in force", state=VersionState.APPROVED.value, recorded_at=writer.now())


def _retire_what_it_corrects(writer: Writer, version: RulebookVersion) -> None:
    """A version of the same institution and first day is known no more; of overrides, the same element from the same day."""
    same = select(RulebookVersion).where(
        RulebookVersion.rulebook_id == version.rulebook_id, RulebookVersion.institution_id == version.institution_id,
        RulebookVersion.state == VersionState.APPROVED, RulebookVersion.retired_at.is_(None),
        RulebookVersion.complete == version.complete,
    )  # fmt: skip
    others = writer.session.scalars(same).all()
    if version.complete:
        for other in others:
            if other.valid_from == version.valid_from:
                writer.change(other, "correct", retired_at=writer.now())
        return
    own = writer.session.scalars(
        select(RulebookElement).where(RulebookElement.version_id == version.id, RulebookElement.ended_at.is_(None))
    ).all()
    for row in own:
        writer.session.execute(
            update(RulebookElement)
            .where(
                RulebookElement.version_id.in_([other.id for other in others]), RulebookElement.section == row.section,
                RulebookElement.name == row.name, RulebookElement.ended_at.is_(None),
                func.coalesce(RulebookElement.valid_from, _first_day_of_version())
                == (row.valid_from or version.valid_from),
            )
            .values(ended_at=writer.now())
        )  # fmt: skip


def _first_day_of_version() -> Any:
    return (
        select(RulebookVersion.valid_from)
        .where(RulebookVersion.id == RulebookElement.version_id)
        .correlate(RulebookElement)
        .scalar_subquery()
    )


def back_to_draft(writer: Writer, key: str, content: Content) -> None:
    """Refused or withdrawn: the draft can be edited and submitted again."""
    version = writer.get(RulebookVersion, int(key))
    if version.state == VersionState.SUBMITTED:
        writer.change(version, "take back", state=VersionState.SIMULATED.value)


RULEBOOK_VERSION = Approval(
    key="rulebook_version",
    title=_l("Rulebook version"),
    icon="journal-text",
    subject="rulebook_version",
    request_permission=Permission.RULEBOOK_EDIT,
    decide_permission=Permission.RULEBOOK_APPROVE,
    content=content,
    place=place,
    names=names,
    line=line,
    changes=changes,
    preview=preview,
    checks=(checked,),
    on_approved=put_in_force,
    on_refused=back_to_draft,
    on_withdrawn=back_to_draft,
    lock=lock,
    due_days=5,
)
