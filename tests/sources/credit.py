"""What must hold of any bank's shares."""

from __future__ import annotations

import duckdb
import pyarrow as pa

# every day on which the shares of a subject change, and their total from that day on
TOTALS = """
with share as (select *, coalesce('customer ' || customer_id, 'account ' || account_id) as subject from shares),
cut as (select subject, role, valid_from as day from share union select subject, role, valid_to from share)
select subject, role, day, sum(ratio) as total
from cut join share using (subject, role)
where valid_from <= day and day < valid_to
group by all having total <> 1
"""


def wrong_totals(shares: pa.Table) -> list[tuple[object, ...]]:
    """Subjects whose shares do not total 100 % on some day."""
    connection = duckdb.connect()
    connection.register("shares", shares)
    return connection.execute(TOTALS).fetchall()
