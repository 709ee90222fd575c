"""What stands against a move of a team or agent, in sentences; none lets it be asked for and approved."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.query.agent_relations import superiors_on
from portal.query.approval import Content
from portal.query.day_words import day_words
from portal.query.names import person_name
from portal.query.reader import Reader
from portal.query.team_move import earliest_move, has_contract, is_team, seat_of
from portal.services.reallocation_words import day_of, institution_name, names


def differs(_reader: Reader, content: Content) -> list[str]:
    """Something has to change."""
    same = content["from"] == content["to"] and content["superior"] == content["superior_before"]
    return [_("It is like this already on that day.")] if same else []


def reaches_no_closed_month(reader: Reader, content: Content) -> list[str]:
    """What was decided stays as it was decided."""
    earliest = earliest_move(reader)
    if earliest is None or day_of(content) >= earliest:
        return []
    return [
        _("The months before are closed: the earliest day is %(day)s.", day=day_words(earliest, reader.actor.language))
    ]


def is_there(reader: Reader, content: Content) -> list[str]:
    """The agent or team is there on the day; who leads a team does not leave it."""
    day, subject = day_of(content), int(content["subject"])
    told = day_words(day, reader.actor.language)
    if content["from"] is None:
        return [_("%(name)s has no place on %(day)s.", name=names(reader, content), day=told)]
    if content["kind"] == "team":
        return [] if is_team(reader, subject, day) else [_("%(name)s is no sales team.", name=names(reader, content))]
    seat = seat_of(reader, subject, day)
    if seat is not None and seat.leads and content["from"] != content["to"]:
        where = institution_name(reader, content["from"], day)
        return [
            _(
                "%(name)s leads %(team)s: give the team another leader first, under People.",
                name=names(reader, content),
                team=where,
            )
        ]
    return []


def fits_there(reader: Reader, content: Content) -> list[str]:
    """The new place exists on the day and is of the right level."""
    day, target = day_of(content), int(content["to"])
    tree = reader.places(day)
    name = institution_name(reader, target, day) or str(target)
    if tree.get(target) is None:
        return [_("%(name)s does not exist on %(day)s.", name=name, day=day_words(day, reader.actor.language))]
    if content["from"] == content["to"]:
        return []
    if content["kind"] == "agent":
        return [] if is_team(reader, target, day) else [_("%(name)s is no sales team.", name=name)]
    subject = tree.get(int(content["subject"]))
    if target in tree.below(int(content["subject"])):
        return [_("A team does not stand under itself.")]
    if subject is not None and tree.by_id[target].depth >= subject.depth:
        return [_("%(name)s is not of a higher level than the team.", name=name)]
    return []


def has_a_superior(reader: Reader, content: Content) -> list[str]:
    """The new superior has a contract on the day, is somebody else, and does not report to who moves."""
    who, superior, day = content["who"], content["superior"], day_of(content)
    if superior is None or who is None or superior == content["superior_before"]:
        return []
    if superior == who:
        return [_("Nobody is in a relation with himself.")]
    name = person_name(reader, superior)
    if not has_contract(reader, superior, day):
        return [_("%(name)s has no agent contract on %(day)s.", name=name, day=day_words(day, reader.actor.language))]
    if who in superiors_on(reader, superior, day):
        return [
            _(
                "%(name)s reports to %(who)s already: that would close a circle.",
                name=name,
                who=person_name(reader, who),
            )
        ]
    return []
