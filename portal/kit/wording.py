"""Words for what the audit log and the runs keep as codes."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.permissions import LOCAL_OPERATOR, NIGHTLY

ACTIONS = {
    "create": _l("made"),
    "add": _l("made"),
    "change": _l("changed"),
    "end": _l("ended"),
    "remove": _l("removed"),
    "import": _l("imported"),
    "export": _l("exported"),
    "refused": _l("refused"),
    "follow": _l("shares moved along"),
    "disable": _l("disabled"),
    "enable": _l("enabled"),
    "set password": _l("new password"),
    "grant role": _l("role given"),
    "revoke role": _l("role taken"),
    "link person": _l("employee named"),
    "choose institutions": _l("institutions chosen"),
    "change permissions": _l("permissions changed"),
    "load": _l("loaded"),
    "log in": _l("logged in"),
    "log out": _l("logged out"),
    "log in refused": _l("log-in refused"),
    "request": _l("asked for"),
    "rerun": _l("asked for again"),
    "cancel": _l("cancelled"),
    "acknowledge": _l("acknowledged"),
    "change settings": _l("settings changed"),
    "deliver": _l("delivered"),
    "take": _l("taken over"),
    "recalculate": _l("recalculation asked for"),
    "correct": _l("corrected"),
    "void": _l("void"),
    "write": _l("written"),
    "take out": _l("taken out"),
    "check": _l("checked"),
    "simulate": _l("simulated"),
    "discard": _l("discarded"),
    "put in force": _l("put in force"),
    "attach": _l("file attached"),
    "comment": _l("commented"),
    "approved": _l("approved"),
    "accepted": _l("accepted"),
    "withdraw": _l("withdrawn"),
    "withdrawn": _l("withdrawn"),
    "take back": _l("taken back"),
    "answer": _l("answered"),
    "decide": _l("decided"),
    "close": _l("closed"),
    "reopen": _l("opened again"),
    "freeze": _l("frozen"),
    "pay": _l("paid"),
    "hand over": _l("handed over"),
    "release": _l("released"),
    "go away": _l("is away"),
    "come back": _l("is back"),
    "vacuum": _l("old versions removed"),
}
SUBJECTS = {
    "user": _l("User"), "users": _l("Users"), "role": _l("Role"), "roles": _l("Roles"), "person": _l("Person"),
    "people": _l("People"), "institution": _l("Institution"), "institutions": _l("Institutions"),
    "share": _l("Share"), "shares": _l("Shares"), "source": _l("Source"), "sources": _l("Sources"),
    "source_config": _l("Source"), "calendar": _l("Business calendar"), "business_day": _l("Business calendar"),
    "run": _l("Run"), "problem": _l("Problem"), "permission": _l("Permission"), "report": _l("Report"),
    "customer": _l("Customer"), "account": _l("Account"), "manager": _l("Customer manager"), "file": _l("File"),
    "position": _l("Position"), "institution_period": _l("Institution"), "institution_level": _l("Level"),
    "product": _l("Product"), "currency": _l("Currency"), "exchange_rate": _l("Exchange rate"),
    "ftp_curve": _l("FTP curve"), "ftp_term": _l("FTP term"), "ftp_rate": _l("FTP rate"),
    "agent": _l("Agent"), "agent_period": _l("Agent"), "agents": _l("Agents"), "relation": _l("Relation"),
    "relation_period": _l("Relation"), "relations": _l("Relations"), "sales force": _l("Sales force"),
    "sales_force_delivery": _l("Sales force"), "reallocation": _l("Move of a team"),
    "insurance_product": _l("Insurance product"), "insurance_product_period": _l("Insurance product"),
    "policy_event": _l("Policy event"), "recalculation": _l("Recalculation"), "lake": _l("Lake"),
    "api_key": _l("API key"), "api_key_permission": _l("API key"), "user_role": _l("User"), "user_institution": _l("User"),
    "role_permission": _l("Role"), "substitute": _l("Substitute"), "substitutes": _l("Substitutes"),
    "approval": _l("Request"), "approval_decision": _l("Request"), "approval_comment": _l("Request"),
    "approval_attachment": _l("Request"), "rulebook": _l("Rulebook"), "rulebook_version": _l("Version of a rulebook"),
    "rulebook_element": _l("Element of a rulebook"), "rulebook_example": _l("Example people"),
    "rulebook_simulation": _l("Simulation"), "rulebook_comment": _l("Comment on a rulebook"),
    "rulebook_file": _l("Circular"), "evaluation_decision": _l("Evaluation"), "commission_month": _l("Commission month"),
    "adjustment": _l("Adjustment"), "pay_hold": _l("Hold"), "statement_question": _l("Question"),
    "statement_answer": _l("Answer"), "payment_file": _l("Payment file"),
}  # fmt: skip


def subject(name: str) -> str:
    """What a row of the audit log is about."""
    return str(SUBJECTS.get(name, name))


def who(actor: str) -> str:
    """Who did something: a user's name, or a process of the house in words."""
    return {LOCAL_OPERATOR.name: _("local operator"), NIGHTLY.name: _("nightly run")}.get(actor, actor)


def what(name: str) -> str:
    """What a change was about, when it is no field of the record."""
    return {
        "role": _("Role"), "roles": _("Roles"), "institutions": _("Institutions"), "permissions": _("Permissions"),
        "added": _("Added"), "taken": _("Taken away"),
        "language": _("Language"), "theme": _("Theme"), "of": _("of"),
    }.get(name, name)  # fmt: skip


CONTENT = {  # what the rows of the audit log say, by the name it is kept under
    "address": _l("network address"),
    "browser": _l("browser"),
    "method": _l("method"),
    "path": _l("path"),
    "key": _l("key"),
    "reason": _l("reason"),
    "element": _l("element"),
    "was": _l("before"),
    "is": _l("after"),
    "source": _l("source"),
    "rows": _l("rows"),
    "state": _l("state"),
    "month": _l("of the month"),
    "day": _l("day"),
    "dates": _l("dates"),
    "from_step": _l("from step"),
    "role": _l("role"),
    "roles": _l("roles"),
    "valid_from": _l("valid from"),
    "valid_to": _l("valid to"),
    "name": _l("name"),
    "title": _l("title"),
    "number": _l("serial number"),
    "code": _l("code"),
    "kind": _l("kind"),
    "words": _l("words"),
    "file": _l("file"),
    "institution": _l("institution"),
    "person": _l("person"),
    "language": _l("language"),
    "search": _l("search words"),
    "dataset": _l("dataset"),
    "received_at": _l("received at"),
    "received_from": _l("received from"),
    "content_hash": _l("hash of the content"),
}


def in_sentence(title: object) -> str:
    """A title as a word of a sentence: in small letters, but for abbreviations such as FTP."""
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in str(title).split(" "))
