-- What holds for an account from a day on: its customer, product and place, and the margin its money earns.
-- grain:  account_id, valid_from (half-open to valid_to)
-- reads:  account(account_id, customer_id, product_id, institution_id, opened_on, customer_rate, term_days, valid_from),
--         product(product_id, kind, day_basis), ftp_rate(term_days, ftp_rate, valid_from, valid_to)
-- makes:  account_id, customer_id, product_id, booking_institution_id, margin_rate, margin_factor, valid_from, valid_to
-- units:  margin_rate a year; margin_factor = margin_rate x 26,280 / day basis, a whole multiple on either basis
--         matched maturity: the internal rate is that of the curve on the opening day, for the shortest term not below
--         the account's (the longest there is beyond it); deposits earn ftp - rate, loans rate - ftp, others nothing
-- source: definitions, "Simulated profit (FTP)"
with priced as (
    select account.account_id, min_by(ftp_rate.ftp_rate, abs(ftp_rate.term_days - account.term_days)) filter (
               ftp_rate.term_days >= account.term_days) as matched,
           max_by(ftp_rate.ftp_rate, ftp_rate.term_days) as longest
    from (select distinct account_id, term_days, opened_on from account) as account
    join ftp_rate on ftp_rate.valid_from <= opened_on and opened_on < ftp_rate.valid_to
    group by account.account_id
),
margin as (
    select account.*, day_basis,
           case kind when 'deposit' then coalesce(matched, longest) - customer_rate
                     when 'loan' then customer_rate - coalesce(matched, longest)
                     when 'card' then customer_rate - coalesce(matched, longest)
                     else 0 end as margin_rate
    from account join product using (product_id) left join priced using (account_id)
)
select account_id, customer_id, product_id, institution_id as booking_institution_id,
       coalesce(margin_rate, 0) as margin_rate, coalesce(margin_rate, 0) * (26280 // day_basis) as margin_factor,
       case when row_number() over one_account = 1 then least(valid_from, opened_on) else valid_from end as valid_from,
       coalesce(lead(valid_from) over one_account, date '9999-12-31') as valid_to
from margin
window one_account as (partition by account_id order by valid_from)
