"""The calculations: SQL sentences over tables, exact to the cent. No clock, no network, no database."""

from calc.engine import Engine, fingerprint, run
from calc.step import Step, StepError, step, steps

__all__ = ["Engine", "Step", "StepError", "fingerprint", "run", "step", "steps"]
