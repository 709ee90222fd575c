"""How random examples are drawn: the same ones at every run, or many others when somebody hunts."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def register_profiles() -> None:
    """`same` tells the same twice; `hunt` draws thirty times as many at random and prints how to draw a failing one again."""
    settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=SLOW)
    settings.register_profile(
        "hunt", derandomize=False, deadline=None, suppress_health_check=SLOW, max_examples=3_000, print_blob=True
    )
    settings.load_profile("same")


def examples(count: int, **more: Any) -> settings:
    """As many examples as a law needs where a law without a number has a hundred; a hunt makes more of both."""
    return settings(max_examples=count * settings.default.max_examples // 100, **more)
