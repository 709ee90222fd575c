"""Exchange rates: what 1 of a currency is worth in the reporting currency, from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.organisation import Currency, ExchangeRate
from portal.permissions import Permission

EXCHANGE_RATES = Resource(
    key="exchange-rates",
    title=_l("Exchange rates"),
    singular=_l("currency"),
    about=_l("Closing rates. A rate holds from its day until the next one; an account in a currency without a rate is refused."),
    icon="currency-exchange",
    order=65,
    model=Currency,
    period=ExchangeRate,
    link="currency_id",
    dated=True,
    reach=Reach.HOUSE,
    named_by="code",
    view=Permission.EXCHANGE_RATE_VIEW,
    edit=Permission.EXCHANGE_RATE_EDIT,
    fields=(
        Field("code", _l("Currency"), editable=False, sought=True, longest=3, hint=_l("Three capital letters, such as USD")),
        Field("name", _l("Name"), required=False, sought=True),
        Field("name_zh", _l("Chinese name"), required=False, listed=False, sought=True),
        Field("rate", _l("Rate"), kind="rate", column="exchange_rate", feeds=True,
              hint=_l("Reporting currency for 1 of this currency, at most 8 decimals")),
    ),
)  # fmt: skip
