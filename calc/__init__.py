"""The calculations: SQL sentences over tables, exact to the cent. No clock, no network, no database."""

from calc.engine import Engine, run
from calc.step import Step, StepError, step, steps

__all__ = ["Engine", "Step", "StepError", "run", "step", "steps"]
