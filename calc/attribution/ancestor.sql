-- Under which institutions each institution stood, itself included, and when.
-- grain:  institution_id, ancestor_id, valid_from (half-open to valid_to)
-- reads:  institution_period(institution_id, parent_id, valid_from, valid_to)
-- makes:  institution_id, ancestor_id, valid_from, valid_to
-- units:  dates
-- source: definitions, "Institution rows carry the institution of their day"
with recursive above(institution_id, ancestor_id, valid_from, valid_to) as (
    select institution_id, institution_id, valid_from, valid_to from institution_period
    union all
    select above.institution_id, here.parent_id,
           greatest(above.valid_from, here.valid_from), least(above.valid_to, here.valid_to)
    from above join institution_period as here
      on here.institution_id = above.ancestor_id
     and here.valid_from < above.valid_to and above.valid_from < here.valid_to
    where here.parent_id is not null
)
select institution_id, ancestor_id, valid_from, valid_to from above
