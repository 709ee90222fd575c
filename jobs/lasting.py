"""The short way of a night: accounts of which something changed are computed, of all others yesterday's lines last.

It needs what the day before was computed from, in the folder its chunk left behind. Where that is not there to compare
with, or a sum begins anew, every account is computed. Both ways publish the same content.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from calc import Engine, fingerprint
from jobs.job import Chunk, Refused, folder_of
from jobs.opening import unfold_opening
from portal.database import database
from portal.permissions import NIGHTLY
from portal.query.pins import pin, published_dates
from portal.sentence import Sentence

MOST_CHANGED = Decimal("0.3")  # of the rows of accounts; from there on the long way is the quicker one
DELIVERED = {
    "account": "download", "share": "download", "position": "download", "product": "download", "reporting": "download",
    "price": "gate",
}  # fmt: skip
FINGERPRINT, COMPARED_WITH = "fingerprint.txt", "compared_with.txt"


def narrow(engine: Engine, chunk: Chunk) -> Sentence:
    """Leave the engine only the accounts of which something changed, where that can be told; says which way is gone.

    Expects what was downloaded, `opening_line` and `price`.
    """
    folder = chunk.folder / "gate"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPARED_WITH).unlink(missing_ok=True)  # of a try that was killed
    (folder / FINGERPRINT).write_text(calculation())
    before = day_before(chunk)
    if why := _why_all(chunk, before):
        return Sentence("all accounts are computed: %(why)s", why=why)
    for name, step in DELIVERED.items():
        engine.give_files(f"{name}_before", [folder_of(before) / step / f"{name}.parquet"])
    engine.make("changed_holding")
    changed = engine.make("changed_account")
    told = f"{changed:,}"
    if changed > engine.rows("account") * MOST_CHANGED:
        why = Sentence("%(changed)s accounts changed", changed=told)
        return Sentence("all accounts are computed: %(why)s", why=why)
    engine.keep_of("account", "changed_account")
    engine.keep_of("opening_line", "changed_account")
    unfold_opening(engine, chunk)
    for name in ("changed_account", "account", "opening"):
        engine.save(name, folder / f"{name}.parquet")
    (folder / COMPARED_WITH).write_text(before)
    return Sentence("%(changed)s accounts changed, of the others yesterday's lines last", changed=told)


def goes_short(chunk: Chunk) -> bool:
    """Whether the gate left only the accounts of which something changed."""
    return (chunk.folder / "gate" / COMPARED_WITH).exists()


def accounts_of(chunk: Chunk) -> Path:
    """The accounts to be computed: those that changed, or all."""
    return chunk.folder / ("gate" if goes_short(chunk) else "download") / "account.parquet"


def give_changed(engine: Engine, chunk: Chunk) -> None:
    """Offer what the gate left of the accounts that changed; what all others last from must be as it was then."""
    folder = chunk.folder / "gate"
    if (folder / COMPARED_WITH).read_text() != day_before(chunk) or (folder / FINGERPRINT).read_text() != calculation():
        raise Refused(
            Sentence("The day before %(day)s, or how days are computed, has changed since its accounts were compared with "
                     "it; run %(day)s again from its first step.", day=chunk.first_date)
        )  # fmt: skip
    for name in ("changed_account", "opening"):
        engine.give_files(name, [folder / f"{name}.parquet"])


def day_before(chunk: Chunk) -> str:
    """The id of the chunk that published what these days grow from; empty when there is none or it went on further."""
    before = chunk.first_date - dt.timedelta(days=1)
    with database().transaction(NIGHTLY) as session:
        found = pin(session, ["credit_day"], [before]).get(("credit_day", before))
        if found is None:
            return ""
        return session.scalar(CHUNK_THAT_ENDED, {"run": found.run_id, "day": before}) or ""


def calculation() -> str:
    """What tells the version of the calculation that computes a night."""
    return fingerprint("accounts", "attribution")


def _why_all(chunk: Chunk, before: str) -> Sentence | None:
    if chunk.first_date.timetuple().tm_yday == 1:
        return Sentence("a year begins")
    with database().transaction(NIGHTLY) as session:
        if published_dates(session, "credit_day", chunk.dates):
            return Sentence("they were computed before")
    there = before and all((folder_of(before) / step / f"{name}.parquet").exists() for name, step in DELIVERED.items())
    if not there:
        return Sentence("what the day before was computed from is not kept")
    mark = folder_of(before) / "gate" / FINGERPRINT
    if not mark.exists() or mark.read_text() != calculation():
        return Sentence("the day before was computed by another version")
    return None


CHUNK_THAT_ENDED = text("""
select chunk from run where id = :run and chunk <> ''
and not exists (select from run later where later.chunk = run.chunk and later.business_date > :day)
""")
