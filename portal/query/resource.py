"""What a Resource is: a declaration of the records people keep, checked when the process starts.

From one declaration come the list, the form, the history, import and export. Only the shape is here; how it is read
stands in `portal.query.records`, how it is written in `portal.services.records`, how it looks in `portal.kit.resource`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from flask_babel import LazyString
from sqlalchemy import Column
from sqlalchemy import inspect as mapped

from portal.models.base import Base
from portal.models.dated import Dated
from portal.permissions import Permission

Words: TypeAlias = str | LazyString

KINDS = (
    "text", "choice", "date", "number", "rate", "ratio", "flag", "tree", "person", "password", "set", "document", "subject",
    "parts", "interest", "term",
)  # fmt: skip
REFERENCES = ("institution", "person", "level", "role", "permission", "key_permission", "curve")
IMPLIED_REFERENCE = {"tree": "institution", "person": "person", "parts": "person"}
MADE_BY_SERVICES = {"token_hash"}  # columns that nobody gives: a service makes them
WITHOUT_COLUMN = {"password", "set", "subject", "parts"}


class WrongDeclaration(TypeError):
    """A Resource says something that cannot be; the message names the resource, the field and the right form."""


class Reach(StrEnum):
    """How the records lead to what a person may see."""

    ROWS = "rows"  # the table's own institution and person columns (its row policy) decide
    ITSELF = "itself"  # the record is an institution: all may read it, only those above it may change it
    PERSON = "person"  # through the current position of the person the record names
    HOUSE = "house"  # one for the whole house: all who may view it read it, only who sees all changes it


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a record says.

    `kind` is one of `KINDS`; `of` names what a choice or a set refers to (`REFERENCES`); `options` are fixed choices
    as (value, title). A field that is not `editable` is given once, when the record is made; `derived` ones are only
    shown. A `listed` field is a column of the list, a `sought` one is searched, a `filtered` one narrows it. A
    `private` one is masked for whoever may not change the record.
    """

    name: str
    title: Words
    kind: str = "text"
    column: str = ""
    of: str = ""
    options: tuple[tuple[str, Words], ...] = ()
    through: tuple[type[Base], str, str] | None = None  # the table of a set's members, own column, other column
    default: Any = None
    editable: bool = True
    derived: bool = False
    required: bool = True
    listed: bool = True
    sought: bool = False
    filtered: bool = False
    private: bool = False
    hint: Words = ""
    longest: int = 120
    called: str = ""  # a text that is a code, `rank` or `rulebook`: people read its title in the rules in force
    feeds: bool = False  # figures are computed from it: a change in the past computes them anew
    anew: Words = ""  # which ones, said in the form; all from the day on where it is empty

    @property
    def attribute(self) -> str:
        """The name of the column in its table."""
        return self.column or self.name

    @property
    def reference(self) -> str:
        """What the value refers to, or an empty string."""
        return self.of or IMPLIED_REFERENCE.get(self.kind, "")

    @property
    def members(self) -> tuple[type[Base], str, str]:
        """Of a set: the table of its members, the column of the record, the column of the member."""
        if self.through is None:
            raise WrongDeclaration(f'Field "{self.name}" is no set.')
        return self.through

    @property
    def has_column(self) -> bool:
        """Whether the value stands in a column of the resource's tables."""
        return self.kind not in WITHOUT_COLUMN


@dataclass(frozen=True, slots=True)
class Beside:
    """Another page about the same thing, linked to from the list; from a record with `name` of its address filled from a field."""

    title: Words
    path: str
    permission: Permission
    name: str = ""
    field: str = ""


@dataclass(frozen=True)
class Resource:
    """A declared kind of record.

    `model` holds the identity; `period` (with its column `link` to the identity) what holds during some days. A
    resource whose model is dated itself needs no period. `identified_by` are the fields that name a record in a file;
    `named_by` is what it is called on screen, empty where those fields together are its name.
    """

    key: str
    title: Words
    singular: Words
    icon: str
    model: type[Base]
    fields: tuple[Field, ...]
    view: Permission
    edit: Permission
    reach: Reach
    identified_by: tuple[str, ...] = ("code",)
    named_by: str = "name"
    sorted_by: str = "code"
    period: type[Base] | None = None
    link: str = ""
    dated: bool = False
    removable: bool = False
    about: Words = ""
    short: Words = ""  # its title where there is little room
    order: int = 0
    beside: tuple[Beside, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_declaration(self)
        self.by_name.update({each.name: each for each in self.fields})

    @property
    def parted(self) -> bool:
        """True when a record is a set of parts that hold together (shares)."""
        return any(each.kind == "parts" for each in self.fields)

    @property
    def feeds(self) -> bool:
        """Whether figures are computed from these records."""
        return any(each.feeds for each in self.fields)

    @property
    def dated_table(self) -> type[Base] | None:
        """The table whose rows hold during some days."""
        if not self.dated:
            return None
        return self.period or self.model

    @property
    def held_in(self) -> type[Base]:
        """The table of periods beside the identity."""
        if self.period is None:
            raise WrongDeclaration(f'Resource "{self.key}" has no period table.')
        return self.period

    def table_of(self, asked: Field) -> type[Base]:
        """The table that holds a field's column."""
        if self.period is not None and asked.attribute not in columns_of(self.model):
            return self.period
        return self.model

    def in_period(self, asked: Field) -> bool:
        """True when the field may differ from day to day."""
        return self.period is not None and asked.has_column and self.table_of(asked) is self.period

    @property
    def given(self) -> tuple[Field, ...]:
        """The fields a person may give when making a record."""
        return tuple(each for each in self.fields if not each.derived)

    @property
    def changeable(self) -> tuple[Field, ...]:
        """The fields a person may change afterwards."""
        return tuple(each for each in self.given if each.editable)


def columns_of(table: type[Base]) -> dict[str, Column[Any]]:
    """The columns of a table by attribute name."""
    return dict(mapped(table).columns.items())


def check_declaration(resource: Resource) -> None:
    """Raise `WrongDeclaration` for the first thing that cannot be."""
    names = [each.name for each in resource.fields]
    for each in resource.fields:
        if names.count(each.name) > 1:
            raise _wrong(resource, each, "is declared twice; give each field a name of its own")
        _check_kind(resource, each)
        _check_column(resource, each)
    _check_dates(resource)
    for role, chosen in (
        ("identified_by", resource.identified_by),
        ("named_by", (resource.named_by,) if resource.named_by else ()),
        ("sorted_by", (resource.sorted_by,)),
    ):
        for name in chosen:
            if name not in names:
                raise WrongDeclaration(
                    f'Resource "{resource.key}": {role} names "{name}", which is not one of {", ".join(names)}.'
                )
    for role, permission in (("view", resource.view), ("edit", resource.edit)):
        if not isinstance(permission, Permission):
            raise WrongDeclaration(f'Resource "{resource.key}": {role} must be a Permission, not {permission!r}.')
    _check_reach(resource)
    _check_nothing_missing(resource)


def _wrong(resource: Resource, wrong: Field, sentence: str) -> WrongDeclaration:
    return WrongDeclaration(f'Resource "{resource.key}", field "{wrong.name}": {sentence}.')


def _check_kind(resource: Resource, each: Field) -> None:
    if each.kind not in KINDS:
        raise _wrong(resource, each, f'kind "{each.kind}" is not known; use one of {", ".join(KINDS)}')
    if each.of and each.of not in REFERENCES:
        raise _wrong(resource, each, f'of "{each.of}" is not known; use one of {", ".join(REFERENCES)}')
    if each.kind == "choice" and bool(each.options) == bool(each.of):
        raise _wrong(resource, each, 'a choice needs either options or a reference in "of", and not both')
    values = [value for value, _title in each.options]
    if len(set(values)) != len(values):
        raise _wrong(resource, each, "an option stands twice")
    if each.default is not None and values and each.default not in values:
        raise _wrong(resource, each, f"the default {each.default!r} is not one of its options")
    if each.kind == "set" and (not each.of or each.through is None):
        raise _wrong(
            resource, each, 'a set needs "of" and the table it goes "through", as (table, own column, other column)'
        )


def _check_column(resource: Resource, each: Field) -> None:
    if each.kind == "set" and each.through is not None:
        link, *named = each.through
        for name in named:
            if name not in columns_of(link):
                raise _wrong(resource, each, f'{link.__name__} has no column "{name}"')
    if not each.has_column:
        return
    tables = [table for table in (resource.model, resource.period) if table is not None]
    if not any(each.attribute in columns_of(table) for table in tables):
        known = ", ".join(name for table in tables for name in columns_of(table))
        raise _wrong(resource, each, f'there is no column "{each.attribute}"; the tables have {known}')


def _check_dates(resource: Resource) -> None:
    if resource.period is not None and not resource.dated:
        raise WrongDeclaration(f'Resource "{resource.key}": it has a period table, so it must say dated=True.')
    table = resource.dated_table
    if table is not None and not issubclass(table, Dated):
        raise WrongDeclaration(
            f'Resource "{resource.key}": {table.__name__} is not Dated; it needs valid_from and valid_to.'
        )
    if resource.period is not None and resource.link not in columns_of(resource.period):
        raise WrongDeclaration(
            f'Resource "{resource.key}": link names "{resource.link}", '
            f"which is not a column of {resource.period.__name__}."
        )


def _check_reach(resource: Resource) -> None:
    scope = (resource.period or resource.model).row_scope
    if resource.reach is Reach.ROWS and not (scope.institution or scope.person or scope.seated or scope.through):
        raise WrongDeclaration(
            f'Resource "{resource.key}": reach "rows" needs a table whose row_scope names an institution or a person.'
        )
    if resource.reach is Reach.PERSON and "person_id" not in columns_of(resource.model):
        raise WrongDeclaration(f'Resource "{resource.key}": reach "person" needs a column "person_id" in its table.')


def _check_nothing_missing(resource: Resource) -> None:
    """A record could never be saved if a column that must be given has no field."""
    covered = {each.attribute for each in resource.fields} | {resource.link, "id", "valid_from", "valid_to"}
    covered |= MADE_BY_SERVICES
    if resource.parted or any(each.kind == "password" for each in resource.fields):
        return  # these are written by services of their own
    for table in (each for each in (resource.model, resource.period) if each is not None):
        for name, column in columns_of(table).items():
            given = column.nullable or column.server_default is not None or column.identity is not None
            if name not in covered and not given:
                raise WrongDeclaration(
                    f'Resource "{resource.key}": column "{name}" of {table.__name__} must be given, '
                    "but no field leads to it."
                )
