"""Movements of accounts that come and go all month: demand accounts, cards, funds, wealth products of the demo bank.

The trick: an account's balance on a day on which something happens is worked out from its number and the day alone. A
movement is the difference to the balance of the event before; every such account has an event in each month, so the
month before the asked days is enough to look back on.

Before the first day there is no history: what is held then comes on the first day as `brought_forward`.
"""

from __future__ import annotations

# When something may happen to an account of a family: on its `monthly_on` day, on a fixed day, on the month's last day,
# or on a day of its lots; `chance` in thousandths. Shifts keep the day within its month.
SLOTS = """
create table slot as from (values
    ('personal', 0, 'monthly', 0, 'before', 1000), ('personal', 1, 'lot', 0, 'none', 700),
    ('personal', 2, 'lot', 0, 'none', 420),
    ('corporate', 0, 'monthly', 0, 'before', 1000), ('corporate', 1, 'lot', 0, 'before', 1000),
    ('corporate', 2, 'lot', 0, 'before', 1000), ('corporate', 3, 'lot', 0, 'before', 900),
    ('corporate', 4, 'fixed', 15, 'before', 600), ('corporate', 5, 'last', 0, 'none', 1000),
    ('corporate', 6, 'fixed', 2, 'after', 1000),
    ('card', 0, 'monthly', 0, 'none', 1000), ('card', 1, 'lot', 0, 'weekend', 800),
    ('card', 2, 'lot', 0, 'weekend', 650),
    ('fund', 0, 'fixed', 8, 'before', 1000), ('fund', 1, 'fixed', 22, 'before', 1000),
    ('fund', 2, 'last', 0, 'none', 1000),
    ('wealth', 0, 'last', 0, 'none', 1000)
) as slots(family, slot, style, fixed_on, shift, chance)
"""

# Slots 5 and 6 are of the firms that dress up the month's end: three in five bring money in for its last day and take
# it out on the second of the next month.
EVENTS = """
with wave as (
    select family, account_id, opened_on, closed_on, monthly_on from account
    where family in (select family from slot) and opened_on <= $last_day
), candidate as (
    select account_id, opened_on, closed_on, shift, account_id * 8 + slot as place, day_number(month) as month_number,
           case style
               when 'monthly' then month + monthly_on - 1
               when 'fixed' then month + fixed_on - 1
               when 'last' then last_day(month)
               else month + 2 + draw_on('event day', place, month_number, 26)::integer end as day
    from wave join slot using (family), asked_month
    where draw_on('happens', place, month_number, 1000) < chance and (slot not in (5, 6) or dresses(account_id))
), shifted as (
    select account_id, opened_on, closed_on, case shift
               when 'before' then working_day(day)
               when 'after' then day + if(isodow(day) > 5, 8 - isodow(day)::integer, 0)
               when 'weekend' then day - if(isodow(day) < 3, isodow(day)::integer, 0)
               else day end as day
    from candidate
    union all
    select account_id, opened_on, closed_on, greatest(opened_on, first_day()) from wave
    union all
    select account_id, opened_on, closed_on, closed_on from wave where closed_on is not null
), event as (
    select distinct account_id, day from shifted
    where day between greatest(opened_on, first_day(), $look_back) and least($last_day, closed_on)
)
"""

# What an account holds on a day, in whole cents. A person's wave falls from one payday to the next, a firm pays wages
# on its payday, a card's debt rises from one due day to the next. Growth is in millionths, the rest in thousandths.
BALANCE_MACROS = """
create macro dresses(account_id) as draw('dresses', account_id, 10) < 6;
create macro grown(base, lot, days) as base * greatest(1000000 + (lot // 2 - 65) * days, 100000) // 1000000;
create macro part_of(amount, thousandths) as amount * thousandths // 1000;
create macro personal_balance(grown, season, swing, since_payday, noise) as greatest(100, part_of(part_of(part_of(
    grown, season), 1000 + (40 + part_of(if(grown < 5000000, 500, 110), swing)) * (15 - since_payday) // 30),
    970 + noise * 60 // 1000));
create macro corporate_balance(grown, season, swing, since_payday, dressing, noise) as greatest(10000, part_of(part_of(
    part_of(part_of(grown, season), if(since_payday < 4, 880 + swing // 12, 1000)),
    1000 + part_of(dressing, 500 + swing)), 890 + noise * 220 // 1000));
create macro card_balance(card_limit, season, swing, growth, since_due, noise) as
    part_of(card_limit, if(swing < 220, 100 + swing, swing // 100))
    + part_of(part_of(part_of(card_limit, 120 + growth * 380 // 1000) * since_due // 31, season),
              850 + noise * 300 // 1000);
create macro fund_balance(base, market, is_bond, noise) as
    base * (if(is_bond, 4000 + market, 5 * market) * 200 + noise) // 1000000;
create macro wealth_balance(base, rate, days) as base + base * rate // 1000000 * days // 365;
"""

# On the first day a card's debt stands where the last event of the month before would have left it: about half-way.
BALANCES = """
, placed as (
    select *, day - first_day() as age, day = greatest(opened_on, first_day()) as is_first,
           coalesce(day = closed_on, false) as is_last, draw_on('noise', account_id, day_number(day), 1001) as noise,
           greatest((day(day) - monthly_on + 33) % 31 - 2, 0) as since_payday,
           (day(day) - monthly_on + 31) % 31 // if(day = first_day(), 2, 1) as since_due
    from event join account using (account_id) join calendar using (day)
), valued as (
    select *, case
        when is_last then 0
        when family = 'personal'
        then personal_balance(grown(base, growth_lot, age), personal_season, swing_lot, since_payday, noise)
        when family = 'corporate'
        then corporate_balance(grown(base, growth_lot, age), corporate_season, swing_lot, since_payday,
                               if(dresses(account_id), dressing, 0), noise)
        when family = 'card' then card_balance(base, card_season, swing_lot, growth_lot, since_due, noise)
        when family = 'fund' then fund_balance(base, market, product_code = 'FUND_BOND', noise)
        else wealth_balance(base, part, day - opened_on) end as balance
    from placed
), stepped as (
    select *, coalesce(lag(balance) over (partition by account_id order by day), 0) as before from valued
)
"""

# One event in nine of the busy accounts is two movements: something more comes in and goes out again the same day.
MOVEMENTS = """
, split as (
    select *, balance - before as change,
           if(family in ('personal', 'corporate', 'card') and not is_first and not is_last
              and draw_on('splits', account_id, day_number(day), 1000) < 110,
              greatest(-change, 0) + 10000 + 100 * draw_on('split', account_id, day_number(day), 2900), 0) as extra
    from stepped
    where day between $from_day and $last_day
), moved as (
    select *, 1 as turn, change + extra as amount, balance + extra as balance_after from split
    union all
    select *, 2 as turn, -extra as amount, balance as balance_after from split where extra > 0
)
select account_id, day, turn, amount, balance_after, case
    when is_first and opened_on < first_day() then 'brought_forward'
    when is_first then if(family in ('fund', 'wealth'), 'purchase', 'opening_deposit')
    when is_last then if(family in ('fund', 'wealth'), 'redemption', 'closing_withdrawal')
    when family in ('fund', 'wealth') then 'valuation'
    when family = 'card' then if(amount > 0, 'card_purchase', 'card_repayment')
    when family = 'corporate' and amount > 0 then 'collection'
    when family = 'corporate' then if(day(day) = 15, 'tax', if(since_payday < 3, 'payroll', 'supplier_payment'))
    when amount > 0 then if(since_payday = 0 and turn = 1, 'salary', 'transfer_in')
    else picked(['payment', 'transfer_out', 'cash_withdrawal', 'payment'], noise % 4) end as kind
from moved
where amount <> 0
"""

WAVE_MOVEMENTS = EVENTS + BALANCES + MOVEMENTS
