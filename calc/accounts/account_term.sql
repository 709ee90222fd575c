-- What holds for an account from a day on: its customer, product and place, and the margin its money earns.
-- grain:  account_id, valid_from (half-open to valid_to)
-- reads:  account(account_id, customer_id, product_id, institution_id, opened_on, repriced_on, customer_rate, term_days,
--         valid_from),
--         product(product_id, kind, day_basis), ftp_rate(term_days, ftp_rate, valid_from, valid_to)
-- makes:  account_id, customer_id, product_id, booking_institution_id, margin_rate, margin_factor, valid_from, valid_to
-- units:  margin_rate a year; margin_factor = margin_rate x 26,280 / day basis, a whole multiple on either basis
--         matched maturity: the internal rate is that of the curve on the opening day, from a repricing on that of the day
--         the row names (and later rows, until one names another), for the shortest term not below the account's (the
--         longest there is beyond it); deposits earn ftp - rate, loans rate - ftp, others nothing
-- source: definitions, "Simulated profit (FTP)"
with changed as (select account_id from account group by account_id having count(*) > 1),
-- most accounts never change: only those that do are put in order
dated as (
    select account.*, least(valid_from, opened_on) as holds_from, date '9999-12-31' as holds_to,
           coalesce(repriced_on, opened_on) as priced_on
    from account anti join changed using (account_id)
    union all
    select account.*,
           case when row_number() over one_account = 1 then least(valid_from, opened_on) else valid_from end,
           coalesce(lead(valid_from) over one_account, date '9999-12-31'),
           coalesce(last_value(repriced_on ignore nulls) over one_account, opened_on)
    from account semi join changed using (account_id)
    window one_account as (partition by account_id order by valid_from)
),
priced as (
    -- the curve is asked once for each pricing day and term there is, not once an account
    select priced_on, wanted.term_days,
           coalesce(min_by(ftp_rate.ftp_rate, ftp_rate.term_days) filter (ftp_rate.term_days >= wanted.term_days),
                    max_by(ftp_rate.ftp_rate, ftp_rate.term_days)) as ftp_rate
    from (select distinct priced_on, term_days from dated) as wanted
    join ftp_rate on ftp_rate.valid_from <= priced_on and priced_on < ftp_rate.valid_to
    group by priced_on, wanted.term_days
),
margin as (
    select dated.*, day_basis,
           case kind when 'deposit' then ftp_rate - customer_rate
                     when 'loan' then customer_rate - ftp_rate
                     when 'card' then customer_rate - ftp_rate
                     else 0 end as margin_rate
    from dated join product using (product_id) left join priced using (priced_on, term_days)
)
select account_id, customer_id, product_id, institution_id as booking_institution_id,
       coalesce(margin_rate, 0) as margin_rate, coalesce(margin_rate, 0) * (26280 // day_basis) as margin_factor,
       holds_from as valid_from, holds_to as valid_to
from margin
