"""Retention: what was superseded long ago goes, with the files only it named; the newest version always stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs import scheduler
from jobs.job import Chunk
from jobs.retention import RETENTION_JOB
from jobs.runner import run_chunk
from portal.lake import lake
from portal.models.runs import Published, Run, RunStatus
from portal.permissions import LOCAL_OPERATOR
from portal.query.pins import NotPublished, pin
from portal.query.reader import reading
from portal.services.writer import writing
from portal.settings import settings
from tests.jobs.conftest import Toy

FIRST, SECOND = dt.date(2024, 1, 1), dt.date(2024, 1, 2)
OLD, YOUNG = dt.datetime(2024, 1, 5, tzinfo=dt.UTC), dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
TODAY = dt.date(2024, 3, 5)


@pytest.fixture
def kept_days(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("BASIS_RETENTION_DAYS", "30")
    settings.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def versions(toy_job: Toy, tmp_path: Path) -> dict[str, Path]:
    """Versions 1 and 2 of two dates in a file each, version 3 of the second date in one of its own, by file name."""
    staged = tmp_path / "staged.parquet"
    pq.write_table(pa.table({"amount": [1, 2]}), staged)
    places = {name: lake().put(toy_job.key, staged, f"{name}.parquet", f"{toy_job.key} {name}") for name in "abc"}
    with writing(LOCAL_OPERATOR) as writer:
        run = Run(job=toy_job.key, business_date=FIRST, attempt=1, status="published", requested_by="tests")
        writer.session.add(run)
        writer.session.flush()
        for day, version, name, at in (
            (FIRST, 1, "a", OLD), (SECOND, 1, "a", OLD), (FIRST, 2, "b", OLD), (SECOND, 2, "b", OLD), (SECOND, 3, "c", YOUNG),
        ):  # fmt: skip
            writer.session.add(
                Published(dataset=toy_job.key, business_date=day, version=version, run_id=run.id, files=[places[name]],
                          row_count=2, content_hash=name, published_at=at)
            )  # fmt: skip
    return {name: Path(lake().address(place)) for name, place in places.items()}


def left(toy_job: Toy) -> list[tuple[str, int]]:
    rows = toy_job.rows(
        "select business_date, version from published where dataset = :job and vacuumed_at is null order by 1, 2"
    )
    return [(str(day), version) for day, version in rows]


EVERY = [("2024-01-01", 1), ("2024-01-01", 2), ("2024-01-02", 1), ("2024-01-02", 2), ("2024-01-02", 3)]


def test_only_what_was_superseded_long_enough_ago_goes(
    toy_job: Toy, versions: dict[str, Path], kept_days: pytest.MonkeyPatch
) -> None:
    with kept_days.context() as everything:
        everything.setenv("BASIS_RETENTION_DAYS", "0")
        settings.cache_clear()
        assert run_chunk(RETENTION_JOB, Chunk.of("retention", [TODAY], 1)) is RunStatus.PUBLISHED
        assert left(toy_job) == EVERY and all(file.exists() for file in versions.values()), "0 keeps all"
    settings.cache_clear()
    assert run_chunk(RETENTION_JOB, Chunk.of("retention", [TODAY], 2)) is RunStatus.PUBLISHED
    assert left(toy_job) == [("2024-01-01", 2), ("2024-01-02", 2), ("2024-01-02", 3)]
    assert {name for name, file in versions.items() if file.exists()} == {"b", "c"}
    said = toy_job.rows(
        "select message, rows_in, rows_out, rows_held from run_step where chunk = 'retention:2024-03-05:2'"
    )
    assert said[0].message == "removed 2 superseded versions and 1 files"
    assert said[0].rows_in == said[0].rows_out + said[0].rows_held
    audited = toy_job.rows("select content from audit_entry where action = 'vacuum' order by id desc limit 1")
    assert audited[0].content["dates"] == ["2024-01-01", "2024-01-02"] and audited[0].content["files"] == ["a.parquet"]
    with reading(LOCAL_OPERATOR, known_on=OLD) as reader:
        assert pin(reader.session, [toy_job.key], [FIRST], OLD)[toy_job.key, FIRST].version == 2


def test_a_file_stays_while_a_version_that_stays_names_it(
    toy_job: Toy, versions: dict[str, Path], kept_days: pytest.MonkeyPatch
) -> None:
    run_chunk(RETENTION_JOB, Chunk.of("retention", [dt.date(2024, 6, 1)], 1))
    assert left(toy_job) == [("2024-01-01", 2), ("2024-01-02", 3)]
    assert versions["b"].exists(), "the first date's newest version is in it"


def test_killed_after_marking_it_removes_the_files_the_next_time(
    toy_job: Toy, versions: dict[str, Path], kept_days: pytest.MonkeyPatch
) -> None:
    with toy_job.database.owner.begin() as connection:
        connection.exec_driver_sql(
            f"update published set vacuumed_at = now() where dataset = '{toy_job.key}' and version = 1"
        )
    assert versions["a"].exists()
    run_chunk(RETENTION_JOB, Chunk.of("retention", [TODAY], 3))
    assert not versions["a"].exists()


def test_what_is_gone_says_so(toy_job: Toy, versions: dict[str, Path], kept_days: pytest.MonkeyPatch) -> None:
    run_chunk(RETENTION_JOB, Chunk.of("retention", [dt.date(2024, 6, 2)], 1))
    with reading(LOCAL_OPERATOR, known_on=OLD) as reader, pytest.raises(NotPublished, match="no longer kept"):
        reader.pins(toy_job.key, [SECOND])


def test_it_is_due_once_a_date_and_only_when_something_may_go(toy_job: Toy, kept_days: pytest.MonkeyPatch) -> None:
    kept_days.setattr(scheduler, "RETENTION_KEY", toy_job.key)
    kept_days.setattr(scheduler, "due_dates", lambda *_: [])
    kept_days.setattr(scheduler, "now", lambda: dt.datetime(2024, 3, 6, 6, tzinfo=dt.UTC))
    scheduler.tick()
    scheduler.tick()
    assert toy_job.statuses() == [("2024-03-05", 1, "requested")]
