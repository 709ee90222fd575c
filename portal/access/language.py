"""Which of the two languages a request is answered in, and its texts."""

from __future__ import annotations

from functools import cached_property

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, request
from flask_babel import Babel, Domain, get_locale

from portal.access.current import signed_in
from portal.settings import settings

LANGUAGE_NAMES = {"en": "English", "zh": "简体中文"}
LANGUAGES = tuple(LANGUAGE_NAMES)
HTML_LANGUAGES = {"en": "en", "zh": "zh-CN"}
LANGUAGE_COOKIE = "basis_language"
LOCALES = {language: Locale.parse(language) for language in LANGUAGES}


class Texts(Domain):
    """The texts of both languages; the library writes out the locale's name for every text it looks up, this knows two."""

    def __init__(self, directories: list[str]) -> None:
        super().__init__(translation_directories=directories)
        self._read: dict[str, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        if locale is None:  # outside any request
            return NullTranslations()
        found = self._read.get(locale.language)
        if found is None:
            found = self._read[locale.language] = super().get_translations()
        return found


class Languages(Babel):
    """Babel with the portal's texts and the reader's language."""

    def __init__(self, server: Flask, directory: str) -> None:
        self.directory = directory
        super().__init__(server, default_translation_directories=directory, locale_selector=chosen_locale)

    @cached_property
    def domain_instance(self) -> Texts:
        return Texts([self.directory])


def chosen_locale() -> Locale:
    """The locale of the language a request is answered in."""
    return LOCALES[chosen_language()]


def chosen_language() -> str:
    """The person's setting, else the log-in page's switch or cookie, else the browser's wish, else the house's."""
    person = signed_in()
    switched = request.args.get("language", "") if request.endpoint == "login.show" else ""
    for wish in (person.language if person else "", switched, request.cookies.get(LANGUAGE_COOKIE, "")):
        if wish in LANGUAGES:
            return wish
    return request.accept_languages.best_match(LANGUAGES) or settings().default_language
