-- What money costs inside the house, for each day, currency, product and term that accounts are priced on.
-- grain:  priced_on, currency, product_id, term_days; products that earn no margin are left out
-- reads:  account(account_id, product_id, currency, opened_on, repriced_on, term_days), product(product_id, kind),
--         ftp_rate(curve, currency, kind, term_days, ftp_rate, valid_from, valid_to)
-- makes:  priced_on, currency, product_id, term_days, curve, curve_term_days, ftp_rate
-- units:  ftp_rate a year; empty where no curve has a rate for the day, which the gate refuses
--         a curve for the product's kind wins over the one for all; on it the shortest term not below the account's
--         (the longest there is beyond it)
-- source: definitions, "Simulated profit (FTP)"
with asked as (
    -- the curve is asked once for each pricing day and term there is, not once an account
    select opened_on as priced_on, currency, product_id, term_days from account
    union
    select repriced.repriced_on, account.currency, account.product_id, account.term_days
    from account join account as repriced using (account_id) where repriced.repriced_on is not null
),
wanted as (
    select priced_on, currency, product_id, term_days, kind
    from asked join product using (product_id) where kind in ('deposit', 'loan', 'card')
),
offered as (
    select wanted.priced_on, wanted.currency, wanted.product_id, wanted.term_days, curve,
           ftp_rate.term_days as curve_term_days, ftp_rate,
           row_number() over (
               partition by wanted.priced_on, wanted.currency, wanted.product_id, wanted.term_days
               order by ftp_rate.kind = 'all', ftp_rate.term_days < wanted.term_days,
                        abs(ftp_rate.term_days - wanted.term_days), curve) as place
    from wanted left join ftp_rate
      on ftp_rate.currency = wanted.currency and ftp_rate.kind in (wanted.kind, 'all')
     and ftp_rate.valid_from <= priced_on and priced_on < ftp_rate.valid_to
)
select priced_on, currency, product_id, term_days, curve, curve_term_days, ftp_rate from offered where place = 1
