"""Resources on screen: what declarations are made of, and the addresses of their pages."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from portal.query.resource import Field, Reach, Resource, WrongDeclaration

__all__ = [
    "NEW",
    "Field",
    "Reach",
    "Resource",
    "WrongDeclaration",
    "export_href",
    "import_href",
    "list_href",
    "record_href",
]

ROOT = "/admin"
NEW = "new"
IMPORT = "import"


def list_href(resource: Resource, **query: str) -> str:
    """The list, with what the address says about it."""
    return _with_query(f"{ROOT}/{resource.key}", query)


def record_href(resource: Resource, key: str, **query: str) -> str:
    """The form of one record; `NEW` for one that is to be made."""
    return _with_query(f"{ROOT}/{resource.key}/{quote(key, safe='')}", query)


def import_href(resource: Resource) -> str:
    """Where a file is brought in."""
    return f"{ROOT}/{resource.key}/{IMPORT}"


def export_href(resource: Resource, kind: str, **query: str) -> str:
    """The list as a file, `xlsx` or `csv`, with the filters of the address."""
    return _with_query(f"/export/{resource.key}.{kind}", query)


def _with_query(path: str, query: dict[str, str]) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
