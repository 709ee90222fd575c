"""Which of the two languages a request is answered in."""

from __future__ import annotations

from flask import request

from portal.access.current import signed_in
from portal.settings import settings

LANGUAGE_NAMES = {"en": "English", "zh": "简体中文"}
LANGUAGES = tuple(LANGUAGE_NAMES)
HTML_LANGUAGES = {"en": "en", "zh": "zh-CN"}
LANGUAGE_COOKIE = "basis_language"


def chosen_language() -> str:
    """The person's setting, else the log-in page's switch or cookie, else the browser's wish, else the house's."""
    person = signed_in()
    switched = request.args.get("language", "") if request.endpoint == "login.show" else ""
    for wish in (person.language if person else "", switched, request.cookies.get(LANGUAGE_COOKIE, "")):
        if wish in LANGUAGES:
            return wish
    return request.accept_languages.best_match(LANGUAGES) or settings().default_language
