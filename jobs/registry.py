"""The jobs this portal knows."""

from __future__ import annotations

from jobs.commission import COMMISSION_JOB
from jobs.intraday import INTRADAY_JOB
from jobs.job import Job
from jobs.nightly import NIGHTLY_JOB
from jobs.policies import POLICIES_JOB
from jobs.retention import RETENTION_JOB

JOBS: dict[str, Job] = {
    job.key: job for job in (NIGHTLY_JOB, POLICIES_JOB, INTRADAY_JOB, COMMISSION_JOB, RETENTION_JOB)
}


class UnknownJob(LookupError):
    """Somebody asked for a job that is not registered."""


def job_named(key: str) -> Job:
    """The job with this key."""
    if key not in JOBS:
        raise UnknownJob(f"There is no job {key!r}; the jobs are {', '.join(sorted(JOBS)) or 'none'}.")
    return JOBS[key]
