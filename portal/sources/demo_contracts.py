"""Movements of accounts that keep a contract: time deposits, loans and insurance of the demo bank.

Each step of a contract follows from its terms, so what any day brings needs no look back. What began before the first
day comes on that day as `brought_forward`.
"""

from __future__ import annotations

# Time deposits and business loans: the n-th term's amount is base + n * part; after the last the account is closed. A
# deposit's interest is added to it; a loan is paid back and drawn anew.
ROLLING_MOVEMENTS = """
with step as (
    select *, unnest(range(0, rolls + 2)) as n, opened_on < first_day() as is_old from account
    where family in ('time', 'business') and opened_on <= $last_day and closed_on >= $from_day
), placed as (
    select *, is_old and n = (first_day() - opened_on) // term_days as is_carried,
           if(is_carried, first_day(), opened_on + (n * term_days)::integer) as day,
           if(n = 0 or is_carried, 0, base + (n - 1) * part) as before, if(n > rolls, 0, base + n * part) as after
    from step
), turned as (
    select account_id, day, unnest(case
        when before = 0 then [{turn: 1, amount: after, balance_after: after,
            kind: if(is_carried, 'brought_forward', if(family = 'time', 'opening_deposit', 'loan_drawdown'))}]
        when family = 'time' and n > rolls then [
            {turn: 1, amount: part, balance_after: before + part, kind: 'interest'},
            {turn: 2, amount: -before - part, balance_after: 0, kind: 'closing_withdrawal'}]
        when family = 'time' then [{turn: 1, amount: part, balance_after: after, kind: 'interest'}]
        when n > rolls then [{turn: 1, amount: -before, balance_after: 0, kind: 'loan_repayment'}]
        else [{turn: 1, amount: -before, balance_after: 0, kind: 'loan_repayment'},
              {turn: 2, amount: after, balance_after: after, kind: 'loan_drawdown'}] end) as movement
    from placed
    where day between greatest($from_day, first_day()) and $last_day
)
select account_id, day, movement.turn, movement.amount, movement.balance_after, movement.kind from turned
"""

# Mortgages and consumer loans: drawn once, then equal principal on a day of each month; the last takes the rest.
MONTHLY_MOVEMENTS = """
with loan as (
    select *, opened_on < first_day() as is_old from account
    where family in ('mortgage', 'consumer') and opened_on <= $last_day and closed_on >= $from_day
), placed as (
    select *, if(is_old, datediff('month', opened_on, first_day()) - 1, 0) as n,
           greatest(opened_on, first_day()) as day, 0 as before, base - n * part as after,
           if(is_old, 'brought_forward', 'loan_drawdown') as kind
    from loan
    union all
    select loan.*, datediff('month', opened_on, month) as n, month + monthly_on - 1 as day,
           base - (n - 1) * part as before, if(n = rolls, 0, base - n * part) as after, 'loan_repayment' as kind
    from loan, asked_month
    where n between 1 and rolls and day > first_day()
)
select account_id, day, 1 as turn, after - before as amount, after as balance_after, kind
from placed
where day between $from_day and $last_day
"""

# Insurance stands at the premiums paid so far: one at the beginning and one on each anniversary. An anniversary on the
# first day is part of what a policy begun before brings forward.
YEARLY_MOVEMENTS = """
with paid as (
    select *, unnest(range(0, rolls)) as n from account where family = 'insurance' and opened_on <= $last_day
), placed as (
    select account_id, base, n, (opened_on + to_years(n::integer))::date as day,
           opened_on < first_day() and day <= first_day() as is_carried
    from paid
)
select account_id, day, 1 as turn, base as amount, base * (n + 1) as balance_after, 'premium' as kind
from placed
where not is_carried and day between $from_day and $last_day
union all
select account_id, first_day(), 1, base * count(*), base * count(*), 'brought_forward'
from placed
where is_carried and first_day() between $from_day and $last_day
group by account_id, base
"""
