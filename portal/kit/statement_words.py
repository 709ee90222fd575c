"""What a statement says in words, on screen and on paper alike."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.kit import numbers, parts
from portal.query.runs import local
from portal.query.statement import PAY_HOLD, Line, Standing, Statement, own_title
from portal.query.statement_lines import BY_HAND, KEPT
from portal.query.statement_net import NetStep


def state_words(one: Statement, lang: str) -> str:
    """How far the month has come."""
    if one.state == "paid":
        paid_on = local(one.paid_at).date() if one.paid_at else None
        return _("Handed over to payment on %(day)s", day=numbers.day(paid_on, lang))
    return _("Closed, not paid yet") if one.is_closed else _("The month is not closed yet: this may still change")


def group_title(group: str) -> str:
    """What a group of lines is called."""
    titles = {
        "commission": _("Commission"), "new_agents": _("New agents"), "bonus": _("Bonuses"), "leading": _("Leading"),
        "growing": _("Recruiting and growing"), "corrections": _("Corrections"), "tax": _("Taxes and fees"),
        BY_HAND: _("By hand"), KEPT: _("Held and carried"),
        "": _("Other"),
    }  # fmt: skip
    return titles.get(group, group.replace("_", " ").capitalize())


def line_title(line: Line) -> str:
    """The title by the rules; of a line that people or the balance made, its own."""
    if line.name == PAY_HOLD and line.released:
        return _("Held pay that is released")
    if line.name == PAY_HOLD and line.decided is not None and line.decided.about:
        return _("Held by decision: %(line)s", line=line.decided.about)
    return own_title(line.name) or line.title


def decided_note(line: Line) -> str:
    """What people decided behind a line: why, until what, who asked and who decided; empty for a line of the rules."""
    one = line.decided
    if one is None:
        return ""
    told = [one.reason]
    if line.name == PAY_HOLD:
        told.append(one.released_because if line.released else _("paid when: %(condition)s", condition=one.condition))
    return " · ".join(filter(None, [*told, who_decided(one.asked_by, one.decided_by)]))


def who_decided(asked_by: str, decided_by: str) -> str:
    """Who asked and, once it is, who decided."""
    if not decided_by:
        return _("asked by %(asked)s", asked=asked_by)
    return _("asked by %(asked)s, decided by %(decided)s", asked=asked_by, decided=decided_by)


def hold_words(one: Standing, lang: str) -> str:
    """To the person: what is held since when, why, when it is paid, how much by now."""
    row = one.row
    values = {
        "month": numbers.month(row.from_month, lang), "reason": row.reason.rstrip(" ."), "line": one.about,
        "condition": row.release_condition.rstrip(" ."), "amount": numbers.money(one.kept, lang),
    }  # fmt: skip
    if one.about:
        return _(
            "%(line)s is held since %(month)s: %(reason)s. It is paid when: %(condition)s. Held until now: %(amount)s.",
            **values,
        )
    return _(
        "All the pay is held since %(month)s: %(reason)s. It is paid when: %(condition)s. Held until now: %(amount)s.",
        **values,
    )


def step_title(step: NetStep) -> str:
    """What a step between gross and net is called."""
    titles = {
        "gross": _("Gross: earned this month"), "cut": _("Cut"), "held": _("Held back"), "released": _("Released"),
        "earlier": _("For earlier months"), "net": _("Net: this month pays"),
    }  # fmt: skip
    return line_title(step.line) if step.line is not None else titles[step.kind]


def question_state(kind: str, state: str) -> tuple[str, parts.Tone]:
    """How far a question about a line is, in a word and its tone."""
    if state == "open":
        return (_("disputed"), "bad") if kind == "dispute" else (_("waits for an answer"), "warn")
    return (_("answered"), "good") if state == "answered" else (_("settled"), "neutral")
