"""Files of an organisation that contradict themselves: refused with file, row and column, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.sources.base import SourceError
from portal.sources.folder import FolderSource

GOOD = {
    "levels": "code,name,depth,sales_team\nco,Company,0,\nbr,Branch,1,\nte,Team,2,1\n",
    "institutions": "code,name,level_code,parent_code,valid_from,valid_to\nH,Head,co,,2026-01-01,\nB,Br,br,H,2026-01-01,\n"
    "T,Team,te,B,2026-01-01,\n",
    "people": "code,name\nP1,Ann\nP2,Bo\n",
    "positions": "person_code,institution_code,kind,valid_from,valid_to\nP1,T,leader,2026-01-01,\nP2,T,agent,2026-01-01,\n",
    "products": "code,name,kind,day_basis\nDEP,Deposit,deposit,360\n",
    "agents": "person_code,agent_no,joined_on\nP1,A1,2026-01-01\nP2,A2,2026-01-01\n",
    "agent_periods": "agent_no,channel,rank,origin,valid_from,valid_to\nA1,individual,TM,hire,2026-01-01,\n",
    "relations": "kind,agent_no,from_agent_no,valid_from,valid_to\nreporting,A2,A1,2026-01-01,\n",
    "insurance_products": "code,line,name,payment_terms,valid_from,valid_to\nWL,life,Whole life,1 5 10,2026-01-01,\n",
    "calendar": "business_date,note\n2026-01-01,New Year\n",
    "exchange_rates": "currency,exchange_rate,valid_from,valid_to\nUSD,0.00000001,2026-01-01,\n",
    "ftp_curves": "code,name,currency,kind\nD,Deposits,CNY,deposit\n",
    "ftp_rates": "curve_code,term_days,ftp_rate,valid_from,valid_to\nD,0,0.02,2026-01-01,\n",
}  # fmt: skip


def written(folder: Path, **changed: str) -> FolderSource:
    (folder / "organisation").mkdir(exist_ok=True)
    for name, text in (GOOD | changed).items():
        (folder / "organisation" / f"{name}.csv").write_text(text, "utf-8")
    return FolderSource(str(folder), {"family": "insurer"})


def test_what_is_right_is_read(tmp_path: Path) -> None:
    assert [one.code for one in written(tmp_path).organisation().institutions] == ["H", "B", "T"]


@pytest.mark.parametrize(
    ("name", "old", "new", "row", "column", "says"),
    [
        ("positions", "leader", "boss", 2, "kind", "none of customer_manager, leader"),
        ("products", "deposit", "gold", 2, "kind", "“gold” is none of"),
        ("products", "360", "0", 2, "day_basis", "none of 360, 365"),
        ("agent_periods", "hire", "luck", 2, "origin", "none of hire, evaluation, decision"),
        ("relations", "reporting", "friends", 2, "kind", "none of reporting, recruiter"),
        ("insurance_products", "life", "love", 2, "line", "none of life, annuity"),
        ("insurance_products", "1 5 10", "one", 2, "payment_terms", "no list of years"),
        ("insurance_products", "1 5 10", "-1", 2, "payment_terms", "no list of years"),
        ("exchange_rates", "0.00000001", "0", 2, "exchange_rate", "not above zero"),
        ("exchange_rates", "0.00000001", "-7.1", 2, "exchange_rate", "not above zero"),
        ("exchange_rates", "USD", "dollars", 2, "currency", "three capital letters"),
        ("ftp_curves", "CNY", "???", 2, "currency", "three capital letters"),
        ("ftp_rates", "D,0", "D,-5", 2, "term_days", "below zero"),
        ("levels", "Team,2", "Team,-2", 4, "depth", "below zero"),
        ("institutions", "br,H,", "br,T,", 3, "parent_code", "“B” cannot stand under “T”"),
        ("institutions", "br,H,", "br,B,", 3, "parent_code", "“B” cannot stand under “B”"),
        ("institutions", "B,2026-01-01,", "B,2026-01-01,2025-01-01", 4, "valid_to", "not after valid_from, 2026-01-01"),
    ],
)  # fmt: skip
def test_a_wrong_cell_has_its_place(
    tmp_path: Path, name: str, old: str, new: str, row: int, column: str, says: str
) -> None:
    assert GOOD[name].count(old) >= 1
    with pytest.raises(SourceError) as caught:
        written(tmp_path, **{name: GOOD[name].replace(old, new)}).organisation()
    error = caught.value
    assert (error.file, error.row, error.column) == (f"organisation/{name}.csv", row, column)
    assert says in str(error)


@pytest.mark.parametrize(
    ("name", "line", "column", "says"),
    [
        ("people", "P1,Other", "code", "“P1” is there a second time"),
        ("agents", "P1,A2,2026-01-01", "agent_no", "“A2” is there a second time"),
        ("agents", "P1,A9,2026-01-01", "person_code", "“P1” is there a second time"),
        ("calendar", "2026-01-01,again", "business_date", "“2026-01-01” is there a second time"),
        ("ftp_curves", "E,Other,CNY,deposit", "currency", "“CNY, deposit” is there a second time"),
        ("institutions", "B,Br2,br,H,2026-06-01,", "valid_from", "“B” has another row on 2026-06-01"),
        ("positions", "P2,B,agent,2026-03-01,", "valid_from", "“P2” has another row on 2026-03-01"),
        ("agent_periods", "A1,individual,AD,hire,2026-02-01,", "valid_from", "“A1” has another row on 2026-02-01"),
        ("relations", "reporting,A2,A1,2026-05-01,", "valid_from", "“reporting, A2” has another row on 2026-05-01"),
        ("exchange_rates", "USD,7,2026-02-01,", "valid_from", "“USD” has another row on 2026-02-01"),
    ],
)
def test_a_second_row_of_the_same_has_its_place(
    tmp_path: Path, name: str, line: str, column: str, says: str
) -> None:  # fmt: skip
    text = GOOD[name] + line + "\n"
    with pytest.raises(SourceError) as caught:
        written(tmp_path, **{name: text}).organisation()
    error = caught.value
    assert (error.file, error.row, error.column) == (f"organisation/{name}.csv", text.count("\n"), column)
    assert says in str(error)


def test_a_row_that_follows_another_is_no_second_one(tmp_path: Path) -> None:
    text = GOOD["positions"].replace("agent,2026-01-01,", "agent,2026-01-01,2026-03-01") + "P2,B,agent,2026-03-01,\n"
    assert len(written(tmp_path, positions=text).organisation().positions) == 3
