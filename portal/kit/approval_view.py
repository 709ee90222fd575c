"""One request on screen: what changes, what it would do, what stands against it, and its trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import figures, numbers, parts
from portal.kit.address import Screen
from portal.kit.approval_list import PATH, STATES, age, place_name, request_href, requester, title_of
from portal.kit.attached_files import files_listed
from portal.kit.parts import Cell, Column, Delta
from portal.kit.resource_history import Timeline, moment_text
from portal.models.approvals import ApprovalDecision, ApprovalRequest
from portal.permissions import Permission
from portal.query.approval import Change, Content, Effect, EffectColumn, EffectFigure
from portal.query.approvals import Seen
from portal.query.names import person_name
from portal.query.reader import Reader
from portal.services.approval_conflicts import Difference

ATTACHMENT = "/export/attachments/"
Way = tuple[Permission, Any, str]  # what one needs for it, its words and its address
SUBJECTS: Mapping[str, Callable[[str, Content], Way]] = {  # by key and content: where one sees more of what is asked about
    "rulebook_version": lambda _key, content: (
        Permission.RULEBOOK_VIEW, _("To the version"),
        f"/rulebooks/{quote(str(content['rulebook']), safe='')}/{int(content['version'])}?tab=simulate",
    ),
    "commission_month": lambda key, _content: (
        Permission.COMMISSION_VIEW, _("To the month"), f"/commissions?month={int(key)}"
    ),
}  # fmt: skip


# ---- who, what, until when ----


def header(reader: Reader, seen: Seen, actions: Sequence[Component]) -> Component:
    """What is asked for, by whom, for which institution, until when; and the next step."""
    request, language = seen.request, reader.actor.language
    told = [
        str(seen.kind.title),
        _("by %(who)s", who=requester(reader, request)),
        place_name(reader, request.institution_id),
    ]
    if request.ended_at is None:
        told += [age(request.submitted_at), _("due %(day)s", day=numbers.day(request.due_on, language))]
    title = title_of(request, language)
    crumbs = [(_("Inbox"), PATH), (_("Request %(number)s", number=request.id), "")]
    return parts.page_header(title, " · ".join(word for word in told if word), actions, crumbs=crumbs)


def notes(reader: Reader, seen: Seen, problems: Sequence[str]) -> list[Component]:
    """What to know first: how it ended, in whose place one decides, what stands against approving."""
    request = seen.request
    found = []
    if request.ended_at is not None:
        word, tone = STATES[request.state]
        when = moment_text(request.ended_at, reader.actor.language)
        sentence = _(
            "%(state)s on %(when)s by %(who)s",
            state=str(word).capitalize(),
            when=when,
            who=who(reader, seen, request.ended_by),
        )
        sentence += f": {request.end_reason}" if request.end_reason else ""
        follower = seen.replaced_by
        way = parts.link(_("Request %(number)s", number=follower), request_href(follower)) if follower else None
        found.append(parts.flag(sentence, tone, action=way))
    if seen.authority is not None and seen.authority.for_person is not None:
        person = person_name(reader, seen.authority.for_person)
        found.append(parts.flag(_("You decide this in the place of %(person)s.", person=person), "accent"))
    if seen.mine and request.state == "submitted":
        sentence = _("This is your own request: somebody else decides it.")
        found.append(parts.flag(sentence, "neutral"))
    found += [parts.flag(sentence, "bad") for sentence in problems]
    return found


def conflict(sentence: str, differences: Sequence[Difference]) -> Component:
    """What is not as the decider saw it: his words and what is so now, side by side."""
    columns = [Column("name", _("Item")), Column("seen", _("As you saw it")), Column("now", _("As it is now"))]
    rows = [{"name": one.name, "seen": _becoming(one.seen), "now": _becoming(one.now)} for one in differences]
    table = [parts.simple_table(columns, rows, caption=_("Differences"))] if rows else []
    return html.Div([parts.flag(sentence, "bad"), *table], className="surface conflict", role="alert")


def _becoming(change: Change | None) -> str:
    return f"{change.was or numbers.NOTHING} → {change.becomes or numbers.NOTHING}" if change else numbers.NOTHING


# ---- what changes, and what it would do ----


LONGEST_BADGE = 24  # a reason is a sentence, and no badge; neither is a formula
MANY = 8  # so many changes stand below the figures of what they do


def subject_link(reader: Reader, request: ApprovalRequest) -> list[Component]:
    """The way to what is asked about, where it has a page of its own."""
    if request.kind not in SUBJECTS:
        return []
    permission, words, href = SUBJECTS[request.kind](request.subject_key, request.content)
    return [parts.link(words, href)] if reader.actor.may(permission) else []


def changes(found: Sequence[Change], way: Sequence[Component] = ()) -> Component:
    """What becomes what; `way` leads to where more of it is seen."""
    if not any(one.was for one in found):  # nothing becomes another: what is asked for, item by item
        columns = [Column("name", _("Item")), Column("becomes", _("Then"), beside=True)]
        rows = [{"name": Cell(one.name, note=one.note), "becomes": one.becomes} for one in found]
        return parts.section(
            _("What is asked for"), parts.simple_table(columns, rows, caption=_("What is asked for")), actions=way
        )
    columns = [Column("name", _("Item")), Column("was", _("Now"), "muted"), Column("becomes", _("Then"))]
    rows = [
        {
            "name": Cell(one.name, note=one.note),
            "was": one.was or numbers.NOTHING,
            "becomes": one.becomes or numbers.NOTHING
            if one.was == one.becomes or len(one.becomes) > LONGEST_BADGE
            else Cell("", badge=one.becomes or _("nothing")),
        }
        for one in found
    ]
    return parts.section(
        _("What changes"),
        parts.simple_table(columns, rows, caption=_("What changes")),
        look="records what-changes",
        actions=way,
    )


def effect_figures(found: Effect, language: str) -> list[Component]:
    """What the decision would do, in a few figures."""
    return [parts.figure_row([_figure(one, language) for one in found.figures])] if found.figures else []


def effect(found: Effect, language: str) -> list[Component]:
    """Chart and rows of what the decision would do."""
    shown: list[Component] = []
    inside: list[Any] = [html.P(sentence, className="muted") for sentence in found.text]
    if found.chart is not None and found.rows:
        drawn = figures.graph("approval-chart", figures.dressed(found.chart, lang=language), _("Effect"), 260, language)
        inside.append(Screen(drawn, kind="desk"))
    if found.rows:
        columns = [_column(one) for one in found.columns]
        rows = [{one.key: written(row.get(one.key), one.unit, language) for one in found.columns} for row in found.rows]
        inside.append(parts.simple_table(columns, rows, caption=_("Effect")))
    if inside:
        shown.append(parts.section(_("Effect"), html.Div(inside, className="stack")))
    return shown


def _figure(one: EffectFigure, language: str) -> Component:
    if isinstance(one.value, str):
        return parts.figure_card(one.title, one.value)
    value, unit = (
        numbers.short(one.value, language) if one.unit == "money" else (numbers.count(one.value, language), "")
    )
    delta = None
    if one.before is not None:
        change = one.value - one.before
        delta = Delta(numbers.short_change(change, language), (change > 0) - (change < 0), _("vs now"))
    full = numbers.money(Decimal(one.value), language) if one.unit == "money" else ""
    return parts.figure_card(one.title, value, unit, full, delta=delta)


def _column(one: EffectColumn) -> Column:
    kind: parts.Kind = "change" if one.unit == "change" else "text" if one.unit == "text" else "number"
    return Column(one.key, one.title, kind, phone=one.phone)


def written(value: Any, unit: str, language: str) -> str:
    """A value of an effect's table as it is read."""
    if value is None or value == "":
        return numbers.NOTHING
    if unit == "money":
        return numbers.money(value, language)
    if unit == "change":
        return numbers.signed(value, language)
    if unit == "percent":
        return numbers.percent(value, language)
    return numbers.count(value, language) if unit == "count" else str(value)


# ---- the trail ----


def trail(reader: Reader, seen: Seen) -> Component:
    """Who asked, said and decided, newest first; then what still has to happen."""
    request, language = seen.request, reader.actor.language
    moments: list[tuple[Any, dict[str, Any]]] = [
        (request.requested_at, _moment(_("asked"), "accent", requester(reader, request), ""))
    ]
    moments += [(one.decided_at, _decision(reader, one)) for one in seen.decisions]
    moments += [
        (one.said_at, _moment("", "neutral", who(reader, seen, one.said_by), one.words)) for one in seen.comments
    ]
    if request.ended_at is not None and request.state in ("withdrawn", "voided"):
        word, tone = STATES[request.state]
        moments.append(
            (request.ended_at, _moment(str(word), tone, who(reader, seen, request.ended_by), request.end_reason))
        )
    told = [moment | {"when": moment_text(at, language)} for at, moment in sorted(moments, key=lambda one: one[0])]
    return Timeline(label=_("Trail"), moments=list(reversed(told)))


def who(reader: Reader, seen: Seen, username: str) -> str:
    """A user by the employee's name where there is one."""
    return person_name(reader, seen.people.get(username)) or username


def steps_left(seen: Seen) -> str:
    """How many people have decided, where more than one decides."""
    steps = len(seen.kind.steps)
    if steps == 1:
        return ""
    return _("%(done)s of %(steps)s people have decided", done=len(seen.decisions), steps=steps)


def _decision(reader: Reader, one: ApprovalDecision) -> dict[str, Any]:
    word, tone = STATES[one.decision]
    who = person_name(reader, one.person_id) or one.decided_by
    if one.for_person_id is not None:
        who = _("%(other)s for %(person)s", other=who, person=person_name(reader, one.for_person_id))
    return _moment(str(word), tone, who, one.reason)


def _moment(tag: str, tone: str, who: str, words: str) -> dict[str, Any]:
    return {"tag": tag, "tone": tone, "lines": [], "note": f"{who}: {words}" if words else who}


def attachments(reader: Reader, seen: Seen) -> Component:
    """The files beside the request."""
    return files_listed(seen.attachments, ATTACHMENT, lambda name: who(reader, seen, name))
