"""The form of a Resource: fields as the browser draws them, and the values they begin with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import Output, html, no_update
from dash.development.base_component import Component
from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.kit.components import KitComponent
from portal.query.agent_search import FoundAgent
from portal.query.record import Record
from portal.query.references import Choice
from portal.query.resource import Field, Resource
from portal.query.sharing import percent_text
from portal.query.subjects import Subject
from portal.services.refusal import LONGEST_REASON, Refusal

DRAWN = {
    "tree": "choice",
    "person": "choice",
    "date": "day",
    "ratio": "text",
    "rate": "text",
    "subject": "text",
    "interest": "text",
    "term": "number",
}
WIDE = ("set", "document", "parts", "subject")
VALID_FROM, REASON = "valid_from", "reason"
AGENT = "agent"  # the kind of a field that finds agents by number or name while somebody types; it holds the number


class Form(KitComponent):
    """Fields and one button. A submit puts what was typed into `values` and raises `submits`.

    The answer raises `answered`. `problems` are sentences by field, `said` is one about the whole; `tone="danger"` is
    for what cannot be taken back, `tone="quiet"` for what is not the page's next action. Of the fields named in `watched`
    the values are put into `seen` whenever one of them changes.
    """

    PROPERTIES = (
        "id", "className", "fields", "values", "problems", "said", "label", "busyLabel", "tone", "submits", "answered",
        "watched", "seen",
    )  # fmt: skip


def typed(values: Any, name: str) -> str:
    """A text of a form; empty when it is missing or no text: a browser may send anything."""
    text = values.get(name) if isinstance(values, Mapping) else None
    return text if isinstance(text, str) else ""


def agent_field(name: str, hint: str = "") -> dict[str, Any]:
    """The field of a form that says which agent."""
    field = _plain(name, _("Agent"), AGENT) | {"placeholder": _("Number or name"), "required": True}
    field |= {"none": _("Nobody fits."), "waiting": _("Looking …")}
    return field | ({"hint": hint} if hint else {})


def agent_option(one: FoundAgent) -> dict[str, str]:
    """An agent as such a field offers it: by name, with the number and where the agent sits."""
    place = one.place or _("has left")
    return {"value": one.agent_no, "label": one.name, "code": f"{one.agent_no} · {place}"}


def answered_in(form: str, done: str) -> tuple[Output, ...]:
    """Where the answer of a form on a page goes: problems, what is said, answered, what was done, and a notice."""
    return (
        Output(form, "problems"), Output(form, "said"), Output(form, "answered"),
        Output(done, "data", allow_duplicate=True), Output(parts.TOAST, "children", allow_duplicate=True),
    )  # fmt: skip


def refused(refusal: Refusal, submits: Any) -> tuple[Any, ...]:
    """A form's answer when nothing was written: problems, what is said, answered; what was done and the notice stay.

    The sentence stands beside its field, or below the form when it is about the whole.
    """
    problems = {refusal.field: refusal.sentence} if refusal.field else {}
    return problems, "" if problems else refusal.sentence, submits, no_update, no_update


def not_there(submits: Any) -> tuple[Any, ...]:
    """The same when what the address names does not exist or may not be seen."""
    return refused(Refusal(_("There is no such record.")), submits)


def told_once(secret: str, href: str) -> Component:
    """A secret that was made a moment ago, to be copied now: nobody sees it again."""
    sentence = _(
        "Copy this now and keep it where the other system reads it. It is shown only once; here only a hash is kept."
    )
    return parts.section(
        _("Made: %(begins)s...", begins=secret[:12]),
        html.P(sentence),
        html.Pre(secret, className="expression told-once"),
        parts.link(_("I have copied it"), href, "btn btn-primary"),
    )


def new_fields(
    resource: Resource, offered: Mapping[str, Sequence[Choice]], published: dt.date | None, language: str
) -> list[dict[str, Any]]:
    """The fields of a record that is to be made; of a dated one, the day it begins.

    `published` is the newest date with figures: whose records figures are made from says what an earlier day does.
    """
    fields = [_field(resource, each, offered) for each in resource.given]
    for field in fields:
        if field["kind"] == "password":
            field["hint"] = _("Left empty, nobody can log in with it until an administrator gives one.")
    if resource.dated:
        begin = _plain(VALID_FROM, _("Holds from"), "day") | {"hint": _("The first day on which this is so.")}
        if resource.feeds and resource.parted and published is not None:
            begin["hint"] = _(
                "The first day on which this is so. Up to %(newest)s the figures from that day on are computed anew.",
                newest=numbers.day(published, language),
            )
        fields.append(begin | {"group": fields[-1]["group"]})
    return fields


def fields_of(
    resource: Resource,
    offered: Mapping[str, Sequence[Choice]],
    on: dt.date,
    today: dt.date,
    language: str,
    published: dt.date | None,
) -> list[dict[str, Any]]:
    """The fields of a record that may change; the dated ones under the day from which a change holds.

    `published` is the newest date with figures: those from `on` up to it are computed anew.
    """
    since = _("From %(day)s on", day=numbers.day(on, language))
    fields = []
    for each in resource.changeable:
        dated = resource.in_period(each) or resource.parted
        fields.append(_field(resource, each, offered) | {"group": since if dated else _group(resource, each)})
    back = resource.dated and on < today
    reason = _plain(REASON, _("Reason"), "reason") | {
        "wide": True,
        "longest": LONGEST_REASON,
        "group": fields[-1]["group"],
    }
    reason["hint"] = _("It changes days that have passed, so say why.") if back else _("It stays in the history.")
    if resource.dated and resource.feeds and published is not None and on <= published:
        own = next((each.anew for each in resource.fields if each.anew), "")
        sentence = str(own) or _("Figures from %(day)s on are computed anew.", day=numbers.day(on, language))
        reason["hint"] = f"{reason['hint']} {sentence}"
    return [*fields, reason if back else reason | {"optional": _("optional")}]


def ending_fields() -> list[dict[str, Any]]:
    """From which day nothing holds any more, and why."""
    day = _plain(VALID_FROM, _("First day on which it no longer holds"), "day")
    reason = _plain(REASON, _("Reason"), "reason") | {"longest": LONGEST_REASON, "optional": _("optional")}
    return [day | {"wide": True}, reason | {"wide": True}]


def reason_fields() -> list[dict[str, Any]]:
    """Why."""
    reason = _plain(REASON, _("Reason"), "reason") | {"longest": LONGEST_REASON, "optional": _("optional")}
    return [reason | {"wide": True}]


def new_values(resource: Resource, today: dt.date) -> dict[str, Any]:
    """What a new form begins with."""
    values: dict[str, Any] = {each.name: each.default for each in resource.given if each.default is not None}
    return values | ({VALID_FROM: today.isoformat()} if resource.dated else {})


def values_of(resource: Resource, record: Record) -> dict[str, Any]:
    """What a form shows of a record."""
    return {each.name: _typed(each, record.values.get(each.name)) for each in resource.changeable}


def _typed(each: Field, value: Any) -> Any:
    """A value as a field of the browser holds it."""
    if each.kind == "flag":
        return bool(value)
    if each.kind == "set":
        return sorted((str(one) for one in value or ()), key=lambda one: (len(one), one))
    if each.kind == "parts":
        return [{"person": str(person), "ratio": f"{(ratio * 100).normalize():f}"} for person, ratio in value or ()]
    if each.kind == "interest" and value is not None:
        return percent_text(value)
    if each.kind == "document":
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""
    if isinstance(value, Subject):
        return value.code
    return "" if value is None else str(value)


def sent(resource: Resource, values: Any) -> dict[str, Any]:
    """What a form sent, as the services take it: parts are percents there, whatever was typed behind the number."""
    if not isinstance(values, Mapping):
        return {}
    given = {str(name): value for name, value in values.items()}
    for each in resource.fields:
        lines = given.get(each.name)
        if each.kind == "parts" and isinstance(lines, list):
            given[each.name] = [percent_line(line) for line in lines]
    return given


def percent_line(line: Any) -> Any:
    """A line of a part as the services take it, `60` as `60%`."""
    if not isinstance(line, Mapping) or not isinstance(line.get("ratio"), str):
        return line
    return {**line, "ratio": line["ratio"].strip().removesuffix("%").replace(",", ".") + "%"}


def _field(resource: Resource, each: Field, offered: Mapping[str, Sequence[Choice]]) -> dict[str, Any]:
    field = _plain(each.name, str(each.title), DRAWN.get(each.kind, each.kind))
    field |= {"group": _group(resource, each), "wide": each.kind in WIDE, "required": each.required}
    if each.hint:
        field["hint"] = str(each.hint)
    known = offered.get(each.called, ())
    if known and each.called == "rulebook":
        return field | {"kind": "choice", "options": [{"value": one.code, "label": one.label} for one in known],
                        "none": _("Nothing fits."), "find": _("Find")}  # fmt: skip
    if known:  # a rank may be one of rules that come later: typed, not chosen
        field["hint"] = _("Known are: %(codes)s.", codes=", ".join(code_and_name(one) for one in known))
    if not each.required and each.kind not in ("flag", "password"):
        field["optional"] = _("optional")
    if each.kind in ("text", "document"):
        field["longest"] = each.longest
    if each.kind == "document":
        field["rows"] = 4
    if each.options:
        field["options"] = [{"value": value, "label": str(title)} for value, title in each.options]
    elif each.reference:
        field["options"] = [_option(each, one) for one in offered.get(each.reference, ())]
    if each.reference or each.options:
        field |= {"none": _("Nothing fits."), "find": _("Find")}
    if each.kind == "parts":
        field |= {"add": _("Add a person"), "remove": _("Remove"), "total": _("Total"), "ratio": _("Part in percent")}
    return field


def code_and_name(one: Choice) -> str:
    """A code, and what it is called where that says more."""
    return one.code if one.label == one.code else f"{one.code} ({one.label})"


def _option(each: Field, one: Choice) -> dict[str, Any]:
    option: dict[str, Any] = {"value": one.value, "label": one.label}
    if one.depth:
        option["depth"] = one.depth
    if each.reference == "permission":
        return option | {"group": _area(one.code)}
    return option | ({"code": one.code} if one.code != one.label else {})


def _area(code: str) -> str:
    """Which permissions stand together."""
    own = ("workbench", "institution_home", "report", "customer")
    operate = ("job", "problem", "calendar", "exchange_rate", "ftp_rate", "source")
    head = code.split(".")[0]
    if head in own:
        return _("Work and reports")
    return _("Operate") if head in operate else _("Administer")


def _group(resource: Resource, each: Field) -> str:
    if resource.period is None:
        return ""
    return _("Holds from a day on") if resource.in_period(each) else _("Always")


def _plain(name: str, label: str, kind: str) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": kind}
