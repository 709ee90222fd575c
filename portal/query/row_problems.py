"""Why a row of a month has no value, in words: the same in a run's problems and at the commission desk."""

from __future__ import annotations

from portal.sentence import Sentence


def reason_words(reason: str, detail: str = "") -> Sentence:
    """What stands against a value, and what to do about it."""
    named = detail or "?"
    if reason == "missing":
        return Sentence("a value is missing (%(detail)s): add the row or the fact, or say what holds then, with COALESCE",
                        detail=named)  # fmt: skip
    if reason == "division by zero":
        return Sentence("it divides by zero: say what holds then, with IF")
    if reason == "bounds":
        return Sentence(
            "%(detail)s lies outside the declared bounds: correct the fact, or widen the bounds", detail=named
        )
    if reason == "cycle":
        return Sentence("the reporting line or relation runs in a circle: %(detail)s", detail=named)
    if reason == "open band":
        return Sentence("no band of the table takes the value %(detail)s: add one, or close the last one", detail=named)
    if reason == "no rules":
        return Sentence("no rules of the institution hold on that day: approve a version under Rules > Rulebooks")
    return Sentence("%(reason)s (%(detail)s)", reason=reason, detail=named)


def place_words(element: str, part: str) -> str:
    """Where it is: the element, and which of its texts."""
    return element if part in ("", "expression") else f"{element}, {part}"


def row_problem(
    grain: str, row_key: str, element: str, part: str, reason: str, detail: str, policy_no: str = ""
) -> Sentence:
    """What is wrong with one row of a month; a row of a policy names it by its printed number."""
    where, why = place_words(element, part), reason_words(reason, detail)
    if grain == "agent":
        return Sentence("Agent %(key)s: %(where)s: %(why)s.", key=row_key, where=where, why=why)
    if policy_no and grain == "policy":
        return Sentence("Policy %(number)s: %(where)s: %(why)s.", number=policy_no, where=where, why=why)
    if policy_no:
        return Sentence("%(grain)s %(key)s of policy %(number)s: %(where)s: %(why)s.",
                        grain=grain, key=row_key, number=policy_no, where=where, why=why)  # fmt: skip
    return Sentence("%(grain)s %(key)s: %(where)s: %(why)s.", grain=grain, key=row_key, where=where, why=why)
