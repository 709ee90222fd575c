"""Bring a source's organisation into PostgreSQL, once, in one transaction; and open a configured source.

The caller's session must see all rows: `database().transaction(LOCAL_OPERATOR)`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from portal.access.audit import record
from portal.models import organisation as tables
from portal.models.agents import InsuranceProduct
from portal.models.among import among
from portal.models.runs import SourceConfig
from portal.permissions import LOCAL_OPERATOR, Actor
from portal.sentence import Sentence
from portal.settings import settings
from portal.sources.base import Family, Organisation, Source, SourceError
from portal.sources.load_agents import LoadError, write_sales_force
from portal.sources.load_curves import write_curves

LOAD_LOCK = 7_301_012
STAFF = {"institution": "institutions", "person": "people", "position": "positions"}
EXPECTED: dict[Family, dict[str, str]] = {  # what a source of a family usually brings, by table, as people call it
    "bank": {**STAFF, "product": "products", "ftp_rate": "internal prices", "share": "shares"},
    "insurer": {**STAFF, "agent": "agents", "agent_period": "contracts", "insurance_product": "insurance products"},
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows written by table, or that the source was there already."""

    code: str
    first_date: dt.date | None
    last_date: dt.date | None
    already: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # of what a source of its family usually brings

    def told(self) -> list[str]:
        """What became of it, in sentences: what was loaded, what it did not bring, and for which days it delivers."""
        days = (
            f"It delivers {self.first_date} to {self.last_date}."
            if self.last_date
            else f"It delivers from {self.first_date} on."
        )
        if self.already:
            return [f"{self.code} was loaded already: nothing was changed.", days]
        written = ", ".join(f"{rows} {table.replace('_', ' ')} rows" for table, rows in self.rows.items() if rows)
        said = [f"Loaded {self.code}: {written}." if written else
                f"The source {self.code} is known now, and nothing was loaded: it brings no organisation."]  # fmt: skip
        if self.missing:
            said.append(
                f"It brings no {', no '.join(self.missing)}. What is needed of them is entered or imported in Administration."
            )
        return [*said, days]


def open_source(config: SourceConfig) -> Source:
    """The source that a configuration names; adapters are imported when they are asked for.

    Raises SourceError for an unknown adapter and for options that it does not understand.
    """
    options = dict(config.options or {})
    try:
        if config.adapter == "berka":
            from portal.sources.berka import BerkaSource

            return BerkaSource(config.location, **options)
        if config.adapter == "demo":
            from portal.sources.demo import demo_bank

            return demo_bank(**options)
        if config.adapter == "demo_insurer":
            from portal.sources.demo_insurer import demo_insurer

            return demo_insurer(**options)
        if config.adapter == "folder":
            from portal.sources.folder import FolderSource

            return FolderSource(config.location, options)
    except (TypeError, ValueError) as error:
        reason = Sentence("The options of source %(code)s do not fit its adapter %(adapter)s: %(error)s.",
                          code=repr(config.code), adapter=config.adapter, error=str(error))  # fmt: skip
        raise SourceError(reason) from error
    raise SourceError(
        Sentence("There is no source adapter %(name)s; there are %(known)s.",
                 name=repr(config.adapter), known="berka, demo, demo_insurer, folder")
    )  # fmt: skip


def load_organisation(
    session: Session,
    source: Source,
    name: str,
    location: str = "",
    options: Mapping[str, Any] | None = None,
    actor: Actor = LOCAL_OPERATOR,
) -> Loaded:
    """Write institutions, people, positions, products, FTP rates, shares, closed days and the source's configuration.

    A second call with the same name, adapter, location and options changes nothing and says so. Raises LoadError when
    another source already filled the installation, SourceError when the source cannot deliver its organisation.
    """
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOAD_LOCK})
    chosen = {"adapter": source.code, "location": location, "options": dict(options or {})}
    before = session.scalar(select(SourceConfig).where(SourceConfig.code == name))
    if before is not None:
        if {key: getattr(before, key) for key in chosen} != chosen:
            raise LoadError(f"A source {name!r} is there already with another place or options; change it in Sources.")
        return Loaded(name, before.first_date, before.last_date, already=True)
    organisation = source.organisation()
    first, last = source.dates()
    rows = write_organisation(session, organisation, settings().reporting_currency or source.home_currency)
    last_date = None if source.continues else last
    session.add(SourceConfig(code=name, family=source.family, first_date=first, last_date=last_date, **chosen))
    session.flush()
    record(session, actor, "load", "source", name, {**chosen, "first_date": first, "last_date": last, "rows": rows})
    missing = tuple(words for table, words in EXPECTED[source.family].items() if not rows[table])
    return Loaded(name, first, last_date, rows=rows, missing=missing)


def write_organisation(session: Session, organisation: Organisation, currency: str = "CNY") -> dict[str, int]:
    """Write an organisation into a database that does not hold its codes yet; the rows written by table.

    Internal prices that name no curve are those of `currency`.
    """
    _refuse_known(session, organisation)
    levels = _add(session, tables.InstitutionLevel, map(asdict, organisation.levels))
    codes = dict.fromkeys(institution.code for institution in organisation.institutions)
    institutions = _add(session, tables.Institution, ({"code": code} for code in codes))
    institutions |= _institutions_above(session, organisation)
    periods = [
        {
            "institution_id": institutions[one.code],
            "parent_id": institutions[one.parent_code] if one.parent_code else None,
            "level_id": levels[one.level_code],
            **_only(one, "name", "name_zh", "valid_from", "valid_to"),
        }
        for one in organisation.institutions
    ]
    _add(session, tables.InstitutionPeriod, periods, by_code=False)
    people = _add(session, tables.Person, map(asdict, organisation.people))
    positions = [
        {
            "person_id": people[one.person_code],
            "institution_id": institutions[one.institution_code],
            **_only(one, "kind", "valid_from", "valid_to"),
        }
        for one in organisation.positions
    ]
    _add(session, tables.Position, positions, by_code=False)
    _add(session, tables.Product, map(asdict, organisation.products))
    write_curves(session, organisation, currency)
    named = dict.fromkeys(one.currency for one in organisation.exchange_rates)
    currencies = _add(session, tables.Currency, ({"code": code} for code in named))
    rates = [
        {"currency_id": currencies[one.currency], **_only(one, "exchange_rate", "valid_from", "valid_to")}
        for one in organisation.exchange_rates
    ]
    _add(session, tables.ExchangeRate, rates, by_code=False)
    closed = [{**asdict(day), "is_open": False} for day in organisation.calendar]
    _add(session, tables.BusinessDay, closed, by_code=False)
    return {
        "institution": len(codes),
        "person": len(people),
        "position": len(positions),
        "product": len(organisation.products),
        "ftp_rate": len(organisation.ftp_rates),
        "exchange_rate": len(rates),
        "business_day": len(closed),
        "share": write_shares(session, organisation.shares),
        **write_sales_force(session, organisation, people),
    }


def write_shares(session: Session, shares: pa.Table) -> int:
    """Write share rows (`base.SHARE`); the number of rows after splitting.

    A share carries the institution where its person sits: it is split on the days the person moves. Raises LoadError
    when a person has no position on a day of the share.
    """
    if not shares.num_rows:
        return 0
    session.execute(text(SHARES_TO_LOAD))
    lines = BytesIO()
    pacsv.write_csv(shares, lines, pacsv.WriteOptions(include_header=False))
    # row policies forbid COPY into the table itself, so it goes through a temporary one
    cursor = session.connection().connection.driver_connection.cursor()  # type: ignore[union-attr]
    with cursor, cursor.copy("copy share_to_load from stdin (format csv)") as copy:
        copy.write(lines.getvalue())
    homeless = session.execute(text(SHARES_WITHOUT_POSITION)).first()
    if homeless is not None:
        person, since = homeless.person_code, homeless.valid_from
        raise LoadError(f"Person {person} has a share from {since} on, but no position on all its days.")
    written: int = session.execute(text(SHARES_BY_POSITION)).rowcount  # type: ignore[attr-defined]
    session.execute(text("drop table share_to_load"))
    return written


SHARES_TO_LOAD = """
create temp table share_to_load (
    customer_id bigint, account_id bigint, role text, person_code text,
    ratio numeric(9, 6), valid_from date, valid_to date
) on commit drop
"""

SHARES_WITHOUT_POSITION = """
select person_code, valid_from
from share_to_load as given
where valid_to - valid_from > (
    select coalesce(sum(least(given.valid_to, position.valid_to) - greatest(given.valid_from, position.valid_from)), 0)
    from position join person on person.id = position.person_id
    where person.code = given.person_code
    and position.valid_from < given.valid_to and given.valid_from < position.valid_to
)
order by person_code, valid_from limit 1
"""

SHARES_BY_POSITION = """
insert into share (customer_id, account_id, role, person_id, institution_id, ratio, valid_from, valid_to)
select given.customer_id, given.account_id, given.role, person.id, position.institution_id, given.ratio,
       greatest(given.valid_from, position.valid_from), least(given.valid_to, position.valid_to)
from share_to_load as given
join person on person.code = given.person_code
join position on position.person_id = person.id
    and position.valid_from < given.valid_to and given.valid_from < position.valid_to
order by given.customer_id, given.account_id, given.role, given.valid_from, person.id
"""


def _refuse_known(session: Session, organisation: Organisation) -> None:
    """Two banks in one installation would mix their codes: the second is refused by name."""
    for model, given in (
        (tables.Institution, organisation.institutions),
        (tables.Person, organisation.people),
        (tables.Product, organisation.products),
        (InsuranceProduct, organisation.insurance_products),
    ):
        codes = {one.code for one in given}
        known = session.scalar(select(model.code).where(among(model.code, codes)).order_by(model.code).limit(1))
        if known is not None:
            raise LoadError(
                f"{model.__name__} {known} is there already, from another source or by hand: "
                "load into an empty installation (choose another BASIS_VAR or DATABASE_URL)."
            )


def _institutions_above(session: Session, organisation: Organisation) -> dict[str, int]:
    """The institutions that others of the house loaded and this organisation stands under, by code.

    Raises LoadError for a parent that nobody knows.
    """
    own = {one.code for one in organisation.institutions}
    wanted = {one.parent_code for one in organisation.institutions if one.parent_code} - own
    if not wanted:
        return {}
    chosen = select(tables.Institution.code, tables.Institution.id).where(among(tables.Institution.code, wanted))
    found = {row.code: row.id for row in session.execute(chosen)}
    if missing := sorted(wanted - set(found)):
        raise LoadError(f"Institution {missing[0]} is to stand above others, but it is not known.")
    return found


def _add(session: Session, model: Any, rows: Iterable[Mapping[str, Any]], *, by_code: bool = True) -> dict[str, int]:
    """Insert rows in their order; the new ids by code where the table has codes."""
    listed = list(rows)
    if not listed:
        return {}
    if not by_code:
        session.execute(insert(model), listed)
        return {}
    found = session.execute(insert(model).returning(model.code, model.id, sort_by_parameter_order=True), listed)
    return {row.code: row.id for row in found}


def _only(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
