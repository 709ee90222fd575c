"""The rulebook: sales rules as data. Parse, check, compile to set-based SQL, explain. See docs/rulebook-language.md."""

from calc.rulebook.abreast import Side, run_abreast
from calc.rulebook.compiling import compile_plan
from calc.rulebook.explain import explain
from calc.rulebook.kept import Kept
from calc.rulebook.running import MonthRun, UnfitMonth, run_month
from calc.rulebook.terms import Term

__all__ = [
    "Kept", "MonthRun", "Side", "Term", "UnfitMonth", "compile_plan", "explain", "run_abreast", "run_month",
]  # fmt: skip
