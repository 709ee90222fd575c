"""Addresses from outside: every link target and every `next` passes here before a browser sees it."""

from __future__ import annotations

from urllib.parse import urlsplit

NOWHERE = "#"


def safe_url(url: str) -> str:
    """The address if it is a local path or https, else `#`.

    Browsers drop tabs and line breaks inside an address and read a backslash as a slash, so `java\\tscript:` and
    `/\\evil` are refused by their characters, before anything is parsed.
    """
    return url if _is_local(url) or _is_https(url) else NOWHERE


def safe_next(url: str | None, otherwise: str = "/") -> str:
    """Where to go after logging in: a local page, never another host and never the log-in page again."""
    if not url or not url.startswith("/") or not _is_local(url):
        return otherwise
    first = urlsplit(url).path.split("/")[1]
    return otherwise if first in {"login", "logout"} or first.startswith("_") else url


def _is_clean(url: str) -> bool:
    return url.isprintable() and "\\" not in url and url == url.strip()


def _is_local(url: str) -> bool:
    if not _is_clean(url):
        return False
    return url.startswith(("?", "#")) or (url.startswith("/") and not url.startswith("//"))


def _is_https(url: str) -> bool:
    if not _is_clean(url) or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a port that is no number, an IPv6 bracket left open
        return False
