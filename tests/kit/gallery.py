"""A look at every part with made-up figures: `BASIS_VAR=... python -m tests.kit.gallery [port]`.

For people who work on the kit; nothing of it is in the portal. Log in as `gallery` with the password below.
"""

from __future__ import annotations

import datetime as dt
import math
import signal
import sys
from decimal import Decimal

from dash.development.base_component import Component
from flask_babel import get_locale

from portal.kit import figures, grid, numbers, parts, subset, svg
from portal.kit.pages import Page, declare
from portal.kit.resource_form import Form

NAME, PASSWORD, PORT = "gallery", "Gallery-of-parts-1954", 8055
DAYS = [dt.date(2026, 5, 21) + dt.timedelta(days=at) for at in range(184)]
BALANCES = [
    Decimal(str(round(37.5e6 + at * 26000 + 4e5 * math.sin(at / 5) + 2e5 * math.sin(at * 1.7)))) for at in range(184)
]


def averages() -> list[Decimal]:
    """The running average of the balances."""
    total, found = Decimal(0), []
    for number, balance in enumerate(BALANCES, start=1):
        total += balance
        found.append(total / number)
    return found


def words(lang: str) -> dict[str, str]:
    """Texts of the gallery, which is in no catalogue."""
    english = {
        "good": "Good morning, Li Wei",
        "where": "Riverside sub-branch · 42 customers, 118 accounts",
        "today": "Deposits, today",
        "average": "Daily average, Nov",
        "profit": "Simulated profit, YTD",
        "score": "Score, Q4 so far",
        "vs": "vs Oct",
        "deposits": "Deposits",
        "last": "End of day and month average, last six months",
        "is": "Where it is",
        "aum": "Assets under management by product",
        "customers": "My customers",
        "todo": "To do",
        "customer": "Customer",
        "balance": "Balance",
        "since": "Since yesterday",
        "share": "My share",
        "shared": "shared",
        "more": "5 of 42",
        "end": "End of day",
        "mean": "month average",
        "out": "Zhao Qiang moved 420,000 out",
        "call": "yesterday 16:40 · call today",
        "outflow": "outflow",
        "mature": "3 time deposits mature this week",
        "sum": "1.35 m in total",
        "maturity": "maturity",
        "six": "six months",
    }
    chinese = {
        "good": "李伟，早上好",
        "where": "河滨支行 · 42 位客户，118 个账户",
        "today": "今日存款余额（元）",
        "average": "11 月日均",
        "profit": "模拟利润（年）",
        "score": "四季度考核得分",
        "vs": "较上月末",
        "deposits": "存款",
        "last": "日终余额与月日均，近六个月",
        "is": "资产分布",
        "aum": "管理资产按产品",
        "customers": "我的客户",
        "todo": "待办",
        "customer": "客户",
        "balance": "余额",
        "since": "较昨日",
        "share": "我的占比",
        "shared": "共管",
        "more": "共 42 位，显示 5 位",
        "end": "日终余额",
        "mean": "月日均",
        "out": "赵强转出 42 万",
        "call": "昨日 16:40 · 建议今日联系",
        "outflow": "流出",
        "mature": "本周 3 笔定期到期",
        "sum": "合计 135 万",
        "maturity": "到期",
        "six": "近六个月",
    }
    return chinese if lang == "zh" else english


def workbench() -> Component:
    """The picture of the design, made of parts."""
    lang = str(get_locale() or "en")
    text = words(lang)
    return parts.stack(
        parts.page_header(text["good"], text["where"]),
        parts.figure_row(cards(lang, text)),
        parts.columns(trend_section(lang, text), ring_section(lang, text)),
        parts.columns(customers_section(lang, text), tasks_section(text)),
    )


def cards(lang: str, text: dict[str, str]) -> list[Component]:
    """Four figures."""
    deposits, rise = Decimal("46820315.20"), Decimal("1943200")
    value, unit = numbers.short(deposits, lang)
    mean, mean_unit = numbers.short(Decimal("45103000"), lang)
    profit, profit_unit = numbers.short(Decimal("312480"), lang)
    change = numbers.short_change
    return [
        parts.figure_card(
            text["today"],
            value,
            unit,
            numbers.money(deposits),
            parts.Delta(change(rise, lang), 1, text["vs"]),
            svg.sparkline(BALANCES[::12]),
            "/why",
            hero=lang == "zh",
        ),
        parts.figure_card(
            text["average"],
            mean,
            mean_unit,
            "",
            parts.Delta(change(Decimal(620000), lang), 1, text["vs"]),
            svg.sparkline(averages()[::12]),
            "/why",
        ),
        parts.figure_card(
            text["profit"],
            profit,
            profit_unit,
            "",
            parts.Delta(change(Decimal(-8210), lang), -1, text["vs"]),
            svg.sparkline([9, 8, 9, 7, 6, 7, 6, 5]),
            "/why",
        ),
        parts.figure_card(
            text["score"],
            "87.4",
            "/ 100",
            "",
            parts.Delta("+2.1", 1, text["vs"]),
            svg.sparkline([1, 2, 2, 3, 5, 4, 6, 6]),
            "/why",
        ),
    ]


def trend_section(lang: str, text: dict[str, str]) -> Component:
    """Six months of a balance."""
    lines = [svg.Series(text["end"], BALANCES, 1, filled=True), svg.Series(text["mean"], averages(), 3, dashed=True)]
    choice = parts.segmented("gallery-period", [("1", "1M"), ("6", "6M"), ("12", "1Y")], "6", "Period")
    subtitle = [text["end"], " · ", parts.colored(text["mean"], 3), " · ", text["six"]]
    return parts.section(
        text["deposits"], parts.picture(svg.trend(DAYS, lines, text["last"], lang)), subtitle=subtitle, actions=[choice]
    )


def ring_section(lang: str, text: dict[str, str]) -> Component:
    """A whole in parts."""
    names = ("定期", "活期", "理财", "保险") if lang == "zh" else ("Time deposits", "Demand", "Wealth", "Insurance")
    slices = [
        svg.Slice(name, value, at + 1) for at, (name, value) in enumerate(zip(names, (46, 27, 17, 10), strict=True))
    ]
    shares = [
        parts.Share(part.color, part.name, numbers.percent(Decimal(part.value) / 100, lang, 0)) for part in slices
    ]
    ring = parts.picture(svg.donut(slices, "61.2m", "AUM", text["is"]), legend=parts.legend(shares), beside=True)
    return parts.section(text["is"], ring, subtitle=text["aum"])


ENDLESS = "x" * 500  # as long as a reason may be, in one word


def customers_section(lang: str, text: dict[str, str]) -> Component:
    """A few rows; one name tries to be markup."""
    rows = [
        ("Hua Trading Ltd", "4812300.00", "1250000.00", "60"),
        ("Chen Mei", "2140655.20", "36200.00", "100"),
        ("Zhao Qiang", "1988120.75", "-420000.00", "100"),
        ("<b onclick=alert(1)>Nordlicht</b> GmbH", "1507044.10", "5310.45", "50"),
        ("Sun Li", "1226900.00", "-12000.00", "100"),
    ]
    shown = [
        {
            "name": parts.Cell(
                name, badge=text["shared"] if share != "100" else "", note=ENDLESS if "Mei" in name else ""
            ),
            "balance": numbers.money(Decimal(balance)),
            "change": numbers.signed(Decimal(change)),
            "share": numbers.percent(Decimal(share) / 100, lang, 0),
            "href": "/customers/1",
        }
        for name, balance, change, share in rows
    ]
    columns = [
        parts.Column("name", text["customer"]),
        parts.Column("balance", text["balance"], "number"),
        parts.Column("change", text["since"], "change"),
        parts.Column("share", text["share"], "number"),
    ]
    return parts.section(
        text["customers"],
        parts.simple_table(columns, shown, text["customers"]),
        actions=[parts.link(text["more"], "/customers")],
    )


def tasks_section(text: dict[str, str]) -> Component:
    """Things to do."""
    tasks = [
        parts.Task(text["out"], text["call"], text["outflow"], "/customers/3"),
        parts.Task(text["mature"], text["sum"], text["maturity"]),
    ]
    return parts.section(text["todo"], parts.task_list(tasks))


def everything() -> Component:
    """The parts that are not on the workbench."""
    bars = svg.columns(
        [-3, -5, -9, 2, 8, 14, 9, 4],
        list("abcdefgh"),
        [f"{n}" for n in range(8)],
        "Who gains",
        ["fall"] * 3 + ["same"] + ["rise"] * 4,
    )
    chart = {
        "data": [
            {"type": "bar", "name": name, "x": ["North", "South <i>", "East"], "y": [5300000, high, -900000]}
            for name, high in (("Before", 4100000), ("Then", 4700000))
        ]
    }
    columns = [
        grid.GridColumn("name", "Customer", "link"),
        grid.GridColumn("balance", "Balance", "money"),
        grid.GridColumn("change", "Change", "change"),
        grid.GridColumn("rate", "Rate", "percent"),
        grid.GridColumn("kind", "Kind", "tag"),
    ]
    rows = [
        {
            "name": {"text": f"Customer {n}", "href": "/"},
            "balance": Decimal(n) * 1234567,
            "change": Decimal(n - 15) * 100,
            "rate": Decimal("0.0275"),
            "kind": {"text": "shared", "tone": "accent"},
        }
        for n in range(30)
    ]
    return parts.stack(
        parts.page_header(
            "What the 2027 rules would have paid",
            "Sep–Nov 2026, 3,000 agents, computed in 1.2 s",
            [
                parts.button("Compare months", "gallery-compare"),
                parts.button("Submit for approval", "gallery-submit", primary=True),
            ],
            [("Rulebooks", "/"), ("Individual agents", "/"), ("2027 draft", "")],
        ),
        parts.flag("The control total of 20 Nov differs by 0.05.", action=parts.link("See the problem", "/jobs")),
        parts.tabs([("Agents", "/gallery"), ("Institutions", "/x"), ("Ranks", "/y")], "/gallery"),
        parts.columns(
            parts.section(
                "Who gains, who loses",
                parts.picture(bars, "Most agents gain."),
                subtitle="Change in pay per agent and month",
            ),
            parts.section(
                "Facts",
                parts.facts([("Opened", "12 Mar 2019"), ("Manager", "Li Wei"), ("Segment", "personal")]),
                parts.progress(0.87, "87 %"),
            ),
        ),
        parts.section("Plotly", figures.graph("gallery-bars", figures.dressed(chart), "Bars")),
        parts.section("Grid", grid.grid("gallery-grid", columns, rows=rows, height=300)),
        parts.section("Form", *fields()),
        parts.section(
            "Rows", Form(id="rows-form", fields=ROWS, values={"rows": "from\tto\trate\n0\t100\t5%"}, problems={})
        ),
        parts.section(
            "Said",
            parts.empty("No customer has these words.", parts.link("Show all", "/")),
            parts.problem("Try again in a minute.", "8f3a12"),
            parts.skeleton(60),
        ),
        parts.section(
            "Words",
            *[parts.badge(tone, tone) for tone in ("neutral", "accent", "good", "warn", "bad")],
            parts.notice("Saved."),
        ),
        parts.confirm("gallery-sure", "Publish October?", "3,000 agents are paid 18.42 m.", "Publish"),
    )


ROWS = [{"name": "rows", "label": "Rows", "kind": "sheet", "wide": True, "add": "Add a row", "remove": "Remove row"}]


def fields() -> list[Component]:
    """Form fields of each kind."""
    from dash import dcc

    return [
        parts.labelled("Name", dcc.Input(id="gallery-name", type="text"), hint="As on the contract"),
        parts.labelled("Day", dcc.Input(id="gallery-day", type="text"), problem_text="Not a business day."),
    ]


def declare_pages() -> None:
    """Put the gallery into the menu."""
    subset.FOLDERS = (*subset.FOLDERS, "tests/kit")  # its icons, too
    declare(Page("/gallery", "My workbench", workbench, None, icon="speedometer2", group="work", order=1, phone=True))
    declare(Page("/gallery/parts", "All parts", everything, None, icon="grid", group="work", order=2, phone=True))


def main(port: int = PORT) -> None:
    """Serve it until interrupted."""
    import callbacks
    import callbacks.shell
    import pages
    from portal.database import database
    from portal.migrations.upgrade import upgrade
    from portal.models.access import User
    from portal.permissions import LOCAL_OPERATOR
    from portal.postgres import EmbeddedPostgres
    from portal.services.users import add_user
    from portal.services.writer import writing
    from portal.settings import settings
    from portal.web import create_app

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with interrupts ignored
    upgrade(database())
    pages.__path__, callbacks.__path__ = [], []  # only the kit, whatever else is being worked on
    declare_pages()
    app = create_app()
    with writing(LOCAL_OPERATOR) as writer:
        if not writer.exists(User, User.username == NAME):
            add_user(writer, NAME, PASSWORD)
    try:
        app.server.run(port=port, threaded=True)
    finally:
        database().dispose()
        EmbeddedPostgres(settings().var_path / "postgres").stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
