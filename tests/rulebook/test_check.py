"""Every problem the check finds, with its exact sentence, place and remedy; and what a sound book comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.rulebook.check import check
from calc.rulebook.checked import Checked, Type
from calc.rulebook.elements import Book, Fact, Formula, Ladder, Line, Move, Parameter, Quantity, Titles, Unit
from calc.rulebook.names import FUNCTIONS
from calc.rulebook.syntax import Span, walk
from tests.examples import examples
from tests.rulebook.books import (
    BONUS,
    BOOK,
    COUNT,
    DATE,
    FLAG,
    FYC_RATE,
    MONEY,
    PREMIUM,
    RATE,
    SHARE,
    TEXT,
    D,
    formula,
    measure,
    rows,
    with_,
)  # fmt: skip


def line(**told: str) -> Book:
    return with_(lines={"l": Line("l", told.pop("pays", "month_fyc"), "commission", 3, **told)})  # type: ignore[arg-type]


def move(*told: str) -> Book:
    moves = (Move(*told),)  # type: ignore[arg-type]
    return with_(ladders={"grade": Ladder("grade", ("agent", "manager"), moves)})


def fact(**told: object) -> Book:
    return with_(facts={"premium": replace(PREMIUM, **told)})  # type: ignore[arg-type]


def parameter(value: object, quantity: Quantity = SHARE, name: str = "share") -> Book:
    return with_(parameters={name: Parameter(name, quantity, value)})  # type: ignore[arg-type]


def table(**told: object) -> Book:
    return with_(tables={"t": replace(BONUS, name="t", **told)})  # type: ignore[arg-type]


INTERPOLATED = {"mode": "interpolated", "values": {"amount": MONEY}}
HUGE = Quantity(Unit.MONEY, D(0), D(10) ** 25)

# what is wrong: the book, the sentence, where it stands
NAMES = [
    (
        formula("month_fcy + 1"),
        "There is no measure or formula month_fcy; did you mean month_fyc?",
        ("x", "expression", 0, 9),
    ),
    (
        formula("业绩"),
        "There is no measure or formula 业绩. Add one of that name, or correct the name.",
        ("x", "expression", 0, 2),
    ),
    (formula("quarter_target"), "quarter_target is a parameter: write p.quarter_target.", ("x", "expression", 0, 14)),
    (
        formula("amount"),
        "There is no amount without a point before it; did you mean premium.amount?",
        ("x", "expression", 0, 6),
    ),
    (formula("bonus"), "bonus is a table: it is read by LOOKUP, BAND, TIER or TIER_AMOUNT.", ("x", "expression", 0, 5)),
    (
        formula("nurturer"),
        "nurturer is a relation: it stands only as the second argument of GENERATION.",
        ("x", "expression", 0, 8),
    ),
    (formula("premium"), "premium needs a column, as in premium.amount.", ("x", "expression", 0, 7)),
    (
        formula("p.quarter_targte"),
        "There is no parameter p.quarter_targte; did you mean p.quarter_target?",
        ("x", "expression", 0, 16),
    ),
    (
        formula("p.额度"),
        "There is no parameter p.额度. Add it to the parameters, or correct the name.",
        ("x", "expression", 0, 4),
    ),
    (
        formula("premiun.amount", grain="premium"),
        "There is no fact premiun; did you mean premium.amount?",
        ("x", "expression", 0, 14),
    ),
    (formula("lapses.amount"), "There is no fact lapses. Facts are premium, policy.", ("x", "expression", 0, 13)),
    (
        formula("premium.amuont", grain="premium"),
        "premium has no column amuont; did you mean premium.amount?",
        ("x", "expression", 0, 14),
    ),
    (
        formula("month.weekday", COUNT),
        "month has no column weekday; it has first_day, last_day, days, number, year.",
        ("x", "expression", 0, 13),
    ),
    (formula("SUMIF(1, 2)"), "There is no function SUMIF; write a measure with `where`.", ("x", "expression", 0, 5)),
    (formula("ROUNT(1)"), "There is no function ROUNT; did you mean ROUND?", ("x", "expression", 0, 5)),
    (
        formula("LOOKUP(fyc_rat.rate, 'A', 1)", RATE),
        "There is no table fyc_rat; did you mean fyc_rate?",
        ("x", "expression", 7, 19),
    ),
    (
        formula("LOOKUP(fyc_rate.share, 'A', 1)", RATE),
        "The table fyc_rate has no value share; it has rate, flat.",
        ("x", "expression", 7, 21),
    ),
    (
        formula("LOOKUP(fyc_rate, 'A', 1)", RATE),
        "The table fyc_rate has several values: write which, as in fyc_rate.rate.",
        ("x", "expression", 7, 15),
    ),
    (formula("CEILING(1.5)"), "There is no function CEILING; write -FLOOR(-x, n).", ("x", "expression", 0, 7)),
    (
        formula("GENERATION(month_fyc, nurturor, 1)"),
        "There is no relation nurturor; did you mean nurturer?",
        ("x", "expression", 22, 30),
    ),
    (
        formula("1", name="round"),
        "round is a word of the language and names no element: choose another.",
        ("round", "name", None, None),
    ),
    (
        formula("1", name="a b"),
        "a b is no name: names are letters, digits and _, begin with no digit and have at most 60 characters.",
        ("a b", "name", None, None),
    ),
    (
        formula("1", name="Benefit"),
        "benefit and Benefit differ only in capitals, and readers take one for the other: rename one.",
        ("benefit", "name", None, None),
    ),
    (
        formula("1", name="policies"),
        "There is a measure and a formula called policies: rename one.",
        ("policies", "name", None, None),
    ),
    (
        formula("1", name="team_id"),
        "No measure or formula may be called team_id: every row has a column of that name.",
        ("team_id", "name", None, None),
    ),
    (
        with_(lines={"pay_hold": Line("pay_hold", "month_fyc", "commission", 3)}),
        "No line may be called pay_hold: statements have a line of that name of their own.",
        ("pay_hold", "name", None, None),
    ),
    (
        parameter("claw", TEXT, "negative_balance"),
        "The parameter negative_balance is a text and says either carry forward or claw back.",
        ("negative_balance", "value", None, None),
    ),
    (
        with_(facts={"history": Fact("history", PREMIUM.columns, "premium_id")}),
        "No fact may be called history: the word has a meaning of its own.",
        ("history", "name", None, None),
    ),
    (
        with_(agent={"rank": TEXT}),
        "Every agent has the column rank already: leave it out.",
        ("agent", "column rank", None, None),
    ),
]
CIRCLES = [
    (
        formula("x * 2"),
        "x needs itself. For its value of an earlier month write PRIOR(x, 1).",
        ("x", "expression", None, None),
    ),
    (
        with_(
            formulas={
                "x": Formula("x", MONEY, "agent", "y + 1"),
                "y": Formula("y", MONEY, "agent", "IF(z > 0, z, 0)"),
                "z": Formula("z", MONEY, "agent", "DIRECT(x)"),
            }
        ),
        "x → y → z → x: each needs the next, so none can be worked out first. Take one of them out, or read it by PRIOR.",
        ("x", "expression", None, None),
    ),
    (
        formula("PRIOR(x, 1) + 1"),
        "x looks at its own earlier months, so its bounds do not follow from them: declare low and high.",
        ("x", "unit", None, None),
    ),
]
GRAINS = [
    (
        formula("fyc"),
        "fyc has a value for each premium, and this is worked out for each agent: make a measure that sums it.",
        ("x", "expression", 0, 3),
    ),
    (
        formula("premium.amount"),
        "premium.amount is a column of each premium, and this is worked out for each agent: make a measure of it.",
        ("x", "expression", 0, 14),
    ),
    (
        formula("month_fyc", grain="team"),
        "month_fyc has a value for each agent, and this is worked out for each team: make a measure that sums it.",
        ("x", "expression", 0, 9),
    ),
    (
        formula("agent.level_months", COUNT, "team"),
        "agent.level_months is a column of each agent, and this is worked out for each team: make a measure of it.",
        ("x", "expression", 0, 18),
    ),
    (
        formula("fyc", grain="policy"),
        "fyc has a value for each premium, and this is worked out for each policy: facts do not name each other's formulas, "
        "only columns of a fact they refer to.",
        ("x", "expression", 0, 3),
    ),
    (
        formula("premium.amount", grain="policy"),
        "A policy does not refer to a premium, so premium.amount is not known here: declare what policy refers to.",
        ("x", "expression", 0, 14),
    ),
    (
        formula("DOWNLINE(month_fyc, 2, month_fyc)"),
        "The last argument of DOWNLINE is a condition, by which a person counts as a step, and this gives a money.",
        ("x", "expression", 23, 32),
    ),
    (
        formula("GENERATION(month_fyc, nurturer, 1, month_fyc > my.month_fyc)"),
        "Who counts as a step hangs on each person of the way alone: my.month_fyc, the receiving agent's, is not named there.",
        ("x", "expression", 47, 59),
    ),
    (
        formula("RUNNING(month_fyc)"),
        "RUNNING stands only where each row of a fact of the month is worked out, and this is worked out for each agent.",
        ("x", "expression", 0, 7),
    ),
    (
        formula("RUNNING(premium.amount + 1)", grain="premium"),
        "RUNNING takes a column or formula of the premium: give what stands here a formula of its own.",
        ("x", "expression", 8, 26),
    ),
    (
        formula("RUNNING(month_fyc)", grain="premium"),
        "RUNNING takes a column or formula of the premium: give what stands here a formula of its own.",
        ("x", "expression", 8, 17),
    ),
    (
        formula("RUNNING(x)", grain="premium"),
        "x needs itself. For its value of an earlier month write PRIOR(x, 1).",
        ("x", "expression", None, None),
    ),
    (
        formula("QTD(fyc)", grain="premium"),
        "QTD stands only in formulas of the grain agent, and this is worked out for each premium.",
        ("x", "expression", 0, 3),
    ),
    (
        formula("DIRECT(QTD(month_fyc))"),
        "QTD does not stand inside DIRECT: give it a formula of its own and name that.",
        ("x", "expression", 7, 10),
    ),
    (
        formula("DIRECT(team_fyc)"),
        "Inside DIRECT only agents' values are named, and team_fyc is a value of each team.",
        ("x", "expression", 7, 15),
    ),
    (
        formula("QTD(team_fyc)"),
        "QTD takes an agent's value, and team_fyc is one of each team.",
        ("x", "expression", 4, 12),
    ),
    (
        formula("QTD(month_fyc * 2)"),
        "QTD takes the name of a measure or formula: give what stands here a formula of its own.",
        ("x", "expression", 4, 17),
    ),
    (
        formula("edge.year", COUNT),
        "edge.year stands only inside DIRECT, DOWNLINE and GENERATION.",
        ("x", "expression", 0, 9),
    ),
    (
        formula("TEAM(edge.year)", COUNT),
        "edge.year stands only inside DIRECT, DOWNLINE and GENERATION.",
        ("x", "expression", 5, 14),
    ),
    (
        formula("my.benefit"),
        "my.benefit, the receiving agent's value, stands only inside DIRECT, DOWNLINE and GENERATION; "
        "elsewhere write the name alone.",
        ("x", "expression", 0, 10),
    ),
    (
        formula("DIRECT(my.benefti)"),
        "An agent has no value or column for my.benefti; did you mean my.benefit?",
        ("x", "expression", 7, 17),
    ),
    (
        formula("1", grain="sale"),
        "There is no grain sale: there are premium, policy, agent, team, institution.",
        ("x", "grain", None, None),
    ),
    (
        measure("fyc", window="quarter"),
        "fyc is known only in the month that is computed: a measure of it has the window month and ago 0. "
        "Use ROLLING_SUM, QTD, YTD or PRIOR in an agent's formula.",
        ("x", "expression", 0, 3),
    ),
    (
        measure("premium.amount", "agent.rank = 'A'", ago=13),
        "agent.rank is known only in the month that is computed, and this measure looks at other months.",
        ("x", "where", 0, 10),
    ),
    (
        measure("1", of="premiums"),
        "There is no fact premiums to measure; did you mean premium?",
        ("x", "of", None, None),
    ),
    (
        measure("month_fyc", of="agent"),
        "A measure of agent has a coarser grain than agent: team or institution.",
        ("x", "grain", None, None),
    ),
    (
        measure("month_fyc", of="agent", grain="team", window="year"),
        "A measure of agents has the window month and ago 0; over more months sum in the agent's formula, by ROLLING_SUM.",
        ("x", "window", None, None),
    ),
]
UNITS = [
    (
        formula("month_fyc * benefit"),
        "Money times money is nothing that is paid: one side must be a rate, a count or a number.",
        ("x", "expression", 10, 11),
    ),
    (
        formula("month_fyc + policies"),
        "money + count: only values of the same unit are added or subtracted.",
        ("x", "expression", 10, 11),
    ),
    (
        formula("month_fyc > policies", FLAG),
        "money > count: only values of the same unit are compared.",
        ("x", "expression", 10, 11),
    ),
    (
        formula("agent.rank < 'B'", FLAG),
        "A text is only compared with = and <>, not with <.",
        ("x", "expression", 11, 12),
    ),
    (formula("agent.rank + 1"), "+ takes numbers, and this gives a text.", ("x", "expression", 11, 12)),
    (
        formula("IF(month_fyc, 1, 2)"),
        "The first argument of IF is a condition, and this gives a money.",
        ("x", "expression", 3, 12),
    ),
    (
        formula("IF(on_track, month_fyc, 5%)"),
        "The values of IF must have one unit, and these are money and rate.",
        ("x", "expression", 0, 27),
    ),
    (
        formula("on_track AND month_fyc", FLAG),
        "AND takes conditions, and month_fyc gives a money: compare it with something.",
        ("x", "expression", 13, 22),
    ),
    (
        formula("policies"),
        "This gives a count, and a money is declared: change the unit or the expression.",
        ("x", "expression", 0, 8),
    ),
    (
        formula("agent.joined_on + month.first_day", DATE),
        "Two dates are not added; date - date gives days.",
        ("x", "expression", 16, 17),
    ),
    (
        formula("agent.joined_on + policies", DATE),
        "Only days are added to a date or subtracted from it, and this is count; for months use ADD_MONTHS.",
        ("x", "expression", 16, 17),
    ),
    (
        formula("MONTHS(agent.joined_on, 3)", COUNT),
        "MONTHS takes a date here, and this is a number.",
        ("x", "expression", 24, 25),
    ),
    (
        formula("LOOKUP(fyc_rate.rate, 10, 1)", RATE),
        "The table fyc_rate is read by a text as product, and this is a number.",
        ("x", "expression", 22, 24),
    ),
    (
        formula("LOOKUP(fyc_rate.rate, 'A')", RATE),
        "The table fyc_rate is read by product, policy_year: LOOKUP needs 2 values after its name, and here are 1.",
        ("x", "expression", 0, 6),
    ),
    (
        formula("LOOKUP(bonus, month_fyc)", RATE),
        "The table bonus has bands: LOOKUP does not find them, write BAND.",
        ("x", "expression", 0, 6),
    ),
    (
        formula("BAND(fyc_rate.rate, 'A', 1)", RATE),
        "The table fyc_rate has no bands: BAND needs some, write LOOKUP.",
        ("x", "expression", 0, 4),
    ),
    (
        formula("ROUND(month_fyc, policies)"),
        "Argument 2 of ROUND is a whole number from 0 to 10, written as such.",
        ("x", "expression", 17, 25),
    ),
    (
        formula("IF(on_track, 1)"),
        "IF is written IF(condition, a, b), and here it has 2 arguments.",
        ("x", "expression", 0, 2),
    ),
    (formula("month_fyc / 0"), "This divides by zero, always.", ("x", "expression", 10, 11)),
    (measure("agent.rank", quantity=TEXT), "Only numbers are summed, and this is a text.", ("x", "expression", 0, 10)),
    (
        measure("premium.product", quantity=MONEY, aggregate="count_distinct"),
        "What is counted is a count, not a money.",
        ("x", "unit", None, None),
    ),
    (
        measure("premium.amount", "premium.policy_year"),
        "This must be a condition, and it gives a count: compare it with something.",
        ("x", "where", 0, 19),
    ),
]
BOUNDS = [
    (
        with_(formula("month_fyc * p.a * p.b * p.c"), parameters={n: Parameter(n, RATE, D(1)) for n in "abc"}),
        "The exact result can need 42 digits, and 38 are kept: write ROUND(month_fyc * p.a * p.b, 10), or narrow the bounds "
        "of month_fyc, p.a, p.b, p.c.",
        ("x", "expression", 22, 23),
    ),
    (
        with_(
            formula("p.big * p.many"),
            parameters={
                "big": Parameter("big", HUGE, D(1)),
                "many": Parameter("many", Quantity(Unit.COUNT, D(0), D(10) ** 15), D(1)),
            },
        ),
        "The exact result can need 43 digits, and 38 are kept: narrow the bounds of p.big, p.many.",
        ("x", "expression", 6, 7),
    ),
    (
        with_(formula("p.big / policies"), parameters={"big": Parameter("big", HUGE, D(1))}),
        "p.big has too many digits to be divided exactly (39, 38 are kept): narrow the bounds of p.big.",
        ("x", "expression", 0, 5),
    ),
    (
        with_(
            formula("p.wide / p.fine"),
            parameters={
                "wide": Parameter("wide", Quantity(Unit.MONEY, D(0), D(10) ** 19), D(1)),
                "fine": Parameter("fine", Quantity(Unit.NUMBER, D(1), D(100), 10), D(1)),
            },
        ),
        "p.fine has too many decimals to divide by exactly (that needs 41 digits, 38 are kept): write ROUND(p.fine, 7), or narrow "
        "the bounds of p.wide.",
        ("x", "expression", 9, 15),
    ),
    (
        formula("month_fyc * 0.333", Quantity(Unit.MONEY, decimals=2)),
        "This has up to 5 decimals, and 2 are declared: write ROUND(..., 2) around it.",
        ("x", "expression", 0, 17),
    ),
    (
        measure("premium.amount * 0.5", quantity=Quantity(Unit.MONEY, decimals=2)),
        "What is measured has 3 decimals, and the measure 2: write ROUND(..., 2) around it.",
        ("x", "expression", 0, 20),
    ),
    (
        parameter(D("1.5")),
        "1.5 is outside the declared bounds, 0 to 1: correct it, or widen the bounds.",
        ("share", "value", None, None),
    ),
    (
        parameter(D("0.33333")),
        "0.33333 has more than the 4 declared decimals: round it, or declare more.",
        ("share", "value", None, None),
    ),
    (parameter("many"), "many is no rate.", ("share", "value", None, None)),
    (parameter(None), "The parameter share has no value: enter one.", ("share", "value", None, None)),
    (
        parameter(D(1), Quantity(Unit.RATE, D(2), D(1))),
        "The lower bound 2 is above the upper bound 1.",
        ("share", "value", None, None),
    ),
    (
        parameter(D(1), Quantity(Unit.RATE, decimals=11)),
        "11 decimals are declared, and there are 0 to 10.",
        ("share", "value", None, None),
    ),
    (
        parameter(D(1), Quantity(Unit.COUNT, decimals=1)),
        "A count is whole and has no decimals: leave them out, or take the unit number.",
        ("share", "value", None, None),
    ),
    (
        parameter("a", Quantity(Unit.TEXT, D(1))),
        "A text has neither bounds nor decimals: leave them out.",
        ("share", "value", None, None),
    ),
    (
        parameter(D(1), Quantity(Unit.MONEY, D(0), D(10) ** 40)),
        "The declared bounds need 43 digits, and 38 are kept: narrow them.",
        ("share", "value", None, None),
    ),
]
TABLES = [
    (
        rows((D(0), D(3000), D(0)), (D(2000), None, D(0))),
        "The band from 2000 to ∞ overlaps that of row 1: a value would have two results.",
        ("bonus", "row 2", None, None),
    ),
    (
        rows((D(0), D(9000), D(0)), (D(300), D(400), D(0))),
        "The band from 300 to 400 overlaps that of row 1: a value would have two results.",
        ("bonus", "row 2", None, None),
    ),
    (
        rows((D(4000), None, D(0)), (D(0), D(3000), D(0))),
        "Between 3000, the end of row 2, and 4000 is a gap: let one band begin where the other ends.",
        ("bonus", "row 1", None, None),
    ),
    (
        rows((D(1000), None, D(0))),
        "The first band begins at 1000: in the mode step bands begin at 0.",
        ("bonus", "row 1", None, None),
    ),
    (
        rows((D(0), D(0), D(0)), (D(0), None, D(0))),
        "The band from 0 to 0 holds nothing: it must end above its start.",
        ("bonus", "row 1", None, None),
    ),
    (
        rows((D(0), None, None)),
        "The cell of rate is empty: fill it in, or remove the row.",
        ("bonus", "row 1", None, None),
    ),
    (
        rows((D(0), None)),
        "The row has 2 cells, and the table 3 columns: from, to, rate.",
        ("bonus", "row 1", None, None),
    ),
    (
        rows((D(0), None, D(35))),
        "35 is outside the declared bounds, 0 to 1: correct it, or widen the bounds.",
        ("bonus", "row 1", None, None),
    ),
    (
        rows(*[("TL10", D(1), D(0), D(0))] * 2, of=FYC_RATE),
        "Row 1 has the same keys, TL10, 1: remove one of the two.",
        ("fyc_rate", "row 2", None, None),
    ),
    (
        rows((D(0), D(3000), D(10)), (D(3000), None, D(50)), **INTERPOLATED),
        "The last band is open, so it has no amount of the whole band: end it, or leave its amount empty.",
        ("bonus", "row 2", None, None),
    ),
    (rows(), "The table has no rows: nothing is ever found in it. Add one.", ("bonus", "rows", None, None)),
    (
        table(values={"rate": SHARE, "more": SHARE}),
        "A table with the mode step has one value, and this has 2.",
        ("t", "values", None, None),
    ),
    (
        table(values={"rate": MONEY}),
        "In the mode step what lies in a band is multiplied by the value rate, and money times money is nothing that is paid: "
        "make it a rate, or the mode interpolated where it is what a full band earns.",
        ("t", "values", None, None),
    ),
    (
        table(mode="whole", values={"rate": TEXT}),
        "In the mode whole the value rate is a quantity, not a text.",
        ("t", "values", None, None),
    ),
    (
        table(band="", band_quantity=None, keys={"a": TEXT}),
        "A table with the mode step has a band: declare it.",
        ("t", "band", None, None),
    ),
    (table(values={}), "The table gives nothing: declare at least one value.", ("t", "values", None, None)),
    (
        table(band_quantity=TEXT),
        "Bands are made of numbers, and of dates where there is no mode; not of text.",
        ("t", "band", None, None),
    ),
    (
        with_(tables={"t": replace(FYC_RATE, name="t", keys={})}),
        "The table is read by nothing: declare keys, a band, or use a parameter instead.",
        ("t", "keys", None, None),
    ),
]
OTHERS = [
    (
        fact(key="id"),
        "The fact has no column id, which key names: declare it among the columns.",
        ("premium", "key", None, None),
    ),
    (
        fact(month_of="recieved_on"),
        "The fact has no column recieved_on, which month_of names; did you mean received_on?",
        ("premium", "month_of", None, None),
    ),
    (
        fact(month_of="amount"),
        "The column amount is a money, and month_of must be a date.",
        ("premium", "month_of", None, None),
    ),
    (
        fact(optional=frozenset({"agent_id"})),
        "The column agent_id may not be empty, because it is the agent of the fact: take it from the optional ones.",
        ("premium", "agent", None, None),
    ),
    (
        fact(refers={"policy": "policy_id", "client": "policy_id"}),
        "premium refers to client, and there is no such fact: declare it, or remove the reference.",
        ("premium", "refers client", None, None),
    ),
    (
        line(pays="benefits"),
        "The line pays benefits, which is not there; did you mean benefit?",
        ("l", "pays", None, None),
    ),
    (
        line(pays="津贴"),
        "The line pays 津贴, which is not there: name a measure or formula of money.",
        ("l", "pays", None, None),
    ),
    (
        line(pays="team_fyc"),
        "The line pays team_fyc, a value of each team: only agents are paid.",
        ("l", "pays", None, None),
    ),
    (line(pays="policies"), "The line pays policies, which is a count: only money is paid.", ("l", "pays", None, None)),
    (
        with_(formula("month_fyc * 5%"), lines={"l": Line("l", "x", "commission", 3)}),
        "The line pays x, which has up to 4 decimals: cents are paid, so write ROUND(..., 2) in x.",
        ("l", "pays", None, None),
    ),
    (
        with_(formula("ROUND(MAX(month_fyc, 0) * 5%, 2)"), lines={"l": Line("l", "x", "tax", 3, "deduction")}),
        "x is never below zero, so this deduction would be paid: put a minus before the formula of x.",
        ("l", "pays", None, None),
    ),
    (line(cap="policies"), "The cap of a line is money, and this is a count.", ("l", "cap", 0, 8)),
    (
        line(hold="month_fyc * 5%"),
        "The hold of a line comes to cents, and this has 4 decimals: write ROUND(..., 2) around it.",
        ("l", "hold", 0, 14),
    ),
    (
        with_(lines={"l": Line("l", "month_fyc", "", 1)}),
        "The line stands in no group: name the part of the statement it belongs to.",
        ("l", "group", None, None),
    ),
    (
        with_(ladders={"l": Ladder("l", ("agent",), (), rank_titles={"boss": Titles("Boss")})}),
        "The ladder has no rank boss; it has agent.",
        ("l", "rank_titles", None, None),
    ),
    (
        move("agent", "manger", "promotion", "on_track"),
        "The ladder has no rank manger; it has agent, manager.",
        ("grade", "move 1", None, None),
    ),
    (
        move("manager", "agent", "promotion", "on_track"),
        "A promotion leads to a higher rank, and agent is not above manager.",
        ("grade", "move 1", None, None),
    ),
    (
        move("agent", "manager", "demotion", "on_track"),
        "A demotion leads to a lower rank, and manager is not below agent.",
        ("grade", "move 1", None, None),
    ),
    (
        move("manager", "agent", "maintenance", "on_track"),
        "A maintenance keeps the rank manager, so it leads to itself, not to agent; see otherwise.",
        ("grade", "move 1", None, None),
    ),
    (
        move("manager", "manager", "maintenance", "on_track", "manager"),
        "A maintenance that fails leads to a lower rank, and manager is not below manager.",
        ("grade", "move 1", None, None),
    ),
    (
        move("agent", "manager", "promotion", "month_fyc"),
        "This must be a condition, and it gives a money: compare it with something.",
        ("grade", "move 1", 0, 9),
    ),
    (formula("a--1"), "Two minus signs in a row are not read: write - (-x), or remove one.", ("x", "expression", 1, 3)),
]
WRONG = [*NAMES, *CIRCLES, *GRAINS, *UNITS, *BOUNDS, *TABLES, *OTHERS]


@pytest.mark.parametrize(
    ("book", "sentence", "place"), WRONG, ids=[f"{sentence[:40]}-{at}" for at, (_, sentence, _p) in enumerate(WRONG)]
)
def test_a_problem_is_told_with_its_place(
    book: Book, sentence: str, place: tuple[str, str, int | None, int | None]
) -> None:
    checked, problems = check(book)
    element, part, start, end = place
    assert checked is None
    assert [problem.sentence for problem in problems] == [sentence]
    assert (problems[0].element, problems[0].part) == (element, part)
    if start is not None and end is not None:
        assert problems[0].span == Span(start, end)


def test_all_problems_are_told_at_once() -> None:
    one = formula("month_fcy + p.a * LOOKUP(bonsu, 1) + ABS(agent.rank)")
    many = with_(one, parameters={"b": Parameter("b", MONEY, None)}, lines={"l": Line("l", "nothing_like_it", "g", 1)})
    assert {problem.sentence for problem in check(many)[1]} == {
        "The parameter b has no value: enter one.",
        "There is no measure or formula month_fcy; did you mean month_fyc?",
        "There is no parameter p.a; did you mean p.b?",
        "There is no table bonsu; did you mean bonus?",
        "ABS takes numbers, and this gives a text.",
        "The line pays nothing_like_it, which is not there: name a measure or formula of money.",
    }


def test_a_column_pasted_wrongly_is_not_thousands_of_problems() -> None:
    book = rows(*[("A", D(at), D(35), D(0)) for at in range(5000)], of=FYC_RATE)
    problems = check(book)[1]
    assert len(problems) == 21
    assert problems[-1].sentence == "The rows have 4980 more problems like these."


def sound(book: Book) -> Checked:
    checked, problems = check(book)
    assert [f"{problem.element} {problem.part}: {problem.sentence}" for problem in problems] == []
    assert checked is not None
    return checked


def result(text: str, quantity: Quantity = MONEY, grain: str = "agent") -> Type:
    return sound(formula(text, quantity, grain)).texts["x", "expression"].result


def test_a_sound_book() -> None:
    checked = sound(BOOK)
    assert checked.levels == (("policies", "fyc"), ("month_fyc",), ("team_fyc", "benefit", "managed", "on_track"))
    assert checked.uses["fyc"] == {"premium", "fyc_rate"}
    assert checked.uses["on_track"] == {"month_fyc", "p.quarter_target"}
    assert checked.uses["line benefit"] == {"benefit"}
    assert checked.uses["ladder grade"] == {"on_track", "policies"}
    assert checked.texts["fyc", "expression"].grain == checked.texts["month_fyc", "where"].grain == "premium"
    for text in checked.texts.values():
        assert {node.span for node in walk(text.expression)} == set(text.types)


def test_earlier_months_are_no_circle() -> None:
    low_high = Quantity(Unit.MONEY, D(0), D(1_000_000))
    carried = with_(formulas={
        "carried": Formula("carried", low_high, "agent", "MAX(0, COALESCE(PRIOR(owed, 1), 0) - month_fyc)"),
        "owed": Formula("owed", low_high, "agent", "carried + 1"),
    })  # fmt: skip
    checked = sound(carried)
    levels = {name: at for at, level in enumerate(checked.levels) for name in level}
    assert levels["month_fyc"] < levels["carried"] < levels["owed"]
    ahead = with_(formulas={"early": Formula("early", MONEY, "agent", "COALESCE(PRIOR(benefit, 1), 0)")})
    assert sound(ahead).levels[0] == ("policies", "fyc", "early")


@pytest.mark.parametrize(
    ("text", "quantity", "unit", "low", "high", "decimals"),
    [
        ("p.quarter_target * 35%", MONEY, Unit.MONEY, 0, 3_500_000, 4),
        ("p.quarter_target - 100", MONEY, Unit.MONEY, -100, 9_999_900, 2),
        ("ROUND(p.quarter_target * 33.333%, 2)", MONEY, Unit.MONEY, 0, 3_333_300, 2),
        ("p.quarter_target / 3", MONEY, Unit.MONEY, 0, D("3333333.3333333333"), 10),
        ("100 / month.days", MONEY, None, D("3.2258064516"), D("3.5714285714"), 10),
        ("month.days / month.days", RATE, Unit.RATE, D("0.9032258065"), D("1.1071428571"), 10),
        ("month.number * 5%", Quantity(Unit.NUMBER), Unit.NUMBER, D("0.05"), D("0.6"), 2),
        ("MIN(p.quarter_target, 5)", MONEY, Unit.MONEY, 0, 5, 2),
        ("IF(on_track, 5, -p.quarter_target)", MONEY, Unit.MONEY, -10_000_000, 5, 2),
        ("month.last_day - month.first_day", Quantity(Unit.DAYS), Unit.DAYS, -3_652_058, 3_652_058, 0),
        ("YTD(month_fyc)", MONEY, Unit.MONEY, -12 * 10**12, 12 * 10**12, 2),
        ("TIER(bonus, p.quarter_target)", RATE, Unit.RATE, 0, 1, 10),
        ("p.quarter_target * TIER(bonus, p.quarter_target)", MONEY, Unit.MONEY, 0, 10_000_000, 6),
        ("TIER_AMOUNT(bonus, 5000)", MONEY, Unit.MONEY, 0, 5000, 6),
        ("LOOKUP(fyc_rate.flat, 'TL10', 1)", MONEY, Unit.MONEY, -1_000_000, 1_000_000, 2),
    ],
)
def test_bounds_and_decimals(
    text: str, quantity: Quantity, unit: Unit | None, low: int, high: int, decimals: int
) -> None:
    kind = result(text, quantity)
    assert (kind.unit, kind.low, kind.high, kind.decimals) == (unit, low, high, decimals)


def test_what_may_miss() -> None:
    assert result("LOOKUP(fyc_rate.rate, agent.rank, 1)", RATE).can_miss
    assert result("PRIOR(month_fyc, 1)").can_miss
    assert not result("COALESCE(PRIOR(month_fyc, 1), 0)").can_miss
    assert not result("TEAM(month_fyc)").can_miss
    assert result("policy.issued_on", DATE, "premium").can_miss


def test_people_functions_see_the_other_person() -> None:
    sound(formula("GENERATION(month_fyc * IF(edge.year = 1, 10%, 5%), nurturer, 1)", Quantity(Unit.MONEY)))
    sound(formula("DIRECT(IF(my.benefit > benefit AND my.level_months > 3, month_fyc, 0))"))
    sound(formula("SPREAD(month_fyc, LOOKUP(fyc_rate.rate, agent.rank, 1))"))
    sound(formula("premium.product = 'A' AND premium.premium_id <> '7' AND agent.rank = 'B'", FLAG, "premium"))


OPERANDS = st.sampled_from(
    ["month_fyc", "benefit", "policies", "on_track", "team_fyc", "fyc", "p.quarter_target", "agent.rank", "agent.joined_on",
     "5%", "3", "0", "0.005", "'A'", "2026-01-31", "month.days", "my.benefit", "edge.year", "premium.amount", "bonus",
     "fyc_rate.rate", "nurturer"]
)  # fmt: skip


def _larger(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "=", "<", "AND", "OR"])
    calls = st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inside, min_size=1, max_size=3))
    return st.one_of(
        st.tuples(inside, signs, inside).map(lambda told: f"({told[0]}) {told[1]} ({told[2]})"),
        calls.map(lambda told: f"{told[0]}({', '.join(told[1])})"),
    )


@examples(250)
@given(
    st.recursive(OPERANDS, _larger, max_leaves=8), st.sampled_from(["agent", "premium", "team"]), st.sampled_from(Unit)
)
def test_any_formula_is_typed_or_told(text: str, grain: str, unit: Unit) -> None:
    checked, problems = check(formula(text, Quantity(unit), grain))
    assert (checked is None) == bool(problems)
    if checked is None:
        assert all(problem.element == "x" and problem.sentence for problem in problems)
        return
    found = checked.texts["x", "expression"]
    assert {node.span for node in walk(found.expression)} == set(found.types)
    assert all(kind.low <= kind.high and kind.digits <= 38 for kind in found.types.values())
