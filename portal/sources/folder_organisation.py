"""The organisation from files: `organisation/institutions.csv` and its like, each optional.

A column that may be empty may also be left out. Dates without an end are left empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from portal.models.base import FAR_FUTURE
from portal.sentence import Sentence
from portal.sources import base, insurer
from portal.sources.base import EXCHANGE_RATE, RATE, SHARE, Organisation, SourceError
from portal.sources.conform import columns_of
from portal.sources.folder_files import FIRST_ROWS, Folder, read_file
from portal.sources.folder_options import FileOptions
from portal.sources.folder_rules import check_rows

TEXT, WHOLE, DAY = pa.string(), pa.int64(), pa.date32()
ENDINGS = ("csv", "parquet", "xlsx")


PERIOD = {"valid_from": DAY, "valid_to_": DAY}
FILES: dict[str, tuple[Callable[..., Any], pa.Schema]] = {
    "levels": (base.Level, columns_of(code=TEXT, name=TEXT, name_zh_=TEXT, depth=WHOLE, sales_team_=WHOLE)),
    "institutions": (
        base.Institution,
        columns_of(code=TEXT, name=TEXT, name_zh_=TEXT, level_code=TEXT, parent_code_=TEXT, **PERIOD),
    ),
    "people": (base.Person, columns_of(code=TEXT, name=TEXT, name_zh_=TEXT, phone_=TEXT, email_=TEXT)),
    "positions": (base.Position, columns_of(person_code=TEXT, institution_code=TEXT, kind=TEXT, **PERIOD)),
    "products": (base.Product, columns_of(code=TEXT, name=TEXT, name_zh_=TEXT, kind=TEXT, day_basis_=WHOLE)),
    "ftp_curves": (base.FtpCurve, columns_of(code=TEXT, name=TEXT, name_zh_=TEXT, currency=TEXT, kind_=TEXT)),
    "ftp_rates": (base.FtpRate, columns_of(curve_code_=TEXT, term_days=WHOLE, ftp_rate=RATE, **PERIOD)),
    "exchange_rates": (base.ExchangeRate, columns_of(currency=TEXT, exchange_rate=EXCHANGE_RATE, **PERIOD)),
    "calendar": (base.ClosedDay, columns_of(business_date=DAY, note_=TEXT)),
    "agents": (insurer.Agent, columns_of(person_code=TEXT, agent_no=TEXT, joined_on=DAY)),
    "agent_periods": (insurer.AgentPeriod, columns_of(agent_no=TEXT, channel=TEXT, rank=TEXT, origin=TEXT, **PERIOD)),
    "relations": (insurer.Relation, columns_of(kind=TEXT, agent_no=TEXT, from_agent_no=TEXT, **PERIOD)),
    "insurance_products": (
        insurer.InsuranceProduct,
        columns_of(code=TEXT, line=TEXT, name=TEXT, name_zh_=TEXT, payment_terms=TEXT, **PERIOD),
    ),
}
SHARE_AS_SENT = pa.schema([field.with_nullable(field.nullable or field.name == "valid_to") for field in SHARE])
REFERENCES = (  # file, column, the file whose codes it names, and how that file calls them
    ("institutions", "level_code", "levels", "code"),
    ("institutions", "parent_code", "institutions", "code"),
    ("positions", "person_code", "people", "code"),
    ("positions", "institution_code", "institutions", "code"),
    ("ftp_rates", "curve_code", "ftp_curves", "code"),
    ("agents", "person_code", "people", "code"),
    ("agent_periods", "agent_no", "agents", "agent_no"),
    ("relations", "agent_no", "agents", "agent_no"),
    ("relations", "from_agent_no", "agents", "agent_no"),
)


def read_organisation(folder: Folder, options: FileOptions) -> Organisation:
    """The organisation that the folder holds; files that are not there give empty lists. Raises SourceError."""
    present = set(folder.paths())
    lists: dict[str, list[Any]] = {}
    paths: dict[str, str] = {}
    for name, (build, schema) in FILES.items():
        paths[name] = _path(name, options, present)
        rows = read_file(folder, paths[name], options, schema).to_pylist() if paths[name] else []
        lists[name] = [build(**filled(row)) for row in rows]
    for name, column, named, code in REFERENCES:
        _refuse_unknown(lists[name], column, {getattr(row, code) for row in lists[named]}, paths[name])
    check_rows(lists, lambda name, at, column, reason: _fault(paths[name], at, column, reason))
    shares = SHARE.empty_table()
    share_path = _path("shares", options, present)
    if share_path:
        shares = _ended(read_file(folder, share_path, options, SHARE_AS_SENT))
    return Organisation(shares=shares, **lists)


def _path(name: str, options: FileOptions, present: set[str]) -> str:
    for ending in ENDINGS:
        if (path := f"{options.pattern}/{name}.{ending}") in present:
            return path
    return ""


def filled(row: dict[str, Any]) -> dict[str, Any]:
    """A row for its class: no Chinese name is an empty one, a root has no parent, all else falls to the default."""
    kept = {key: value for key, value in row.items() if value is not None or key == "parent_code"}
    return {"name_zh": "", **kept} if "name_zh" in row else kept


def _refuse_unknown(rows: list[Any], column: str, known: set[str], path: str) -> None:
    for number, row in enumerate(rows):
        code = getattr(row, column)
        if code is not None and code not in known:
            reason = Sentence("%(code)s is not a code that the organisation has.", code=repr(code))
            raise _fault(path, number, column, reason)


def _fault(path: str, number: int, column: str, reason: Sentence) -> SourceError:
    """What is wrong with a row, by the number a person sees beside it."""
    return SourceError(reason, path, FIRST_ROWS[path.rsplit(".", 1)[-1]] + number, column)


def _ended(shares: pa.Table) -> pa.Table:
    ends = shares.column("valid_to").fill_null(pa.scalar(FAR_FUTURE, pa.date32()))
    return shares.set_column(shares.column_names.index("valid_to"), SHARE.field("valid_to"), ends).cast(SHARE)
