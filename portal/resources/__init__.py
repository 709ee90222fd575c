"""The records people keep, declared. Importing this package checks every declaration."""

from portal.kit.resource import Resource
from portal.resources.agents import AGENTS
from portal.resources.api_keys import API_KEYS
from portal.resources.business_calendar import BUSINESS_CALENDAR
from portal.resources.exchange_rates import EXCHANGE_RATES
from portal.resources.ftp_rates import FTP_CURVES, FTP_RATES
from portal.resources.institutions import INSTITUTIONS
from portal.resources.insurance_products import INSURANCE_PRODUCTS
from portal.resources.people import PEOPLE
from portal.resources.relations import RELATIONS
from portal.resources.roles import ROLES
from portal.resources.shares import SHARES
from portal.resources.sources import SOURCES
from portal.resources.substitutes import SUBSTITUTES
from portal.resources.users import USERS

RESOURCES: dict[str, Resource] = {
    each.key: each
    for each in (
        INSTITUTIONS, PEOPLE, SHARES, SUBSTITUTES, AGENTS, RELATIONS, INSURANCE_PRODUCTS, USERS, ROLES, API_KEYS,
        BUSINESS_CALENDAR, EXCHANGE_RATES, FTP_CURVES, FTP_RATES, SOURCES,
    )
}  # fmt: skip
