"""A wrong declaration fails when it is made, and names what is wrong."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

import pytest

from portal.kit.resource import Field, Reach, Resource, WrongDeclaration
from portal.models.access import RolePermission
from portal.models.organisation import Institution, InstitutionPeriod
from portal.models.runs import SourceConfig
from portal.permissions import Permission
from portal.query.permission_titles import PERMISSION_TITLES
from portal.resources import RESOURCES
from portal.resources.institutions import INSTITUTIONS
from portal.services.areas import AREAS

GOOD: dict[str, Any] = {
    each.name: getattr(INSTITUTIONS, each.name) for each in fields_of(Resource) if each.name != "by_name"
}


def with_field(*more: Field) -> tuple[Field, ...]:
    return (*INSTITUTIONS.fields, *more)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fields": with_field(Field("size", "Size"))}, 'field "size": there is no column "size"'),
        ({"fields": with_field(Field("name", "Again"))}, 'field "name": is declared twice'),
        ({"fields": with_field(Field("x", "X", kind="tre"))}, 'field "x": kind "tre" is not known; use one of text'),
        ({"fields": with_field(Field("x", "X", kind="choice", column="name"))}, 'field "x": a choice needs'),
        (
            {"fields": with_field(Field("x", "X", kind="choice", column="name", of="branch"))},
            'of "branch" is not known',
        ),
        (
            {"fields": with_field(Field("x", "X", kind="choice", column="name", options=(("a", "A"), ("a", "B"))))},
            'field "x": an option stands twice',
        ),
        (
            {"fields": with_field(Field("x", "X", kind="choice", column="name", options=(("a", "A"),), default="b"))},
            "field \"x\": the default 'b' is not one of its options",
        ),
        ({"fields": with_field(Field("x", "X", kind="set", of="role"))}, 'field "x": a set needs'),
        (
            {
                "fields": with_field(
                    Field("x", "X", kind="set", of="role", through=(RolePermission, "role", "permission"))
                )
            },
            'field "x": RolePermission has no column "role"',
        ),
        (
            {"fields": INSTITUTIONS.fields[:-2], "sorted_by": "code"},
            'column "level_id" of InstitutionPeriod must be given, but no field',
        ),
        ({"identified_by": ("number",)}, 'identified_by names "number"'),
        ({"named_by": "title"}, 'named_by names "title"'),
        ({"sorted_by": "title"}, 'sorted_by names "title"'),
        ({"view": "institution.view"}, "view must be a Permission"),
        ({"dated": False}, "must say dated=True"),
        ({"link": "branch_id"}, 'link names "branch_id"'),
        ({"reach": Reach.ROWS}, 'reach "rows" needs'),
        ({"reach": Reach.PERSON}, 'reach "person" needs'),
        (
            {
                "model": SourceConfig,
                "period": None,
                "fields": (Field("code", "Code"), Field("name", "Code", column="code")),
            },
            "SourceConfig is not Dated",
        ),
    ],
)
def test_a_wrong_declaration_names_the_field(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongDeclaration) as caught:
        Resource(**(GOOD | change))
    assert sentence in str(caught.value)
    assert 'Resource "institutions"' in str(caught.value)


def test_the_good_declaration_is_good() -> None:
    assert Resource(**GOOD).period is InstitutionPeriod
    assert Resource(**GOOD).model is Institution


def test_every_resource_knows_its_tables() -> None:
    for key, resource in RESOURCES.items():
        assert resource.key == key
        assert resource.given
        assert isinstance(resource.view, Permission)
    assert set(AREAS) <= set(RESOURCES)


def test_every_permission_has_a_title() -> None:
    assert set(PERMISSION_TITLES) == set(Permission)
