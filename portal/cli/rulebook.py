"""`basis rulebook check` and `diff`: rulebooks as text files, outside of any database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.cli import app
from portal.cli.say import give_up, say

rulebook = typer.Typer(no_args_is_help=True, help="Check and compare rulebooks written as text files.")
app.add_typer(rulebook, name="rulebook")


@rulebook.command()
def check(file: Annotated[Path, typer.Argument(help="A rulebook's text, as `export` writes it")]) -> None:
    """Tell everything that is wrong with a rulebook, each with its line; ends with an error when something is."""
    from portal.services.rulebook_text import read_version, version_problems

    version, problems = read_version(_text(file))
    if version is not None and not problems:
        problems = version_problems(version)
    for problem in problems:
        line = version.source.line_of(problem) if version else None
        place = f"{file}:{line}" if line else str(file)
        element = f" {problem.element} ({problem.part}):" if problem.element else ""
        typer.echo(f"{place}:{element} {problem.sentence}")
        if problem.span and version and (text := version.expression(problem.element, problem.part)):
            typer.echo(
                f"    {text}\n    {' ' * problem.span.start}{'^' * max(1, problem.span.end - problem.span.start)}"
            )
    if problems:
        give_up(f"{len(problems)} problems." if len(problems) > 1 else "1 problem.")
    assert version is not None
    book = version.book
    say(f"{book.name}: {len(book.formulas) + len(book.measures)} formulas and measures, {len(book.tables)} tables, "
        f"{len(book.lines)} statement lines; nothing wrong.")  # fmt: skip


@rulebook.command()
def diff(
    before: Annotated[Path, typer.Argument(help="The rulebook before")],
    after: Annotated[Path, typer.Argument(help="The rulebook after")],
) -> None:
    """Tell what differs between two rulebooks, element by element, in words."""
    from calc.rulebook.diff import differences, words
    from portal.services.rulebook_text import read_text

    books = []
    for file in (before, after):
        book, problems = read_text(_text(file))
        if problems:
            give_up(f"{file}: {problems[0].sentence} See `basis rulebook check {file}`.")
        books.append(book)
    found = differences(*books)
    for one in found:
        typer.echo(words(one).sentence)
    say(f"{len(found)} differences." if found else "No difference.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        give_up(f"{file} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        give_up(f"{file} is not written in UTF-8: save it again as UTF-8.")
