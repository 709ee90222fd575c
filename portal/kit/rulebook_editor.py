"""An element of a rulebook as a form, and what was typed as an element again. Everything typed stays the text it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.query.rulebook_rules import Key
from portal.services.refusal import Refusal
from portal.services.rulebook_grids import (
    FROM,
    ROLES,
    TO,
    head_of,
    read_columns,
    read_moves,
    read_rank_titles,
    table_rows,
    written_columns,
    written_moves,
    written_rank_titles,
    written_rows,
)
from portal.services.rulebook_text import Refused, dumped, written
from portal.services.rulebook_words import WORDS, element_title, labels

UNITS = ("money", "rate", "count", "days", "number", "date", "flag", "text", "key")
GRAINS = ("agent", "team", "institution")
AGGREGATES = ("sum", "count", "count_distinct", "min", "max")
TITLES = ("title", "title_zh", "note")
QUANTITY = ("unit", "low", "high", "decimals")
PLAIN: Mapping[str, tuple[str, ...]] = {
    "parameters": ("value", *QUANTITY), "formulas": ("grain", *QUANTITY),
    "measures": ("of", "where", "window", "ago", "grain", *QUANTITY),
    "lines": ("pays", "group", "order", "kind", "cap", "hold", "release"),
    "tables": ("boundary", "mode"), "ladders": ("rank",),
}  # fmt: skip
HINTS: Mapping[tuple[str, str], Any] = {
    ("lines", "pays"): _l("The name of a formula that gives an agent money."),
    ("lines", "group"): _l("Lines of a group stand together on a statement, as bonus, commission or tax."),
    ("lines", "order"): _l("Low numbers come first."), ("lines", "kind"): _l("Empty: an earning."),
    ("lines", "cap"): _l("A formula: what lies above is cut."), ("lines", "hold"): _l("A formula: what is held back this month."),
    ("lines", "release"): _l("A formula: what is paid of what was held before."),
    ("measures", "where"): _l("A condition on each row; empty takes all."),
    ("measures", "ago"): _l("The rows of so many months before; empty is the month itself."),
    ("formulas", "decimals"): _l("Empty: as many as the formula gives."),
    ("parameters", "low"): _l("A value below it is refused."), ("parameters", "high"): _l("A value above it is refused."),
}  # fmt: skip
MOVES = ("promotion", "maintenance", "demotion")
GRID_HEADS: Mapping[str, Any] = {
    "role": _l("Role"), "rank": _l("Rank"),
    "name": _l("Name"), "from": _l("From rank"), "to": _l("To rank"), "kind": _l("Kind"),
    "when": _l("Condition"),
    "otherwise": _l("Otherwise to"),
}  # fmt: skip
ROW_HEADS: Mapping[str, Any] = {FROM: _l("from"), TO: _l("to")}  # the other columns go by their names in formulas
GRID_WORDS: Mapping[str, Any] = {
    "keys": _l("key"), "band": _l("band"), "values": _l("value"), "promotion": _l("promotion"), "maintenance": _l("stays"),
    "demotion": _l("demotion"),
}  # fmt: skip
AS_TEXT = ("facts", "agent")  # told as they stand in the text of a rulebook
LONGEST_FIELD = 5_000
BLANKS = "\n\u00a0\u3000"  # beside the usual one


def fields(section: str, content: Any, facts: list[str]) -> list[dict[str, Any]]:
    """The fields of an element; a formula's expression has an editor of its own."""
    if section in AS_TEXT:
        return [_area("text", _("As text"), 16)]
    choices = {
        "unit": UNITS, "grain": (*GRAINS, *facts), "of": ("agent", *facts), "window": ("month", "quarter", "year", "all"),
        "kind": ("earning", "deduction"), "boundary": ("lower", "upper"), "mode": ("whole", "step", "interpolated"),
    }  # fmt: skip
    found, paste = [], _("Paste cells of a spreadsheet into the cell where they begin.")
    if section == "measures":
        found += [_choice("how", _("Aggregate"), AGGREGATES), _text("expression", _("What is aggregated"))]
    if section == "ladders":
        found += [_text("ranks", _("Ranks from low to high"), wide=True),
                  _sheet("rank_titles", _("What people call the ranks"), paste)]  # fmt: skip
    if section == "tables":
        found += [_sheet("columns", _("Columns"), _("What a row is found by, and what it then says."), role=ROLES, unit=UNITS),
                  _sheet("rows", _("What the table says"), paste)]  # fmt: skip
    for name in PLAIN[section]:
        label = labels().get(name, name)
        field = _choice(name, label, choices[name]) if name in choices else _text(name, label)
        hint = HINTS.get((section, name))
        found.append(field | {"hint": str(hint)} if hint else field)
    if section == "ladders":
        found += [_sheet("moves", _("Moves"), paste, kind=MOVES)]
    return [*found, *({**_text(name, labels()[name]), "group": _("What people call it")} for name in TITLES)]


def for_line(
    found: Sequence[dict[str, Any]], content: Any, elements: Mapping[Key, Any], lang: str
) -> list[dict[str, Any]]:
    """The fields of a statement line: what it pays is one of the draft's values that give an agent money, its group is told
    with those there are."""
    now = content.get("pays") if isinstance(content, Mapping) else None
    paying = {name: element_title(section, name, one, lang) for (section, name), one in elements.items()
              if section in ("formulas", "measures") and isinstance(one, Mapping)
              and one.get("unit") == "money" and one.get("grain") == "agent"}  # fmt: skip
    if now:
        paying.setdefault(str(now), str(now))
    options = [{"value": name, "label": title, **({"code": name} if title != name else {})}
               for name, title in sorted(paying.items(), key=lambda one: one[1])]  # fmt: skip
    groups = sorted({str(one["group"]) for (section, _name), one in elements.items()
                     if section == "lines" and isinstance(one, Mapping) and one.get("group")})  # fmt: skip
    told = _("Lines of a group stand together on a statement. Known are: %(groups)s.", groups=", ".join(groups))
    changed: dict[str, dict[str, Any]] = {
        "pays": {"kind": "choice", "options": options, "none": _("Nothing fits."), "required": True},
        "group": {"hint": told} if groups else {},
    }  # fmt: skip
    return [{**one, **changed.get(one["name"], {})} for one in found]


def values(section: str, content: Any) -> dict[str, Any]:
    """What the form shows of an element."""
    if section in AS_TEXT or not isinstance(content, Mapping):
        return {"text": _yaml(content)}
    found = {name: "" if content.get(name) is None else str(content[name]) for name in (*PLAIN[section], *TITLES)}
    if section == "measures":
        how = next((one for one in AGGREGATES if content.get(one) is not None), "sum")
        found |= {"how": how, "expression": str(content.get(how) or "")}
    if section == "ladders":
        found |= {"ranks": ", ".join(map(str, content.get("ranks") or ())), "moves": written_moves(content),
                  "rank_titles": written_rank_titles(content)}  # fmt: skip
    if section == "tables":
        rows = [row for row in content.get("rows") or () if isinstance(row, list)]
        found |= {"columns": written_columns(content), "rows": written_rows(head_of(content), rows)}
    return found


def content_of(section: str, was: Any, typed: Mapping[str, Any], formula: Any) -> Any:
    """The element that was typed; what the form does not show stays as it was. Raises Refusal."""
    given = {str(name): value.strip() if isinstance(value, str) else "" for name, value in typed.items()}
    if section in AS_TEXT:
        return _of_yaml(given.get("text", ""))
    content = dict(was) if isinstance(was, Mapping) else {}
    for name in (*PLAIN[section], *TITLES):
        if name in given:
            _put(content, name, given[name])
    if section == "formulas" and isinstance(formula, str):
        content.pop("expression", None)
        content["formula"] = formula.strip()
    if section == "measures":
        for one in AGGREGATES:
            content.pop(one, None)
        how = given.get("how") if given.get("how") in AGGREGATES else "sum"
        content[str(how)] = given.get("expression", "") or ("rows" if how == "count" else "")
    if section == "ladders":
        content["ranks"] = [one.strip() for one in given.get("ranks", "").replace("，", ",").split(",") if one.strip()]
        content["moves"] = read_moves(given.get("moves", ""))
        if "rank_titles" in given:
            _put(content, "rank_titles", read_rank_titles(given["rank_titles"]))
    if section == "tables":
        columns = read_columns(given.get("columns", ""))
        for role in ("keys", "band", "values"):
            _put(content, role, columns.get(role))
        content["rows"] = table_rows(content, given.get("rows", ""), head_of(was) if isinstance(was, Mapping) else ())
    return content


def _put(content: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, str) and len(value) > LONGEST_FIELD:
        raise Refusal(_("This is too long."), name)
    if isinstance(value, str) and not all(letter.isprintable() or letter in BLANKS for letter in value):
        raise Refusal(_("This holds characters that cannot be shown."), name)
    if value:
        content[name] = value
    else:
        content.pop(name, None)


def _yaml(content: Any) -> str:
    return dumped({"content": content}) if content is not None else ""


def _of_yaml(text: str) -> Any:
    try:
        return written(text).told.get("content")
    except Refused as refused:
        problem = refused.problem
        raise Refusal(f"{problem.part}: {_(problem.pattern) % problem.values}", "text") from refused


def _text(name: str, label: str, wide: bool = False) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "text", "longest": LONGEST_FIELD, "wide": wide}


def _area(name: str, label: str, rows: int, hint: str = "") -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "document", "rows": rows, "wide": True, "hint": hint}


def _sheet(name: str, label: str, hint: str, **choices: Sequence[str]) -> dict[str, Any]:
    """Rows as a grid; the value is their text with a head, as a spreadsheet copies them.

    `choices` are the columns in which one of a few words stands; people see what the words and the columns are called.
    """
    heads: Mapping[str, Any] = ROW_HEADS if name == "rows" else {**labels(), **GRID_HEADS}
    return {
        "heads": {column: str(title) for column, title in heads.items()},
        "choices": {
            column: [{"value": one, "label": str(GRID_WORDS.get(one) or WORDS.get(one, one))} for one in words]
            for column, words in choices.items()
        },
        "name": name, "label": label, "kind": "sheet", "longest": LONGEST_FIELD, "wide": True, "hint": hint, "rows": 14,
        "add": _("Add a row"), "remove": _("Remove row"),
        "wider": _("What you pasted is {pasted} columns wide, and from column {column} on there are {there}. Nothing was pasted: "
                   "begin further left, or add the columns first."),
    }  # fmt: skip


def _choice(name: str, label: str, options: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "kind": "choice",
        "none": "",
        "options": [{"value": one, "label": str(WORDS.get(one, one))} for one in options],
    }
