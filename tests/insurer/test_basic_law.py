"""The demo insurer's basic law passes the check, this year's and the next one's laid over it."""

from __future__ import annotations

from pathlib import Path

from calc.rulebook.book import SECTIONS, book_of
from calc.rulebook.check import check
from calc.rulebook.elements import Book
from portal.services.rulebook_text import laid_over, read_version, written

FOLDER = Path(__file__).resolve().parents[2] / "portal" / "sources"
LAW = (FOLDER / "demo_basic_law.yaml").read_text(encoding="utf-8")
NEXT = (FOLDER / "demo_basic_law_next_year.yaml").read_text(encoding="utf-8")


def fault_of(book: Book) -> list[str]:
    """What the check says of a book, as sentences."""
    checked, problems = check(book)
    return [] if checked is not None and not problems else [one.sentence for one in problems] or ["not checked"]


def test_the_law_has_nothing_wrong() -> None:
    version, problems = read_version(LAW)
    assert problems == [] and version is not None
    assert (version.node, len(version.book.tables) >= 20, len(version.book.formulas) >= 30) == ("LIFE", True, True)
    assert fault_of(version.book) == []
    assert all(
        each.titles.en and each.titles.zh for each in (*version.book.tables.values(), *version.book.lines.values())
    )


def test_the_next_year_is_laid_over_it_with_one_branch_of_its_own() -> None:
    law, changes = written(LAW).told, written(NEXT).told
    sections = {name: part for name, part in changes.items() if name in SECTIONS}
    told = laid_over(law, sections)
    book, problems = book_of(told)
    assert problems == []
    assert fault_of(book) == []
    assert {"health_award_line", "first_year_commission"} <= set(book.lines)
    [override] = changes["overrides"]
    branch, problems = book_of(laid_over(told, {name: override[name] for name in ("parameters", "tables")}))
    assert (problems, override["node"]) == ([], "LB05")
    assert fault_of(branch) == []
