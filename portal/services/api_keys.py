"""Keys of other systems: made and revoked by administrators. The key itself is told once, to who made it, and kept nowhere."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from portal.access.keys import SHOWN_CHARACTERS, new_token
from portal.access.sessions import hash_of
from portal.models.api_keys import ApiKey, ApiKeyPermission
from portal.permissions import Permission
from portal.services.drafts import Draft
from portal.services.refusal import Refusal
from portal.services.writer import Writer

SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]*")


def create(writer: Writer, draft: Draft) -> str:
    """A new key; `writer.told_once` is what the other system has to send.

    Raises:
        Refusal: it comes from a file, where nobody would see the key; or a rule says no.
    """
    if draft.from_file:
        raise Refusal(_("Keys are made one by one: each is shown only once, to who makes it."), "code")
    check(writer, draft)
    if not SOURCE.fullmatch(str(draft.value("source"))):
        raise Refusal(_("A source is written in small letters, digits and . - _ without blanks."), "source")
    if writer.exists(ApiKey, ApiKey.code == draft.value("code")):
        raise Refusal(_("There is already a key %(name)s.", name=draft.value("code")), "code")
    token = new_token()
    row = ApiKey(
        code=draft.value("code"), source=draft.value("source"), token_hash=hash_of(token),
        begins_with=token[:SHOWN_CHARACTERS], first_day=draft.value("first_day"), last_day=draft.value("last_day"),
        active=draft.value("active"),
    )  # fmt: skip
    writer.session.add(row)
    writer.session.flush()
    writer.session.add_all(
        ApiKeyPermission(api_key_id=row.id, permission=one) for one in sorted(draft.value("permissions"))
    )
    writer.record("create", draft.resource.key, str(row.id), draft.told())
    writer.told_once = token
    return str(row.id)


def check(writer: Writer, draft: Draft) -> None:
    """Days in order, and nobody hands out more than they have themselves."""
    first, last = draft.value("first_day"), draft.value("last_day")
    if last is not None and first > last:
        raise Refusal(_("The last day lies before the first one."), "last_day")
    for one in draft.value("permissions"):
        writer.allow(Permission(one))
