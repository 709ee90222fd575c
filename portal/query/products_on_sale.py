"""What an insurer sells, and for which payment terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.models.agents import InsuranceProduct, InsuranceProductPeriod
from portal.query.month_facts import known_until
from portal.query.names import named
from portal.query.reader import Reader


@dataclass(frozen=True, slots=True)
class OnSale:
    """A product with its name in the reader's language and its payment terms in years, from short to long."""

    code: str
    title: str
    terms: Sequence[int]


def products_on_sale(reader: Reader) -> list[OnSale]:
    """Every product that is sold on the last day whose premiums are known, by name."""
    day = known_until(reader.session)
    period = InsuranceProductPeriod
    rows = reader.session.execute(
        select(InsuranceProduct.code, period.name, period.name_zh, period.payment_terms)
        .join(period, period.product_id == InsuranceProduct.id)
        .where(period.valid_from <= day, period.valid_to > day)
    ).all()
    lang = reader.actor.language
    found = [OnSale(row.code, named(row, lang), [int(term) for term in row.payment_terms.split()]) for row in rows]
    return sorted(found, key=lambda one: (one.title, one.code))
