"""Pointers name files below the lake: those of before are rewritten, those of another lake keep their addresses."""

from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from portal.database import database
from portal.lake import Lake, lake, readable
from portal.models.runs import Published, Run
from portal.permissions import LOCAL_OPERATOR
from portal.services.writer import writing
from tests.jobs.conftest import Toy

DAY = dt.date(2024, 1, 1)


def test_a_file_is_named_below_its_lake_and_found_wherever_the_lake_is(tmp_path: Path) -> None:
    staged = tmp_path / "staged.parquet"
    pq.write_table(pa.table({"amount": [1, 2]}), staged)
    before, after = Lake(str(tmp_path / "before")), Lake(str(tmp_path / "after"))
    file = before.put("figures", staged, "one.parquet", "one")
    assert file == "figures/one.parquet"
    (tmp_path / "before").rename(tmp_path / "after")
    assert pq.read_table(after.address(file)).num_rows == 2
    assert after.put("figures", staged, "two.parquet", "two") == "figures/two.parquet", "the table goes on where it is"
    assert after.put("figures", staged, "two.parquet", "two") == "figures/two.parquet", "and knows what it committed"
    assert after.remove("figures", [file]) == ["one.parquet"]


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("figures/one.parquet", "s3://bank/lake/figures/one.parquet"),
        ("/elsewhere/figures/one.parquet", "/elsewhere/figures/one.parquet"),
        ("/elsewhere/fig%20ures/one.parquet", "/elsewhere/fig ures/one.parquet"),
        ("gs://other/figures/one.parquet", "gs://other/figures/one.parquet"),
    ],
)
def test_an_address_of_its_own_wins_over_the_lakes(file: str, address: str) -> None:
    assert Lake("s3://bank/lake").address(file) == address


def test_the_pointers_of_before_are_rewritten(toy_job: Toy) -> None:
    here = lake().url
    named = [f"{here}/figures/one.parquet", f"{here}-old/figures/two.parquet", "figures/three.parquet"]
    migration = importlib.import_module("portal.migrations.versions.0016_files_of_the_lake")
    with writing(LOCAL_OPERATOR) as writer:
        run = Run(job=toy_job.key, business_date=DAY, attempt=1, status="published", requested_by="tests")
        writer.session.add(run)
        writer.session.flush()
        writer.session.add(
            Published(
                dataset=toy_job.key,
                business_date=DAY,
                version=1,
                run_id=run.id,
                files=named,
                row_count=0,
                content_hash="",
            )
        )
    for _twice in range(2):
        with database().owner.begin() as connection:
            connection.execute(migration.WITHOUT_THE_LAKE, {"lake": f"{here}/"})
        files = toy_job.rows("select files from published where dataset = :job")[0][0]
        assert files == ["figures/one.parquet", named[1], "figures/three.parquet"]
    assert readable(files) == [named[0], named[1], f"{here}/figures/three.parquet"]
