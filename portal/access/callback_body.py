"""What a browser sends to run a callback, checked against what the callback declared.

Dash itself believes the body: ids, lengths and shapes that no page has lead to a 500 deep inside. Nothing of what is
refused here ever comes from the real page. The values are left to the callback, which parses them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

from dash.dependencies import Output

DEEPEST = 40
MOST_OF_A_PATTERN = 2_000
LONGEST_ID = 300
LARGEST_WHOLE = 2**63 - 1  # what the answer of a callback can give back
HALF_A_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")  # one half of a letter beyond the first 65,536, as JSON escapes it
PATTERN_ID = re.compile(r"\{[^{}]*\}")

Declared = str | dict[str, Any]


class Malformed(ValueError):
    """A request no page of ours makes; answered with 400."""


def parse(raw: bytes) -> dict[str, Any]:
    """The body as a dictionary of bounded depth: numbers that a browser has, texts that are texts."""
    try:
        body = json.loads(raw, parse_int=_whole, parse_float=_finite, parse_constant=_no_number)
        if HALF_A_LETTER.search(raw):
            json.dumps(body, ensure_ascii=False).encode()  # a half without its other half has no UTF-8
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is no JSON.") from error
    if not isinstance(body, dict):
        raise Malformed("The body is no object.")
    if _deeper_than(body, DEEPEST):
        raise Malformed("The body is nested too deeply.")
    return body


def _whole(digits: str) -> int:
    number = int(digits)
    if abs(number) > LARGEST_WHOLE:
        raise ValueError("The number is too large.")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("The number is too large.")
    return number


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number.")


def check(body: Mapping[str, Any], callbacks: Mapping[str, Mapping[str, Any]]) -> str:
    """The key of the callback this body runs. Raises Malformed where the two differ."""
    key = body.get("output")
    if not isinstance(key, str) or "callback" not in callbacks.get(key, {}):  # those in the browser have none here
        raise Malformed("There is no such callback.")
    declared = callbacks[key]
    _check_dependencies(body.get("inputs", []), declared["inputs"], "inputs")
    _check_dependencies(body.get("state", []), declared["state"], "state")
    _check_changed(body.get("changedPropIds", []), declared["inputs"])
    if not declared.get("no_output"):
        _check_outputs(body.get("outputs"), declared["output"])
    elif body.get("outputs"):
        raise Malformed("The callback has no outputs.")
    return key


def normalised(output: str) -> str:
    """A key with pattern ids reduced to their type: `{"index":["MATCH"],"type":"row"}.data` is `row.data`."""

    def kind(found: re.Match[str]) -> str:
        return str(_pattern(found.group().replace("\\.", ".")).get("type", found.group()))

    return PATTERN_ID.sub(kind, output)


def _check_dependencies(given: Any, declared: Sequence[Mapping[str, Any]], what: str) -> None:
    if not isinstance(given, list) or len(given) != len(declared):
        raise Malformed(f"The callback takes {len(declared)} {what}.")
    for one, wanted in zip(given, declared, strict=True):
        _check_part(one, _declared_id(wanted["id"]), wanted["property"], what)


def _check_outputs(given: Any, declared: Output | Sequence[Output]) -> None:
    if isinstance(declared, Output):
        given, declared = [given], [declared]
    if not isinstance(given, list) or len(given) != len(declared):
        raise Malformed(f"The callback has {len(declared)} outputs.")
    for one, wanted in zip(given, declared, strict=True):
        _check_part(one, _declared_id(wanted.component_id_str()), wanted.component_property, "outputs")


def _check_part(given: Any, wanted: Declared, wanted_property: str, what: str) -> None:
    """One input, state or output: a component's, or a list of them where the declared id says `ALL`."""
    parts = given if _takes_many(wanted) else [given]
    if not isinstance(parts, list) or len(parts) > MOST_OF_A_PATTERN:
        raise Malformed(f"One of the {what} is no list of components.")
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("property"), str):
            raise Malformed(f"One of the {what} is no component.")
        given_id = part.get("id")
        if what == "outputs" and isinstance(given_id, str) is not isinstance(wanted, str):
            raise Malformed("An output has an id of the wrong kind.")
        if part["property"].split("@")[0] != wanted_property or not _same_id(given_id, wanted):
            raise Malformed(f"One of the {what} is not the declared component.")


def _check_changed(given: Any, declared: Sequence[Mapping[str, Any]]) -> None:
    if not isinstance(given, list) or len(given) > MOST_OF_A_PATTERN:
        raise Malformed("changedPropIds is no list.")
    for name in given:
        if not isinstance(name, str) or not any(_names(name, wanted) for wanted in declared):
            raise Malformed("changedPropIds names something that is no input.")


def _names(name: str, wanted: Mapping[str, Any]) -> bool:
    id_text, _, changed_property = name.rpartition(".")
    if changed_property != wanted["property"]:
        return False
    declared = _declared_id(wanted["id"])
    if isinstance(declared, str):
        return id_text == declared
    try:
        return _same_id(json.loads(id_text), declared)
    except (ValueError, RecursionError):
        return False


def _same_id(given: Any, wanted: Declared) -> bool:
    if isinstance(wanted, str):
        return isinstance(given, str) and given == wanted
    if isinstance(given, str):  # a missing optional component comes as it was declared
        return given.startswith("{") and len(given) <= LONGEST_ID and _pattern(given) == wanted
    if not isinstance(given, dict) or given.keys() != wanted.keys():
        return False
    return all(_fits(given[key], value) for key, value in wanted.items())


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):  # ["MATCH"], ["ALL"], ["ALLSMALLER"]
        return isinstance(value, str | int | float) and len(str(value)) <= LONGEST_ID
    return type(value) is type(wanted) and bool(value == wanted)


def _takes_many(wanted: Declared) -> bool:
    return isinstance(wanted, dict) and any(value in (["ALL"], ["ALLSMALLER"]) for value in wanted.values())


def _declared_id(text: str) -> Declared:
    return _pattern(text) if text.startswith("{") else text


@lru_cache(maxsize=2_000)
def _pattern(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _deeper_than(value: Any, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        level = [inner for outer in level if isinstance(outer, dict | list)
                 for inner in (outer.values() if isinstance(outer, dict) else outer)]  # fmt: skip
        if not level:
            return False
    return True
