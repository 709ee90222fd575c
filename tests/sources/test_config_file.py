"""Options of a source from a file: nested ones reach the adapter, and nothing but values is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from portal.cli.run import _options_in
from portal.sources.folder_options import folder_options

NESTED = """
encoding: gb18030
first_date: 2026-01-31
movement:
  pattern: "MOV_{date:%Y%m%d}.txt"
  columns: {movement_id: TXN_NO}
"""


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_nested_options_reach_the_adapter(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"bank.{form}"
    file.write_text(NESTED)
    if form == "json":
        file.write_text(json.dumps(_options_in(file)))
    read = _options_in(file)
    assert read["first_date"] == "2026-01-31"  # a configuration keeps texts
    options = folder_options(read)
    assert (
        options.files["movement"].columns == {"movement_id": "TXN_NO"}
        and options.files["account"].encoding == "gb18030"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("!!python/object/apply:os.system ['true']", "neither YAML nor JSON"),
        ("- a list", "does not hold names and values"),
        ("{movement: {pattern: ", "neither YAML nor JSON"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_set_of_values_is_refused(
    tmp_path: Path, content: str | None, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bank.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(typer.Exit):
        _options_in(file)
    assert sentence in capsys.readouterr().err
