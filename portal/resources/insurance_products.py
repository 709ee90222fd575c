"""Insurance products: what agents sell, and for which payment terms from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.agents import InsuranceProduct, InsuranceProductPeriod
from portal.permissions import Permission

LINES = (
    ("life", _l("Life")),
    ("annuity", _l("Annuity")),
    ("endowment", _l("Endowment")),
    ("health", _l("Health")),
    ("accident", _l("Accident")),
    ("universal", _l("Universal life")),
)

INSURANCE_PRODUCTS = Resource(
    key="insurance-products",
    title=_l("Insurance products"),
    singular=_l("insurance product"),
    about=_l("What agents sell. A policy of a product or payment term that was not on sale that day is set aside."),
    icon="umbrella",
    order=36,
    model=InsuranceProduct,
    period=InsuranceProductPeriod,
    link="product_id",
    dated=True,
    reach=Reach.HOUSE,
    view=Permission.INSURANCE_PRODUCT_VIEW,
    edit=Permission.INSURANCE_PRODUCT_EDIT,
    fields=(
        Field("code", _l("Code"), editable=False, sought=True, longest=20),
        Field("line", _l("Line"), kind="choice", options=LINES, editable=False, filtered=True),
        Field("name", _l("Name"), sought=True),
        Field("name_zh", _l("Chinese name"), required=False, listed=False, sought=True),
        Field("payment_terms", _l("Payment terms"), longest=60, hint=_l("Years, separated by blanks: 1 5 10")),
    ),
)
