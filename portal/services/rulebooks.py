"""Writing rulebooks: drafts, their elements, what was said about them. Approving them stands in `rulebook_approval`.

Nothing approved is edited. A draft's element is never overwritten: an edit ends the row and adds another, so who wrote what,
and when, stays. An edit of a submitted draft voids its request.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select, update

from portal.models.rulebooks import (
    SECTIONS,
    Rulebook,
    RulebookComment,
    RulebookElement,
    RulebookExample,
    RulebookVersion,
    VersionState,
)
from portal.permissions import Permission
from portal.query.rulebook_rules import Key, elements_of, hash_of, mapping_of
from portal.services.refusal import Refusal, reason_of
from portal.services.writer import Writer

LONGEST_TITLE, LONGEST_COMMENT, LARGEST_ELEMENT = 200, 4_000, 2_000_000
AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,6})?%?")
CLOSED = (VersionState.APPROVED, VersionState.DISCARDED)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of an override; a complete version's elements hold as long as the version."""

    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    until_next_version: bool = False


def new_rulebook(writer: Writer, code: str, name: str, name_zh: str = "") -> Rulebook:
    """Begin a rulebook, such as that of individual agents."""
    writer.allow(Permission.RULEBOOK_EDIT)
    if not code.strip() or not name.strip():
        raise Refusal(_("A rulebook needs a code and a name."), "code")
    if writer.exists(Rulebook, Rulebook.code == code):
        raise Refusal(_("There is already a rulebook %(code)s.", code=code), "code")
    return writer.add(Rulebook(code=code, name=name, name_zh=name_zh))


def new_draft(
    writer: Writer,
    rulebook: Rulebook,
    *,
    title: str,
    institution_id: int,
    valid_from: dt.date,
    based_on: RulebookVersion | None = None,
    complete: bool = True,
    budget_amount: Decimal | None = None,
    title_zh: str = "",
) -> RulebookVersion:
    """Begin a version: a copy of another one, an empty one, or (not `complete`) one that overrides what stands above."""
    writer.allow(Permission.RULEBOOK_EDIT)
    _check_title(title)
    _check_length(title_zh, "title_zh")
    if based_on is not None and based_on.rulebook_id != rulebook.id:
        raise Refusal(_("A draft is based on a version of its own rulebook."), "based_on")
    writer.session.execute(select(Rulebook.id).where(Rulebook.id == rulebook.id).with_for_update())
    number = writer.session.scalar(
        select(func.coalesce(func.max(RulebookVersion.number), 0) + 1).where(RulebookVersion.rulebook_id == rulebook.id)
    )
    version = writer.add(
        RulebookVersion(
            rulebook_id=rulebook.id, number=number or 1, title=title.strip(), title_zh=title_zh.strip(),
            institution_id=institution_id,
            valid_from=valid_from, complete=complete, based_on_id=based_on.id if based_on else None,
            budget_amount=budget_amount, created_by=writer.actor.name, state=VersionState.DRAFT.value,
        )
    )  # fmt: skip
    if based_on is not None and complete:
        for row in current_elements(writer, based_on):
            writer.session.add(_element(writer, version, (row.section, row.name), row.content, Days()))
    _rehash(writer, version)
    return version


def change_draft(
    writer: Writer, version: RulebookVersion, *, title: str, valid_from: dt.date, budget_amount: Decimal | None,
    title_zh: str = "",
) -> None:  # fmt: skip
    """Give a draft its titles, first day and budget."""
    _open(writer, version)
    _check_title(title)
    _check_length(title_zh, "title_zh")
    writer.change(
        version, title=title.strip(), title_zh=title_zh.strip(), valid_from=valid_from, budget_amount=budget_amount
    )
    _rehash(writer, version)


def set_element(
    writer: Writer,
    version: RulebookVersion,
    key: Key,
    content: Any,
    *,
    seen: Any = ...,
    days: Days | None = None,
) -> bool:
    """Write an element of a draft; content None in an override means: inherited again. Gives back whether anything changed.

    `seen` is what the writer saw before the edit: where somebody else has written since, it is refused with his name.
    """
    _open(writer, version)
    section, name = key
    if section not in SECTIONS or not name.strip():
        raise Refusal(_("There is no such part of a rulebook."))
    if len(str(content)) > LARGEST_ELEMENT:
        raise Refusal(_("%(name)s is too large.", name=name))
    present = writer.session.scalars(_current(version).where(*_is(key))).one_or_none()
    if seen is not ... and (present.content if present else None) != seen:
        by = present.recorded_by if present else _("somebody else")
        raise Refusal(_("%(name)s was changed by %(person)s meanwhile: look at it again.", name=name, person=by))
    if content is None and version.complete:
        return remove_element(writer, version, key)
    chosen = Days() if version.complete else (days or (_days_of(present) if present else Days()))
    if present is not None and present.content == content and _days_of(present) == chosen:
        return False
    _end(writer, present)
    writer.session.add(_element(writer, version, key, content, chosen))
    was = present.content if present else None
    writer.record("write", "rulebook_version", version.id, {"element": f"{section} {name}", "was": was, "is": content})
    _rehash(writer, version)
    return True


def remove_element(writer: Writer, version: RulebookVersion, key: Key) -> bool:
    """Take an element out of a draft; in an override draft: say nothing about it any more."""
    _open(writer, version)
    present = writer.session.scalars(_current(version).where(*_is(key))).one_or_none()
    if present is None:
        return False
    _end(writer, present)
    content = {"element": " ".join(key), "was": present.content}
    writer.record("take out", "rulebook_version", version.id, content)
    _rehash(writer, version)
    return True


def take_text(writer: Writer, version: RulebookVersion, mapping: Mapping[str, Any]) -> int:
    """Make a complete draft say exactly what a text form says; gives back how many elements changed."""
    wanted = elements_of(mapping)
    have = {(row.section, row.name): row.content for row in current_elements(writer, version)}
    changed = sum(remove_element(writer, version, key) for key in have.keys() - wanted.keys())
    return changed + sum(
        set_element(writer, version, key, content) for key, content in wanted.items() if have.get(key) != content
    )


def told_of(writer: Writer, version: RulebookVersion) -> dict[str, Any]:
    """What a version says, in the text form."""
    return mapping_of({(row.section, row.name): row.content for row in current_elements(writer, version)})


def discard(writer: Writer, version: RulebookVersion, reason: str) -> None:
    """Give a draft up; it stays to be read."""
    _open(writer, version)
    why = reason_of(reason, _("Say why the draft is given up."))
    _void(writer, version, _("The draft was given up."))
    writer.change(version, "discard", reason=why, state=VersionState.DISCARDED.value)


def comment(writer: Writer, version: RulebookVersion, said: str, key: Key = ("", "")) -> RulebookComment:
    """Say something about a version or one of its elements."""
    writer.allow(Permission.RULEBOOK_VIEW)
    if not said.strip() or len(said) > LONGEST_COMMENT:
        raise Refusal(_("Write a comment of up to %(longest)s characters.", longest=LONGEST_COMMENT), "said")
    return writer.add(
        RulebookComment(
            version_id=version.id, section=key[0], name=key[1], said=said.strip(), said_by=writer.actor.name
        )
    )


def add_example(
    writer: Writer, rulebook: Rulebook, *, title: str, month: dt.date, given: Mapping[str, Any],
    expected: Mapping[str, Any], valid_from: dt.date,
) -> RulebookExample:  # fmt: skip
    """Keep a person with the pay they must get under every version that holds from a day on."""
    writer.allow(Permission.RULEBOOK_EDIT)
    if not title.strip() or not expected:
        raise Refusal(_("An example needs a title and at least one amount it must give."), "title")
    example = RulebookExample(
        rulebook_id=rulebook.id, title=title.strip()[:LONGEST_TITLE], month=month.replace(day=1), given=dict(given),
        expected=dict(expected), valid_from=valid_from, created_by=writer.actor.name,
    )  # fmt: skip
    writer.session.add(example)
    writer.session.flush()
    told = {"title": example.title, "month": str(example.month), "expected": example.expected}
    writer.record(
        "add", "rulebook_example", example.id, told
    )  # the facts stay where they are: they may be thousands of rows
    return example


def change_example(writer: Writer, example: RulebookExample, expected: Mapping[str, str]) -> None:
    """Say what an example must get; a line that is left empty no longer counts."""
    writer.allow(Permission.RULEBOOK_EDIT)
    strange = next((name for name, amount in expected.items() if not AMOUNT.fullmatch(amount)), None)
    if strange is not None:
        raise Refusal(_("This is no amount."), strange)
    if not expected:
        raise Refusal(_("An example needs at least one amount it must give."))
    kept = {name: amount for name, amount in expected.items() if name in example.expected}
    writer.change(example, expected=kept)


def end_example(writer: Writer, example: RulebookExample, reason: str) -> None:
    """Let an example no longer bind drafts."""
    writer.allow(Permission.RULEBOOK_EDIT)
    why = reason_of(reason, _("Say why the example no longer binds."))
    writer.change(example, "end", reason=why, ended_at=writer.now())


def current_elements(writer: Writer, version: RulebookVersion) -> list[RulebookElement]:
    """The elements of a version as they are now."""
    return list(writer.session.scalars(_current(version)))


def mark(writer: Writer, version: RulebookVersion, state: VersionState, seen_hash: str) -> bool:
    """Move a draft on, unless it was edited since; gives back whether it moved."""
    writer.session.refresh(version, with_for_update=True)
    if version.content_hash != seen_hash or version.state in CLOSED:
        return False
    writer.change(version, state.value, state=state.value)
    return True


def _check_title(title: str) -> None:
    if not title.strip():
        raise Refusal(_("Give the draft a title of up to %(longest)s characters.", longest=LONGEST_TITLE), "title")
    _check_length(title, "title")


def _check_length(title: str, field: str) -> None:
    if len(title) > LONGEST_TITLE:
        raise Refusal(_("Give the draft a title of up to %(longest)s characters.", longest=LONGEST_TITLE), field)


def _open(writer: Writer, version: RulebookVersion) -> None:
    """The draft may be edited now; what it had reached is void."""
    writer.allow(Permission.RULEBOOK_EDIT)
    writer.session.refresh(version, with_for_update=True)
    if version.state == VersionState.APPROVED:
        raise Refusal(_("This version is approved and stays as it is: begin a draft from it."))
    if version.state == VersionState.DISCARDED:
        raise Refusal(_("This draft was given up: begin another one."))


def _void(writer: Writer, version: RulebookVersion, why: str) -> None:
    """Nobody decides any more on what a submitted draft said."""
    if version.state == VersionState.SUBMITTED:
        from portal.services.approvals import void_open  # late: the kinds of approvals know the rulebooks

        void_open(writer, "rulebook_version", str(version.id), why)


def _rehash(writer: Writer, version: RulebookVersion) -> None:
    """Bind what was found of the draft to what it said: after an edit it is a mere draft again."""
    writer.session.flush()
    elements = {
        (row.section, row.name): [row.content, str(row.valid_from), str(row.valid_to), row.until_next_version]
        for row in writer.session.scalars(_current(version))
    }
    head = [version.institution_id, str(version.valid_from), version.complete, version.title]
    head += [str(version.budget_amount)] if version.budget_amount is not None else []
    head += [{"title_zh": version.title_zh}] if version.title_zh else []
    found = hash_of(elements | {("", ""): head})
    if found != version.content_hash:
        _void(writer, version, _("The draft was edited."))
        writer.session.execute(
            update(RulebookVersion)
            .where(RulebookVersion.id == version.id)
            .values(content_hash=found, state=VersionState.DRAFT.value)
        )
        writer.session.refresh(version)


def _current(version: RulebookVersion) -> Select[RulebookElement]:
    return (
        select(RulebookElement)
        .where(RulebookElement.version_id == version.id, RulebookElement.ended_at.is_(None))
        .order_by(RulebookElement.section, RulebookElement.name)
    )


def _is(key: Key) -> tuple[ColumnElement[bool], ...]:
    return RulebookElement.section == key[0], RulebookElement.name == key[1]


def _days_of(row: RulebookElement) -> Days:
    return Days(row.valid_from, row.valid_to, row.until_next_version)


def _element(writer: Writer, version: RulebookVersion, key: Key, content: Any, days: Days) -> RulebookElement:
    return RulebookElement(
        version_id=version.id, section=key[0], name=key[1], content=content, valid_from=days.valid_from,
        valid_to=days.valid_to, until_next_version=days.until_next_version, recorded_by=writer.actor.name,
        recorded_by_id=writer.actor.user_id,
    )  # fmt: skip


def _end(writer: Writer, row: RulebookElement | None) -> None:
    if row is not None:
        row.ended_at = dt.datetime.now(dt.UTC)
        writer.session.flush()
