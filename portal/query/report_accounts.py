"""Reports over a bank's accounts: deposits, loans and the like, by institution, manager, product, customer and account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
from flask_babel import gettext as _

from portal.query.known_base import no_base, partly_known, since_words
from portal.query.names import named
from portal.query.outside import listed_within, manager_within
from portal.query.places import Places, products
from portal.query.reader import Reader
from portal.query.report import Dimension, Measure, Report, ReportError, View
from portal.query.report_account_rows import account_names, account_rows, dataset_of
from portal.query.report_account_trend import account_trend
from portal.query.report_view import day_of, number_of


@dataclass(frozen=True, kw_only=True)
class AccountReport(Report):
    """Measures by dimensions over products of some kinds."""

    kinds: tuple[str, ...]

    deepest: ClassVar[str] = "manager"
    innermost: ClassVar[tuple[str, ...]] = ("customer", "account", "manager", "place")
    steps: ClassVar[tuple[str, ...]] = ("manager", "customer", "account")
    filters: ClassVar[tuple[str, ...]] = ("product",)
    place_column: ClassVar[str] = "institution_id"

    def published(self, reader: Reader) -> bool:
        return reader.newest is not None

    def day(self, reader: Reader, text: str) -> dt.date:
        return day_of(reader, text, reader.today)

    def narrowed(
        self, reader: Reader, address: Mapping[str, str], at: dt.date
    ) -> tuple[dict[str, Any], dict[str, str]]:
        numbers = {key: number_of(reader, key, address.get(key, "")) for key in self.narrowings}
        names: dict[str, str] = {}
        if (manager := numbers["manager"]) is not None:
            names["manager"] = manager_within(reader, manager, at)
        for key in ("customer", "account"):
            if (number := numbers[key]) is not None:
                names[key] = listed_within(reader, f"{key}_id", number, at)
        if (product_id := numbers["product"]) is not None:
            product = products(reader.session).get(product_id)
            if product is None or product.kind not in self.kinds:
                raise ReportError(_("%(report)s has no such product.", report=self.title))
            names["product"] = named(product, reader.actor.language)
        return numbers, names

    def below_levels(self, view: View, below: bool) -> str:
        if view.customer is not None or view.account is not None:
            return "account"
        if view.manager is not None:
            return "customer"
        return "manager" if view.place is not None or below else "customer"

    def drilled(self, tree: Places, view: View, dimension: str, key: Any) -> dict[str, str]:
        following = {"manager": "customer", "product": "customer", "customer": "account"}.get(dimension, "")
        if dimension == "product" and (view.manager is None and tree.children.get(view.institution)):
            following = ""
        return {dimension: str(key), "by": following}

    def grouped(self, reader: Reader, view: View, dimension: Dimension, measures: Sequence[Measure]) -> pa.Table:
        return account_rows(reader, self.kinds, view, dimension, measures)

    def names(
        self, reader: Reader, dimension: Dimension, view: View, keys: Iterable[Any]
    ) -> Mapping[Any, tuple[str, str]]:
        return account_names(reader, dimension, keys)

    def trend(self, reader: Reader, view: View, measure: Measure) -> list[tuple[dt.date, Decimal | int]]:
        return account_trend(reader, self.kinds, view, measure)

    def dataset(self, view: View, dimension: Dimension) -> str:
        return dataset_of(dimension, view)

    def since(self, reader: Reader, view: View) -> str:
        return since_words(reader, view.at, view.period)

    def measure_notes(self, reader: Reader, measure: Measure, view: View) -> list[str]:
        """Why a measure has no value, or that it sums over a period in which the figures begin."""
        days = [day for day in (view.at, view.compare) if day]
        told = [no_base(reader, view.at, measure.base)] if measure.base else []
        if measure.periodic:
            told += [partly_known(reader, day, view.period) for day in days]
        return [sentence for sentence in dict.fromkeys(told) if sentence]
