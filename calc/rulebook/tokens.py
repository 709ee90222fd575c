"""Words and signs of a formula, with their places. What is not in the language is refused here, never passed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from calc.rulebook.problems import Problem, _
from calc.rulebook.syntax import Span

Kind = Literal["number", "text", "date", "name", "sign", "end"]
LONGEST_FORMULA = 10_000

# full-width and typographic signs are read as the plain ones they stand for, character for character
PLAIN = {ord(full): plain for full, plain in zip("（），＋－＊／＝＜＞％．：≥≤≠×÷“”‘’　",
                                                 "(),+-*/=<>%.:≥≤≠*/''''" + " ", strict=True)}  # fmt: skip
PLAIN |= {ord("０") + digit: str(digit) for digit in range(10)}
SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>", "!=": "<>", "==": "="}

TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>--)
      | (?P<date>\d{4}-\d{2}-\d{2}(?![\w.]))
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>[^\W\d]\w*)
      | (?P<sign><=|>=|<>|!=|==|[≥≤≠<>=+\-*/%().,])""",
    re.VERBOSE,
)


class Unreadable(ValueError):
    """A formula's text is not in the language; `problem` says where and what to write instead."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.sentence)


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign, in its plain form."""

    kind: Kind
    text: str
    span: Span


def refuse(pattern: str, span: Span, **values: str) -> Unreadable:
    """The problem of a text at a place; whoever knows the element adds its name."""
    return Unreadable(Problem("", "expression", pattern, values, span))


def tokens(text: str) -> list[Token]:
    """The words and signs of a formula, an `end` last."""
    if len(text) > LONGEST_FORMULA:
        raise refuse(_("The formula is longer than %(most)s characters: split it."), Span(0, len(text)),
                     most=f"{LONGEST_FORMULA}")  # fmt: skip
    plain = text.translate(PLAIN)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        match = TOKEN.match(plain, at)
        if match is None:
            raise _strange(text, plain, at)
        kind, span = match.lastgroup, Span(at, match.end())
        at = match.end()
        if kind == "space":
            continue
        if kind == "comment":
            raise refuse(_("Two minus signs in a row: put the second one in parentheses."), span)
        word = match.group()
        if kind == "number":
            _check_number(plain, word, span)
        found.append(Token(kind, SIGNS.get(word, word), span))  # type: ignore[arg-type]
    return [*found, Token("end", "", Span(len(text), len(text)))]


def _check_number(plain: str, word: str, span: Span) -> None:
    if re.match(r"0\d", word):
        raise refuse(_("%(number)s begins with a zero: numbers have no leading zeros and no thousands separators."),
                     span, number=word)  # fmt: skip
    after = plain[span.end : span.end + 1]
    if after.isalpha() or after == "_":
        raise refuse(_("%(number)s runs into a word: put a sign or a blank between them."), span, number=word)
    if after == ".":
        raise refuse(_("%(number)s. is no number: write digits after the point."), span, number=word)


def _strange(text: str, plain: str, at: int) -> Unreadable:
    if plain[at] == "'":
        return refuse(_("This text has no end: close it with a single quote."), Span(at, len(text)))
    if plain[at] == '"':
        return refuse(_("Texts stand in single quotes, not in double ones."), Span(at, at + 1))
    return refuse(_("%(sign)s is no sign of the language."), Span(at, at + 1), sign=text[at])
