"""The job `retention`: what was superseded long ago is removed from the lake, so that it does not grow with every re-run.

A version is removed when a newer one took its place more than `BASIS_RETENTION_DAYS` before the business date of the run;
0 keeps all. The newest version of a date always stays, and a file stays as long as any version that stays names it. First the
pointers are marked, then the files go: killed between, the next run removes what is left.
"""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from jobs.job import Chunk, Job, Step, StepResult
from jobs.leader import fence
from portal.access.audit import record
from portal.access.identity import day_begins
from portal.database import database
from portal.lake import lake
from portal.permissions import NIGHTLY
from portal.sentence import Sentence
from portal.settings import settings


def remove_superseded(chunk: Chunk) -> StepResult:
    """Mark superseded versions of every dataset as vacuumed and remove the files that only they named."""
    days = settings().retention_days
    if days <= 0:
        return StepResult(message=Sentence("%(setting)s is 0: everything is kept", setting="BASIS_RETENTION_DAYS"))
    until = day_begins(chunk.last_date - dt.timedelta(days=days))
    with database().transaction(NIGHTLY) as session:
        fence(session)
        superseded: int = session.scalar(SUPERSEDED) or 0
    with database().owner.begin() as connection:  # the application's role may not change what was published
        marked = connection.execute(MARK, {"until": until}).all()
        named = connection.execute(ONLY_VACUUMED).all()
    gone = {row.dataset: lake().remove(row.dataset, row.files) for row in named}
    files = sum(map(len, gone.values()))
    if marked or files:
        dates = sorted({str(row.business_date) for row in marked})
        content = {
            "versions": len(marked),
            "dates": dates,
            "files": [name for names in gone.values() for name in names],
        }
        with database().transaction(NIGHTLY) as session:
            record(session, NIGHTLY, "vacuum", "lake", str(chunk.last_date), content)
    return StepResult(
        rows_in=superseded,
        rows_out=len(marked),
        rows_held=superseded - len(marked),
        message=Sentence(
            "removed %(versions)s superseded versions and %(files)s files", versions=len(marked), files=files
        ),
    )


RETENTION_JOB = Job("retention", _l("Retention"), (Step("vacuum", remove_superseded),))

SUPERSEDED = text("""
select count(*) from published old
where vacuumed_at is null and exists (
    select from published newer
    where newer.dataset = old.dataset and newer.business_date = old.business_date and newer.version > old.version)
""")
MARK = text("""
update published old set vacuumed_at = now()
where vacuumed_at is null and exists (
    select from published newer
    where newer.dataset = old.dataset and newer.business_date = old.business_date and newer.version > old.version
      and newer.published_at < :until)
returning dataset, business_date
""")
ONLY_VACUUMED = text("""
with named as (
    select dataset, file, bool_and(vacuumed_at is not null) as vacuumed
    from published, jsonb_array_elements_text(files) as file group by dataset, file
)
select dataset, array_agg(file order by file) as files from named where vacuumed group by dataset order by dataset
""")
