"""Internal prices of money (FTP): the curves, and what each of their terms costs from a day on."""

from flask_babel import lazy_gettext as _l

from portal.kit.resource import Field, Reach, Resource
from portal.models.organisation import FtpCurve, FtpRate, FtpTerm
from portal.permissions import Permission

CURVE_KINDS = (
    ("all", _l("All products")),
    ("deposit", _l("Deposits only")),
    ("loan", _l("Loans only")),
    ("card", _l("Cards only")),
)

FTP_CURVES = Resource(
    key="ftp-curves",
    title=_l("FTP curves"),
    singular=_l("curve"),
    about=_l(
        "Which curve prices money: by the currency of the account, and for products of one kind before the one for all."
    ),
    icon="bezier2",
    order=66,
    model=FtpCurve,
    reach=Reach.HOUSE,
    view=Permission.FTP_RATE_VIEW,
    edit=Permission.FTP_RATE_EDIT,
    fields=(
        Field("code", _l("Code"), editable=False, sought=True, longest=20),
        Field("name", _l("Name"), sought=True),
        Field("name_zh", _l("Chinese name"), required=False, listed=False, sought=True),
        Field("currency", _l("Currency"), editable=False, longest=3, hint=_l("Three capital letters, such as USD")),
        Field("kind", _l("Prices"), kind="choice", options=CURVE_KINDS, default="all", editable=False, filtered=True),
    ),
)

FTP_RATES = Resource(
    key="ftp-rates",
    title=_l("FTP rates"),
    singular=_l("FTP rate"),
    about=_l(
        "What money of a term costs inside the house. An account keeps the rate of the day it was opened or re-priced, so a "
        "change touches accounts of its days only; an account priced on a day without a rate is refused."
    ),
    icon="percent",
    order=67,
    model=FtpTerm,
    period=FtpRate,
    link="ftp_term_id",
    dated=True,
    reach=Reach.HOUSE,
    identified_by=("curve", "term_days"),
    named_by="",
    sorted_by="term_days",
    view=Permission.FTP_RATE_VIEW,
    edit=Permission.FTP_RATE_EDIT,
    fields=(
        Field("curve", _l("Curve"), kind="choice", of="curve", column="curve_id", editable=False, sought=True, filtered=True),
        Field("term_days", _l("Term"), kind="term", editable=False, hint=_l("Days; 0 for money on demand")),
        Field("rate", _l("Rate a year"), kind="interest", column="ftp_rate", feeds=True,
              hint=_l("A year's interest, such as 2.5 % or 0.025; at most 6 decimals"),
            anew=_l("Figures of accounts that were opened or re-priced at this rate are computed anew.")),
    ),
)  # fmt: skip
