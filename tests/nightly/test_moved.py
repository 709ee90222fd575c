"""A whole installation is moved to another folder: what was published is read there, and the next night goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nightly.installation import Installation
from tests.nightly.test_closed_days import FRIDAY, MONDAY, SATURDAY, SUNDAY, write_bank


@pytest.mark.long
def test_an_installation_goes_on_in_another_folder(install: Callable[[], Installation], tmp_path: Path) -> None:
    folder = write_bank(tmp_path / "bank", ())
    bank = install()
    bank.basis("load", "folder", str(folder))
    bank.basis("run", "nightly", "--date", str(FRIDAY), "--to", str(SATURDAY))
    assert all(not str(file).startswith("/") for row in bank.ask("select files from published") for file in row[0])  # type: ignore[attr-defined]
    asked = (
        "report",
        "deposits",
        "--by",
        "HO",
        "--at",
        str(SATURDAY),
        "--measure",
        "balance,daily_average",
        "--format",
        "csv",
    )
    printed = bank.basis(*asked)
    bank.stop()
    moved = Installation(bank.var.rename(tmp_path / "moved"))
    try:
        assert moved.basis(*asked) == printed
        moved.basis("run", "nightly", "--date", str(SUNDAY), "--to", str(MONDAY))
        said = moved.basis(
            "report", "deposits", "--by", "HO", "--at", str(MONDAY), "--measure", "balance", "--format", "csv"
        )
        assert said.splitlines()[-1].split(",")[-1] == "1255.54"  # 1,000.00 + 55.55 - 0.01 + 200.00
        assert "The lake holds the figures of 2026-02-02" in moved.basis("doctor")
    finally:
        moved.stop()
        moved.var.rename(bank.var)
