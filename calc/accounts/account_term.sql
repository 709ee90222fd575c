-- What holds for an account from a day on: its customer, product and place, and the margin its money earns.
-- grain:  account_id, valid_from (half-open to valid_to)
-- reads:  account(account_id, customer_id, product_id, institution_id, currency, opened_on, repriced_on, customer_rate,
--         term_days, valid_from),
--         product(product_id, kind, day_basis), price(priced_on, currency, product_id, term_days, ftp_rate)
-- makes:  account_id, customer_id, product_id, booking_institution_id, priced_on, margin_rate, margin_factor, valid_from,
--         valid_to
-- units:  margin_rate a year; margin_factor = margin_rate x 26,280 / day basis, a whole multiple on either basis
--         matched maturity: the internal rate is that of the curve on the opening day, from a repricing on that of the day
--         the row names (and later rows, until one names another); deposits earn ftp - rate, loans rate - ftp, others nothing
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
margin as (
    select dated.*, day_basis,
           case kind when 'deposit' then ftp_rate - customer_rate
                     when 'loan' then customer_rate - ftp_rate
                     when 'card' then customer_rate - ftp_rate
                     else 0 end as margin_rate
    from dated join product using (product_id) left join price using (priced_on, currency, product_id, term_days)
)
select account_id, customer_id, product_id, institution_id as booking_institution_id, priced_on,
       coalesce(margin_rate, 0) as margin_rate, coalesce(margin_rate, 0) * (26280 // day_basis) as margin_factor,
       holds_from as valid_from, holds_to as valid_to
from margin
