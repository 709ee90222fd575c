"""The second lock: row policies and grants, generated from what each table declares as its `row_scope`.

The first lock is the reading layer, which adds the scope to every query. This one holds even where a query forgot it:
the application's role sees only rows of its transaction's institutions and person. No scope set means no rows.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from portal.models import Base, RowScope
from portal.postgres import SEES_ALL

# read once a question, not once a row: a sub-query of its own is worked out before the rows, and hashed
INSTITUTIONS = "select unnest(coalesce(nullif(current_setting('basis.institutions', true), ''), '{}')::bigint[])"
PERSON = "select coalesce(nullif(current_setting('basis.person', true), ''), '0')::bigint"
# forced policies bind the owner, too: the trigger share_totals reads as the owner, retention marks what it removed
BY_OWNER = {"share": ("select",), "published": ("select", "update")}
# published rows are only marked as vacuumed, by the owner
APPEND_ONLY = {"audit_entry", "published", "approval_decision", "approval_comment", "approval_attachment"}


class UndeclaredScope(TypeError):
    """A table says nothing about who may see its rows."""


def predicate(table: str, scope: RowScope) -> str:
    """The condition under which a scoped role sees a row."""
    if scope.public or scope.internal:
        return "true"
    ways = []
    if scope.institution:
        ways.append(f"{scope.institution} in ({INSTITUTIONS})")
    if scope.person:
        ways.append(f"{scope.person} = ({PERSON})")
    if scope.seated:
        # the policy of `position` holds inside the sub-query too: only positions that the role sees are found
        then = f" and seat.valid_from < {table}.valid_to and seat.valid_to > {table}.valid_from" if scope.held else ""
        ways.append(f"exists (select from position seat where seat.person_id = {table}.{scope.seated}{then})")
    if scope.through:
        column, parent = scope.through
        ways.append(f"{column} in (select id from {parent})")
    if not ways:
        raise UndeclaredScope("A row scope must be public, internal, or say which column leads to whom.")
    return " or ".join(ways)


def declared_scopes() -> dict[str, RowScope]:
    """Every table with its scope; a table without one is an error."""
    scopes = {}
    for mapper in Base.registry.mappers:
        scope = mapper.class_.__dict__.get("row_scope")
        if scope is None:
            raise UndeclaredScope(f"{mapper.class_.__name__} declares no row_scope: say who may see its rows.")
        scopes[mapper.class_.__tablename__] = scope
    return scopes


def apply_row_policies(connection: Connection, application: str) -> None:
    """Replace all policies and grants by the declared ones."""
    connection.execute(text(f'grant usage on schema public to "{application}", "{SEES_ALL}"'))
    for table, scope in sorted(declared_scopes().items()):
        for role, condition in ((application, predicate(table, scope)), (SEES_ALL, "true")):
            policy = f"{table}_{'all' if role == SEES_ALL else 'scope'}"
            connection.execute(text(f'drop policy if exists "{policy}" on "{table}"'))
            connection.execute(
                text(f'create policy "{policy}" on "{table}" to "{role}" using ({condition}) with check ({condition})')
            )
            rights = "select, insert" if table in APPEND_ONLY else "select, insert, update, delete"
            connection.execute(text(f'revoke all on "{table}" from "{role}"'))
            connection.execute(text(f'grant {rights} on "{table}" to "{role}"'))
        for action in BY_OWNER.get(table, ()):
            policy = f"{table}_owner" if action == "select" else f"{table}_owner_{action}"
            connection.execute(text(f'drop policy if exists "{policy}" on "{table}"'))
            connection.execute(text(f'create policy "{policy}" on "{table}" for {action} to current_user using (true)'))
        connection.execute(text(f'alter table "{table}" enable row level security'))
        connection.execute(text(f'alter table "{table}" force row level security'))
    connection.execute(text(f'grant usage, select on all sequences in schema public to "{application}", "{SEES_ALL}"'))
