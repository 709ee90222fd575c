-- Where each person works from each day on; after a position ends without another, the last place goes on counting.
-- an agent who left keeps the place where he was: his policies go on moving
-- grain:  person_id, valid_from
-- reads:  position(person_id, institution_id, valid_from)
-- makes:  person_id, institution_id, valid_from, valid_to
select person_id, institution_id, valid_from,
       lead(valid_from, 1, date '9999-12-31') over (partition by person_id order by valid_from) as valid_to
from position
