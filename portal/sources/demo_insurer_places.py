"""The demo insurer's company, provinces, branches and teams with invented names, its staff and its products."""

from __future__ import annotations

import datetime as dt

from portal.sources.base import Institution, Level, Person, Position
from portal.sources.demo_agents import TEAMS, TEAMS_OF_A_BRANCH
from portal.sources.demo_names import (
    FAMILY_NAMES,
    FIRM_FIRST,
    FIRM_LAST,
    FIRST_SYLLABLES,
    LAST_SYLLABLES,
    staff_name,
)
from portal.sources.insurer import InsuranceProduct

OPENING_DAY = dt.date(2005, 1, 1)
COMPANY = "LIFE"
SALES_TEAM = "sales_team"

# depths leave room for a bank's levels above: one house, two companies
LEVELS = [
    Level("insurance_company", "Insurance company", "保险公司", 10),
    Level("province", "Province", "省公司", 11),
    Level("insurance_branch", "Insurance branch", "保险分支机构", 12),
    Level(SALES_TEAM, "Sales team", "营业组", 13, sales_team=True),
]

PLACES = (
    ("Jiangdong", "江东", (("Linjiang", "临江"), ("Qingyang", "清阳"), ("Baisha", "白沙"), ("Yuntai", "云台"))),
    ("Haixi", "海西", (("Luzhou", "鹭州"), ("Minhai", "闽海"), ("Shanhu", "珊湖"), ("Guanyin Bay", "观音湾"))),
    ("Nanling", "南岭", (("Meiling", "梅岭"), ("Xiangshui", "湘水"), ("Zhulin", "竹林"), ("Hengfeng", "横峰"))),
)  # fmt: skip

STAFF = (  # number, where, as what
    ("LI-0", COMPANY, "leader"), ("LI-RULES", COMPANY, "operator"), ("LI-APPROVER", COMPANY, "operator"),
    ("LI-CLERK", COMPANY, "operator"),
)  # fmt: skip

PRODUCTS = [
    InsuranceProduct(code, line, name, name_zh, terms, OPENING_DAY)
    for code, line, name, name_zh, terms in (
        ("WL01", "life", "Evergreen whole life", "常青增额终身寿险", "3 5 10 20"),
        ("EN01", "endowment", "Harvest endowment", "丰收两全保险", "3 5 10"),
        ("AN01", "annuity", "Steady annuity", "稳享年金保险", "1 3 5 10"),
        ("PN01", "annuity", "Golden years pension", "金岁养老年金保险", "5 10 20"),
        ("GR01", "endowment", "Shared growth participating", "共盈分红型两全保险", "3 5 10"),
        ("JE01", "annuity", "First steps education", "启程少儿教育金", "5 10"),
        ("CI01", "health", "Guardian critical illness", "守护重大疾病保险", "10 20"),
        ("CI02", "health", "Sapling critical illness", "幼苗少儿重疾险", "10 20"),
        ("TL01", "life", "Pillar term life", "栋梁定期寿险", "10 20"),
        ("ME01", "health", "Million medical", "百万医疗险", "1"),
        ("AC01", "accident", "Everyday accident", "出行意外险", "1"),
        ("UL01", "universal", "Flow universal life", "畅流万能型寿险", "1"),
    )
]


def team_code(team: int) -> str:
    """The code of a team by its number."""
    return f"LT{team:03d}"


def institution_tree(stands_under: str | None, founded: dict[int, dt.date]) -> list[Institution]:
    """The company and all below it; teams in `founded` begin on their day."""
    tree = [
        Institution(COMPANY, "Spring Life Insurance", "春晖人寿保险", "insurance_company", stands_under, OPENING_DAY)
    ]
    branches: list[tuple[str, str]] = []
    for number, (name, name_zh, below) in enumerate(PLACES, start=1):
        province = f"LP{number}"
        tree.append(Institution(province, f"{name} Province", f"{name_zh}省公司", "province", COMPANY, OPENING_DAY))
        branches += [(province, f"{one}|{one_zh}") for one, one_zh in below]
    for number, (province, names) in enumerate(branches, start=1):
        name, name_zh = names.split("|")
        tree.append(
            Institution(
                branch_code(number), f"{name} Branch", f"{name_zh}中心支公司", "insurance_branch", province, OPENING_DAY
            )
        )
    for team in range(1, TEAMS + 1):
        name, name_zh = team_name(team)
        above = branch_code((team - 1) // TEAMS_OF_A_BRANCH + 1)
        begins = founded.get(team, OPENING_DAY)
        tree.append(Institution(team_code(team), f"{name} Team", f"{name_zh}营业组", SALES_TEAM, above, begins))
    return tree


def branch_code(number: int) -> str:
    """The code of an insurance branch by its number."""
    return f"LB{number:02d}"


def team_name(team: int) -> tuple[str, str]:
    """An invented name in Latin and Chinese letters; 256 numbers give different ones."""
    first, first_zh = FIRM_FIRST[team % len(FIRM_FIRST)]
    last, last_zh = FIRM_LAST[(team // len(FIRM_FIRST) + team * 3) % len(FIRM_LAST)]
    return f"{first}{last}", f"{first_zh}{last_zh}"


def agent_name(number: int) -> tuple[str, str]:
    """An invented name in Latin and Chinese letters; the first 23,000 numbers all give different ones."""
    turn, family_number = divmod(number, len(FAMILY_NAMES))
    family, family_zh = FAMILY_NAMES[family_number]
    first, first_zh = FIRST_SYLLABLES[(turn * 7 + family_number) % len(FIRST_SYLLABLES)]
    last, last_zh = LAST_SYLLABLES[(turn // len(FIRST_SYLLABLES) + turn + family_number * 5) % len(LAST_SYLLABLES)]
    return f"{family} {first}{last}", f"{family_zh}{first_zh}{last_zh}"


def staff() -> tuple[list[Person], list[Position]]:
    """Who is no agent: leaders of company, provinces and branches; those who keep, approve and apply the rules."""
    work = list(STAFF)
    work += [(f"LI-P{number}", f"LP{number}", "leader") for number in range(1, len(PLACES) + 1)]
    work += [(f"LI-B{number:02d}", branch_code(number), "leader") for number in range(1, 4 * len(PLACES) + 1)]
    people = []
    for number, (code, _, _) in enumerate(work):
        name, name_zh = staff_name(160 + number)
        people.append(Person(code, name, name_zh, f"0000 8800 {number:03d}", f"{code.lower()}@life.example"))
    return people, [Position(code, place, kind, OPENING_DAY) for code, place, kind in work]
