"""What people call ranks is edited beside the ladder, read back as it was, and checked against its ranks."""

from __future__ import annotations

from portal.kit.rulebook_editor import content_of, values
from portal.query.ranks import ranks_of
from portal.services.rulebook_words import said_beside

LADDER = {
    "ranks": ["FA", "SA"], "rank_titles": {"FA": {"title": "Adviser", "title_zh": "业务员"}},
    "moves": [{"from": "FA", "to": "SA", "kind": "promotion", "when": "x > 1"}], "title": "Career",
}  # fmt: skip


def test_a_ladder_comes_back_from_its_form_as_it_was() -> None:
    typed = values("ladders", LADDER)
    assert content_of("ladders", LADDER, typed, None) == LADDER
    typed["rank_titles"] = "rank\ttitle\ttitle_zh\nFA\t\t\nSA\tSenior\t"
    assert content_of("ladders", LADDER, typed, None)["rank_titles"] == {"SA": {"title": "Senior"}}
    del typed["rank_titles"]
    assert content_of("ladders", LADDER, typed, None)["rank_titles"] == LADDER["rank_titles"]


def test_ranks_go_by_their_titles_and_by_their_code_without_one() -> None:
    found = ranks_of({("ladders", "career"): LADDER, ("ladders", "strange"): "text"}, "zh")
    assert [(one.code, one.title, one.place) for one in found.values()] == [("FA", "业务员", 0), ("SA", "SA", 1)]
    assert ranks_of({("ladders", "career"): LADDER}, "en")["FA"].title == "Adviser"


def test_history_says_what_is_different_where_the_line_is_the_same() -> None:
    table = {"keys": {"rank": "text"}, "rows": [["FA", 20], ["SA", 25]]}
    assert said_beside("tables", table, table | {"rows": [["FA", 20], ["SA", 30], ["TM", None]]}) == (
        "2 rows", "3 rows"
    )  # fmt: skip
    assert said_beside("tables", table, table | {"rows": [["FA", 22], ["SA", 25]]}) == ("FA · 20", "FA · 22")
    formula = {"formula": "x", "unit": "money"}
    assert said_beside("formulas", formula, formula | {"note": "In winter"}) == ("Note: –", "Note: In winter")
    assert said_beside("formulas", formula, formula | {"formula": "y"}) == ("x", "y")
    assert said_beside("formulas", None, formula) == ("", "x") and said_beside("formulas", formula, formula) == (
        "x",
        "x",
    )
