"""How commands speak: progress on standard error, results on standard output, problems as one sentence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NoReturn

import typer


def say(sentence: str) -> None:
    """Tell progress."""
    typer.echo(sentence, err=True)


def give_up(sentence: str) -> NoReturn:
    """Tell what is wrong and stop with an error code."""
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)


def day(text: str) -> dt.date:
    """A date as operators type it, YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        give_up(f"{text!r} is not a date: write it as 1994-02-28.")


def month_of(text: str) -> dt.date:
    """The first day of a month as operators type it, YYYY-MM."""
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        give_up(f"{text!r} is not a month: write it as 2026-10.")


def counted(number: int, one: str) -> str:
    """1 table, 2 tables."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def text_of(file: Path) -> str:
    """A file's text; ends with an error where there is none."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        give_up(f"{file} is not written in UTF-8: save it again as UTF-8.")
