"""The Chinese catalogue: gathering texts from our source, compiling, and what is missing.

English stands in the source. `portal/translations/zh/LC_MESSAGES/messages.po` is the only catalogue; the compiled file
beside it is made by the set-up and not kept.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from calc.step import parse_step
from portal.kit.subset import ROOT

LANGUAGE = "zh"
PO = ROOT / "portal" / "translations" / LANGUAGE / "LC_MESSAGES" / "messages.po"
FOLDERS = ("portal", "pages", "callbacks", "jobs", "calc")
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2),
            "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2), "Sentence": None}  # fmt: skip
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**.sql", "portal.kit.catalogue:checks")]
_PLACE = re.compile(r"%\((\w+)\)")
WIDTH = 120
SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # a fixed day, so that the file changes only with its texts
HEADER = "# The Chinese texts of Basis. English stands in the source; `make translations` brings this up to date."


def texts_in_source() -> Catalog:
    """Every text that is marked for translation, and where it stands."""
    found = Catalog(fuzzy=False)
    for folder in FOLDERS:
        for file, line, message, _comments, context in extract_from_dir(
            ROOT / folder, METHODS, keywords=KEYWORDS, options_map={"**/templates/**.html": {"silent": "false"}}
        ):
            found.add(message, locations=[(f"{folder}/{file}", line)], context=context)
    return found


def checks(
    file: BinaryIO,
    _keywords: object,
    _tags: object,
    options: object,
) -> Iterator[tuple[int, None, str, list[str]]]:
    """What the header of a check tells people: its title, its rule, and what it says of a row."""
    notes = parse_step(Path(file.name)).notes
    words = ("title", "rule", "says") if "severity" in notes else ()
    yield from ((1, None, notes[word], []) for word in words if word in notes)


def kept() -> Catalog:
    """The catalogue as it is kept."""
    if not PO.exists():
        return Catalog(locale=LANGUAGE, fuzzy=False)
    with PO.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def extract(*more: Path) -> str:
    """Bring the catalogue up to date with the source; translations found in `more` files are taken over."""
    catalog = kept()
    translated = {(message.context, message.id): message.string for file in more for message in _messages(file)}
    catalog.update(texts_in_source(), no_fuzzy_matching=True)
    for message in catalog:
        if message.id and not _complete(message) and (message.context, message.id) in translated:
            message.string = translated[message.context, message.id]
    catalog.obsolete.clear()
    catalog.project, catalog.version, catalog.header_comment = "Basis", "1", HEADER
    catalog.msgid_bugs_address, catalog.last_translator, catalog.language_team = "", "", ""
    catalog.creation_date = catalog.revision_date = SINCE
    for message in catalog:
        message.locations = sorted({(file, None) for file, _line in message.locations})  # type: ignore[misc]
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalog, width=WIDTH, sort_output=True, include_lineno=False, omit_header=False)
    return f"Texts: {len(catalog)} in the catalogue, {len(missing())} without Chinese."


def compile_all() -> str:
    """Write the compiled catalogue that is read at run time."""
    catalog = kept()
    compiled = PO.with_suffix(".mo")
    compiled.parent.mkdir(parents=True, exist_ok=True)
    unfinished = compiled.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        write_mo(file, catalog)
    unfinished.replace(compiled)
    return f"Texts: {len(catalog)} compiled."


def missing() -> list[str]:
    """Texts of the source that have no Chinese, or one that nobody has confirmed."""
    catalog = kept()
    return [_shown(message) for message in texts_in_source() if message.id and not _complete(_same(catalog, message))]


def differing_places() -> list[str]:
    """Translations whose placeholders (%(name)s) are not those of the text."""
    return [_shown(message) for message in kept() if message.id and _complete(message) and not _same_places(message)]


def _messages(file: Path) -> Iterator[Message]:
    with file.open("rb") as opened:
        yield from (message for message in read_po(opened, locale=LANGUAGE) if message.id and _complete(message))


def _same_places(message: Message) -> bool:
    """Whether each form names the places of the text; the number itself may be left out of a form."""
    texts = message.id if isinstance(message.id, list | tuple) else [message.id]
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    wanted = set(_PLACE.findall(texts[-1]))
    return all(set(_PLACE.findall(form or "")) | {"num"} == wanted | {"num"} for form in forms)


def _same(catalog: Catalog, message: Message) -> Message | None:
    first = message.id[0] if isinstance(message.id, list | tuple) else message.id
    return catalog.get(first, context=message.context)


def _complete(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return bool(strings) and all(strings)


def _shown(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else str(message.id)
