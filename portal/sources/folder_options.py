"""How a bank's folder is read, as data: which file holds what, and how its columns, numbers and dates are written.

Example::

    {"encoding": "gb18030", "delimiter": "|", "date_format": "%d.%m.%Y", "decimal": ",",
     "movement": {"pattern": "MOV_{date:%Y%m%d}.txt", "columns": {"movement_id": "TXN_NO"},
                  "control": "MOV_{date:%Y%m%d}.ctl"},
     "account": {"columns": {"repriced_on": "REPRICE_DT"}}}

A column that may be empty, such as `repriced_on`, may also be left out of a file.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from portal.sentence import Sentence
from portal.sources.base import DATASETS, Family, SourceError

ENCODINGS = {
    "ascii",
    "utf-8",
    "gbk",
    "gb18030",
    "gb2312",
    "big5",
    "cp1250",
    "cp1252",
    "iso8859-1",
    "iso8859-2",
}
BESIDE = ("organisation", "sales_force", "teams")
DATE_PLACE = re.compile(r"\{date:([^{}]*)\}")
DATE_PARTS = {"%Y": "[0-9]{4}", "%m": "[0-9]{2}", "%d": "[0-9]{2}"}


class OptionError(ValueError):
    """An option that cannot be, with the sentence that says why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


class Style(BaseModel):
    """How cells are written; parquet files and typed cells of spreadsheets need none of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: str = "utf-8"
    delimiter: str = Field(default=",", pattern=r"^[\t ,;:|~^!#$%&*/\\]$")
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    date_format: str = "%Y-%m-%d"
    trim: bool = False  # spaces around a cell belong to a fixed width, not to the cell
    sheet: str = ""  # of a spreadsheet; the first one when empty

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            known = codecs.lookup(name).name
        except LookupError:
            known = ""
        if known not in ENCODINGS:
            raise OptionError(Sentence("%(name)s is not read here; use one of %(known)s",
                                       name=repr(name), known=", ".join(sorted(ENCODINGS))))  # fmt: skip
        return known

    @field_validator("date_format")
    @classmethod
    def _whole_date(cls, form: str) -> str:
        date_pattern(form)
        return form

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.decimal == self.thousands:
            raise OptionError(Sentence("the decimal mark and the thousands mark must differ"))
        return self


class FileOptions(Style):
    """One dataset's files. Without `{date:...}` in its pattern a single file holds all days."""

    pattern: str
    columns: dict[str, str] = {}  # our column: the file's; those not named have our name
    constants: dict[str, str] = {}  # our column: the value of every row
    control: str = ""  # a file with the columns rows and amount that says what was sent
    format: Literal["", "csv", "parquet", "xlsx"] = ""  # from the file's ending when empty

    @field_validator("pattern", "control")
    @classmethod
    def _inside_the_folder(cls, pattern: str) -> str:
        rest = DATE_PLACE.sub("", pattern)
        if "{" in rest or "}" in rest or "\0" in rest:
            raise OptionError(Sentence("%(pattern)s may only hold places like %(example)s",
                                       pattern=repr(pattern), example="{date:%Y%m%d}"))  # fmt: skip
        if pattern.startswith("/") or "\\" in pattern or ".." in pattern.split("/") or "://" in pattern:
            raise OptionError(Sentence("%(pattern)s leads out of the folder", pattern=repr(pattern)))
        for form in DATE_PLACE.findall(pattern):
            if not re.fullmatch(r"(%[Ymd]|[A-Za-z0-9_.\-])+", form):
                raise OptionError(Sentence("%(form)s may only hold %(parts)s", form=repr(form), parts="%Y, %m and %d"))
        return pattern

    @property
    def is_dated(self) -> bool:
        return DATE_PLACE.search(self.pattern) is not None

    def path(self, day: dt.date) -> str:
        """The file of a day, relative to the folder."""
        return written(self.pattern, day)

    def control_path(self, day: dt.date) -> str:
        """The control file of a day, relative to the folder; empty when the bank sends none."""
        return written(self.control, day)

    def kind(self, path: str) -> str:
        """csv, parquet or xlsx."""
        ending = path.rsplit(".", 1)[-1].lower()
        return self.format or (ending if ending in ("parquet", "xlsx") else "csv")


class FolderOptions(BaseModel):
    """All datasets of a folder and the days it is said to hold; without them the files' names tell.

    `files` are the datasets of the family: those of a bank, or those of an insurer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Family = "bank"
    files: dict[str, FileOptions]
    organisation: FileOptions
    sales_force: FileOptions  # of an insurer: everybody under contract on a day, with a control file of counts
    teams: FileOptions
    first_date: dt.date | None = None
    last_date: dt.date | None = None


def folder_options(options: dict[str, Any]) -> FolderOptions:
    """Options as a source's configuration holds them; a dataset's own win over those for all. Raises SourceError."""
    shared = {name: value for name, value in options.items() if name in Style.model_fields}
    files = {}
    family = options.get("family", "bank")
    if family not in DATASETS:
        raise SourceError(
            Sentence("The option %(option)s is wrong: %(why)s.", option="family",
                     why=Sentence("it must be one of %(known)s", known=", ".join(DATASETS)))
        )  # fmt: skip
    for name in (*DATASETS[family], *BESIDE):
        pattern = "organisation" if name == "organisation" else f"{name}_{{date:%Y%m%d}}.csv"
        own = options.get(name, {})
        if not isinstance(own, dict):
            raise SourceError(Sentence("The options of %(name)s are not a set of names and values.", name=name))
        counts = {"control": "sales_force_{date:%Y%m%d}.control.csv"} if name == "sales_force" else {}
        files[name] = {"pattern": pattern, **counts, **shared, **own}
    rest = {name: value for name, value in options.items() if name not in shared and name not in files}
    beside = {name: files.pop(name) for name in BESIDE}
    try:
        return FolderOptions.model_validate({"files": files, **beside, **rest})
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"] if part != "files"]
        raise SourceError(
            Sentence("The option %(option)s is wrong: %(why)s.", option=".".join(place), why=why_wrong(first))
        ) from error


def why_wrong(error: ErrorDetails) -> Sentence | str:
    """What is wrong with an option: our own sentence, one for what options get wrong most, else pydantic's words."""
    own = error.get("ctx", {}).get("error")
    if isinstance(own, OptionError):
        return own.sentence
    if error["type"] == "extra_forbidden":
        return Sentence("there is no such option")
    if error["type"] == "literal_error":
        return Sentence("it must be one of %(known)s", known=error["ctx"]["expected"])
    if error["type"] == "missing":
        return Sentence("it is missing")
    return error["msg"]


def written(pattern: str, day: dt.date) -> str:
    """A pattern with its places filled for a day."""
    return DATE_PLACE.sub(lambda place: day.strftime(place[1]), pattern)


def date_pattern(form: str) -> tuple[str, str]:
    """A date format as a pattern with three groups, and what brings them into the order year-month-day."""
    order = re.findall(r"%.", form)
    if sorted(order) != sorted(DATE_PARTS):
        raise OptionError(
            Sentence("%(form)s must hold %(parts)s once each and nothing else with a percent sign",
                     form=repr(form), parts="%Y, %m and %d")
        )  # fmt: skip
    pattern = re.escape(form).replace(r"\%", "%")
    for part, digits in DATE_PARTS.items():
        pattern = pattern.replace(part, f"({digits})")
    return f"^{pattern}$", "-".join(rf"\{order.index(part) + 1}" for part in DATE_PARTS)


def day_of(pattern: str, path: str) -> dt.date | None:
    """The day that a file's path holds by its pattern; None when it is not a file of the pattern."""
    matcher, position = "", 0
    names: list[str] = []
    for place in DATE_PLACE.finditer(pattern):
        matcher += re.escape(pattern[position : place.start()])
        for piece in re.findall(r"%[Ymd]|[^%]+", place[1]):
            matcher += f"({DATE_PARTS[piece]})" if piece in DATE_PARTS else re.escape(piece)
            names += [piece] if piece in DATE_PARTS else []
        position = place.end()
    found = re.fullmatch(matcher + re.escape(pattern[position:]), path)
    parts = dict(zip(names, found.groups(), strict=True)) if found else {}
    if set(parts) != set(DATE_PARTS):
        return None
    try:
        return dt.date(int(parts["%Y"]), int(parts["%m"]), int(parts["%d"]))
    except ValueError:
        return None
