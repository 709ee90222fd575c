"""The headers every answer carries: what a browser may load, embed, guess and keep."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from flask import Flask, Response, request

from portal.settings import Settings

POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'self'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
A_YEAR = 31_536_000


def install_headers(
    server: Flask, chosen: Settings, script_hashes: Callable[[], Iterable[str]], cacheable: Collection[str]
) -> None:
    """Add the headers to every answer; only the `cacheable` endpoints (static files) may be kept by a browser.

    The hashes are asked for with the first answer: Dash adds its last inline scripts with the first request.
    """
    known: list[str] = []

    @server.after_request
    def _add(response: Response) -> Response:
        if not known:
            known.append(POLICY.format(hashes=" ".join(script_hashes())))
        response.headers.setdefault("Content-Security-Policy", known[0])  # an answer may forbid itself more
        response.headers.update(FIXED)
        if request.endpoint not in cacheable or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        if chosen.secure_cookies:
            response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"
        return response
