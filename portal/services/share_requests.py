"""Changes of shares as requests: who may not share out a customer asks a leader above everybody whose credit moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.access.identity import today
from portal.models.organisation import Position
from portal.permissions import Permission
from portal.query.approval import Approval, Change, Content, Effect, EffectColumn, EffectFigure
from portal.query.day_words import day_words
from portal.query.names import person_name
from portal.query.pins import NotPublished
from portal.query.reader import Reader
from portal.query.share_effect import NOBODY, share_effect
from portal.query.sharing import Parts, about, percent_text, splits_of
from portal.query.subjects import Subject, known, parse_key
from portal.services.refusal import Refusal
from portal.services.shares import locked_rows, share_out, total
from portal.services.values import EARLIEST, LATEST, MOST_PARTS, day_from, ratio_from
from portal.services.writer import Writer

ARROW = "\N{RIGHTWARDS ARROW}"
ROLES = ("marketer", "carer", "collector", "approver", "investigator")


def proposal_of(parts: Sequence[Mapping[str, Any]], first_day: Any) -> dict[str, Any]:
    """What a form or a program asks for: people by number with their parts, from a day on.

    Raises:
        Refusal: a person, a part or the day cannot be.
    """
    day = day_from(first_day)
    if day is None or not EARLIEST <= day < LATEST:
        raise Refusal(_("A date is expected, such as 2026-01-31."), "valid_from")
    found: dict[int, Decimal] = {}
    for line in parts[: MOST_PARTS + 1]:
        person, ratio = str(line.get("person") or ""), ratio_from(line.get("ratio"))
        if not person:
            continue
        if not (person.isascii() and person.isdigit() and len(person) < 19) or int(person) in found:
            raise Refusal(_("Each person stands once, and is one of the list."), "parts")
        if ratio is None:
            raise Refusal(_("A part above 0 and up to 100 % is expected, such as 60 % or 0.6."), "parts")
        found[int(person)] = ratio
    if not found or len(found) > MOST_PARTS:
        raise Refusal(_("Say who gets which part."), "parts")
    return {
        "parts": [{"person": person, "ratio": ratio} for person, ratio in sorted(found.items())],
        "valid_from": day,
    }


def content(reader: Reader, key: str, proposal: Content) -> Content:
    """The subject, the day, and the parts that hold on it and that are asked for."""
    subject, role = subject_of(key)
    day = dt.date.fromisoformat(str(proposal["valid_from"]))
    splits = splits_of(reader.session.scalars(about(subject, role)).all())
    before = next((one.parts for one in splits if one.valid_from <= day < one.valid_to), ())
    return {
        "subject": {"kind": subject.kind, "id": subject.id},
        "role": role,
        "valid_from": day,
        "before": [{"person": person, "ratio": ratio} for person, ratio in before],
        "after": proposal["parts"],
    }


def place(reader: Reader, content: Content) -> int:
    """The lowest institution above everybody whose credit moves."""
    day = max(dt.date.fromisoformat(str(content["valid_from"])), today())
    people = {person for person, _ratio in (*parts_of(content, "before"), *parts_of(content, "after"))}
    seats = reader.session.scalars(
        select(Position.institution_id)
        .where(Position.person_id.in_(people), Position.valid_from <= day, Position.valid_to > day)
    )  # fmt: skip
    return reader.places(day).common(seats)


def names(reader: Reader, content: Content) -> str:
    """The customer or account by name and number."""
    subject, _role = subject_of_content(content)
    found = known(reader, subject.kind, [subject.id]).get(subject.id, subject)
    if found.name and found.name != found.number:
        return f"{found.name} ({found.number})"
    return found.number or str(found.id)


def changes(reader: Reader, content: Content) -> list[Change]:
    """Each person's part before and after."""
    before, after = dict(parts_of(content, "before")), dict(parts_of(content, "after"))
    return [
        Change(_person(reader, person), _percent(before.get(person)), _percent(after.get(person)))
        for person in sorted(before.keys() | after.keys())
        if before.get(person) != after.get(person) or person in after
    ]


def line(reader: Reader, content: Content) -> str:
    """Li Wei 60 % → 40 %, Wu Jun 40 % → 60 % from 1 December on."""
    moved = [one for one in changes(reader, content) if one.was != one.becomes]
    told = ", ".join(f"{one.name} {one.was or '0 %'} {ARROW} {one.becomes or '0 %'}" for one in moved)
    return str(_("%(parts)s from %(day)s on", parts=told, day=_day(reader, content)))


def preview(reader: Reader, content: Content) -> Effect:
    """The balances and credits that move, by person, on the newest published balances."""
    subject, role = subject_of_content(content)
    after = parts_of(content, "after")
    try:
        effect = share_effect(reader, subject, role, after)
    except NotPublished:
        return Effect(text=(_("There are no published figures yet, so nothing can be shown of what would move."),))
    ratios = {name: dict(parts_of(content, name)) for name in ("before", "after")}
    rows = [
        {
            "person": _person(reader, person),
            "was": _percent(ratios["before"].get(person)),
            "becomes": _percent(ratios["after"].get(person)),
            "before": held.assets[0], "after": held.assets[1], "moves": held.assets[1] - held.assets[0],
            "loans": held.loans[1] - held.loans[0],
        }
        for person, held in sorted(effect.held.items(), key=lambda one: (one[0] == NOBODY, one[0]))
    ]  # fmt: skip
    loans = effect.moved("loans") or any(any(held.loans) for held in effect.held.values())
    columns = (
        EffectColumn("person", _("Person")), EffectColumn("was", _("Part now"), phone=False),
        EffectColumn("becomes", _("Part then"), phone=False),
        EffectColumn("before", _("Credited now"), "money"), EffectColumn("after", _("Credited then"), "money"),
        EffectColumn("moves", _("Change"), "change"),
        *((EffectColumn("loans", _("Change of loans"), "change"),) if loans else ()),
    )  # fmt: skip
    figures = (
        EffectFigure(_("Deposits and investments that move"), effect.moved("assets")),
        *((EffectFigure(_("Loans that move"), effect.moved("loans")),) if loans else ()),
        EffectFigure(_("Accounts"), effect.accounts, unit="count"),
    )
    balances = day_words(effect.at, reader.actor.language)
    told = [_("On the balances of %(day)s; it holds from %(first)s on.", day=balances, first=_day(reader, content))]
    if effect.apart:
        told.append(_("%(count)s accounts have shares of their own and stay as they are.", count=effect.apart))
    return Effect(figures, columns, tuple(rows), _chart(rows), tuple(told))


def _chart(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    people = [row["person"] for row in rows]
    return {
        "data": [
            {"type": "bar", "name": title, "x": people, "y": [float(row[key]) for row in rows]}
            for key, title in (("before", _("Credited now")), ("after", _("Credited then")))
        ],
        "layout": {"barmode": "group"},
    }


def differs(_reader: Reader, content: Content) -> list[str]:
    """Something has to change."""
    same = parts_of(content, "before") == parts_of(content, "after")
    return [_("These are the parts it has already on that day.")] if same else []


def totals(_reader: Reader, content: Content) -> list[str]:
    """The parts share out the whole."""
    parts = total(parts_of(content, "after"))
    return [] if parts == 1 else [_("The parts total %(total)s; they must total 100 %%.", total=percent_text(parts))]


def works_there(reader: Reader, content: Content) -> list[str]:
    """Everybody who gets a part works here on the day it begins."""
    day = dt.date.fromisoformat(str(content["valid_from"]))
    people = [person for person, _ratio in parts_of(content, "after")]
    seated = set(
        reader.session.scalars(
            select(Position.person_id)
            .where(Position.person_id.in_(people), Position.valid_from <= day, Position.valid_to > day)
        )
    )  # fmt: skip
    return [
        _("%(person)s has no position on %(day)s.", person=_person(reader, person), day=_day(reader, content))
        for person in people
        if person not in seated
    ]


def apply(writer: Writer, key: str, content: Content) -> None:
    """Share out anew, as the form of a leader does."""
    subject, role = subject_of(key)
    day = dt.date.fromisoformat(str(content["valid_from"]))
    share_out(writer, subject, role, parts_of(content, "after"), day)
    writer.record("change", "shares", key, {"parts": content["after"], "valid_from": day})


def lock(writer: Writer, key: str) -> None:
    """Nobody else changes these shares until the decision is taken."""
    subject, role = subject_of(key)
    locked_rows(writer, subject, role)


def sees(reader: Reader, key: str) -> bool:
    """Whether the customer or account is one of the asker's."""
    parsed = parse_key(key)
    return parsed is not None and parsed[1] in ROLES and bool(known(reader, parsed[0].kind, [parsed[0].id]))


def subject_of(key: str) -> tuple[Subject, str]:
    """The subject and role of a key such as `c12-marketer`. Raises Refusal when it is none."""
    parsed = parse_key(key)
    if parsed is None:
        raise Refusal(_("There is no such record."))
    return parsed


def subject_of_content(content: Content) -> tuple[Subject, str]:
    return Subject(content["subject"]["kind"], content["subject"]["id"]), content["role"]


def parts_of(content: Content, name: str) -> Parts:
    """The parts before or after."""
    return tuple((int(part["person"]), Decimal(str(part["ratio"]))) for part in content[name])


def _person(reader: Reader, person: int) -> str:
    return person_name(reader, person) or (_("Unassigned") if person == NOBODY else str(person))


def _day(reader: Reader, content: Content) -> str:
    return day_words(dt.date.fromisoformat(str(content["valid_from"])), reader.actor.language)


def _percent(ratio: Decimal | None) -> str:
    return percent_text(ratio) if ratio is not None else ""


SHARE_CHANGE = Approval(
    key="share_change",
    title=_l("Change of shares"),
    icon="pie-chart",
    subject="shares",
    request_permission=Permission.SHARE_REQUEST,
    decide_permission=Permission.SHARE_EDIT,
    content=content,
    place=place,
    names=names,
    line=line,
    changes=changes,
    preview=preview,
    checks=(differs, totals, works_there),
    sees=sees,
    lock=lock,
    on_approved=apply,
    due_days=5,
)
