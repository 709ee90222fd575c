"""What each permission is called on screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.permissions import Permission

PERMISSION_TITLES = {
    Permission.WORKBENCH_VIEW: _l("See the own workbench"),
    Permission.INSTITUTION_HOME_VIEW: _l("See institution homes"),
    Permission.REPORT_VIEW: _l("See reports"),
    Permission.REPORT_EXPORT: _l("Export to files"),
    Permission.CUSTOMER_VIEW: _l("See customers and accounts"),
    Permission.JOB_VIEW: _l("See jobs"),
    Permission.JOB_RUN: _l("Run jobs"),
    Permission.PROBLEM_ACKNOWLEDGE: _l("Acknowledge problems"),
    Permission.INSTITUTION_VIEW: _l("See institutions"),
    Permission.INSTITUTION_EDIT: _l("Change institutions"),
    Permission.PERSON_VIEW: _l("See people"),
    Permission.PERSON_EDIT: _l("Change people"),
    Permission.USER_VIEW: _l("See users"),
    Permission.USER_EDIT: _l("Change users"),
    Permission.ROLE_VIEW: _l("See roles"),
    Permission.ROLE_EDIT: _l("Change roles"),
    Permission.AGENT_VIEW: _l("See agents and their ranks"),
    Permission.AGENT_EDIT: _l("Change agents and their ranks"),
    Permission.RELATION_VIEW: _l("See relations between agents"),
    Permission.RELATION_EDIT: _l("Change relations between agents"),
    Permission.INSURANCE_PRODUCT_VIEW: _l("See insurance products"),
    Permission.INSURANCE_PRODUCT_EDIT: _l("Change insurance products"),
    Permission.POLICY_VIEW: _l("See policies and premiums"),
    Permission.POLICY_SEND: _l("Send policies and premiums from another system"),
    Permission.SHARE_VIEW: _l("See shares"),
    Permission.SHARE_EDIT: _l("Change shares"),
    Permission.SHARE_REQUEST: _l("Request changes of shares"),
    Permission.CALENDAR_VIEW: _l("See the business calendar"),
    Permission.CALENDAR_EDIT: _l("Change the business calendar"),
    Permission.SOURCE_VIEW: _l("See sources"),
    Permission.SOURCE_EDIT: _l("Change sources"),
    Permission.SUBSTITUTE_VIEW: _l("See substitutes"),
    Permission.SUBSTITUTE_EDIT: _l("Change substitutes"),
    Permission.AUDIT_VIEW: _l("See the audit log"),
    Permission.RULEBOOK_VIEW: _l("See rulebooks"),
    Permission.RULEBOOK_EDIT: _l("Draft rulebooks"),
    Permission.RULEBOOK_APPROVE: _l("Approve rulebooks"),
    Permission.STATEMENT_VIEW: _l("See the own commission statement"),
    Permission.TEAM_HOME_VIEW: _l("See team homes"),
    Permission.COMMISSION_VIEW: _l("See commission months"),
    Permission.COMMISSION_EDIT: _l("Run, adjust and freeze commission months"),
    Permission.COMMISSION_APPROVE: _l("Approve commission months, adjustments and holds"),
    Permission.EVALUATION_VIEW: _l("See evaluations"),
    Permission.EVALUATION_DECIDE: _l("Decide promotions and demotions"),
}
