"""Files for the browser: fingerprinted, compressed once, kept for a year; pages and answers compressed as they leave.

`build()` (part of the set-up) writes the compressed forms under `BASIS_VAR/static`, named by content. Without it
everything still works: files are then compressed lightly with each answer.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import os
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path

import brotli
from dash import Dash
from dash.fingerprint import check_fingerprint
from flask import Flask, Response, abort, g, request, stream_with_context
from werkzeug.exceptions import NotFound

from portal.kit import index
from portal.kit.first_round import first_round
from portal.kit.subset import ROOT, used_icons, used_styles
from portal.settings import settings

ASSETS = ROOT / "assets"
ASSETS_ENDPOINT = "_dash_assets.static"
SUITES_ENDPOINT = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
WORKER_ENDPOINT = "service_worker"
PAGE_ENDPOINTS = ("/", "/<path:path>")
SCRIPTS = (
    "kit.js",
    "address.js",
    "resource.js",
    "rules.js",
    "lazy.js",
    "shell.js",
    "first.js",
    "ahead.js",
)  # in this order one file, `screen.js`
STYLES = (
    "basis.css",
    "report.css",
    "work.css",
    "statement.css",
    "resource.css",
    "approval.css",
    "rules.css",
)  # after Bootstrap's one file, `screen.css`
SUITES = (  # package, folder: what a page of ours may ask for
    ("dash", "deps"), ("dash", "dash-renderer/build"), ("dash", "dcc"), ("dash", "html"),
    ("dash_ag_grid", ""), ("dash_bootstrap_components", "_components"), ("plotly", "package_data"),
)  # fmt: skip
NEVER_ASKED_FOR = (
    "async-enterprise.js",
    "async-mathjax.js",
    "dash_renderer.dev.js",
    "react@16",
    "react-dom@16",
    ".map",
)
PLOTLY = ("plotly", "package_data/plotly.min.js")
PLOTLY_BUNDLE = "plotly.min.js"  # under BASIS_VAR/static, made by `portal.kit.bundle`

A_YEAR = 31_536_000
WORTH_IT = 600  # bytes; below, compressing costs more than it saves
LIVE_TYPES = {
    "application/json",
    "text/html",
    "text/csv",
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "application/manifest+json",
}
mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    content: bytes
    type: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]


@lru_cache
def asset(name: str) -> File:
    """A file of the assets folder, or one put together: `screen.css`, `screen.js`, `icons.svg`. Raises NotFound."""
    together: dict[str, Callable[[], str]] = {
        "screen.css": lambda: used_styles() + "\n" + _joined(STYLES),
        "screen.js": lambda: _joined(SCRIPTS),
        "icons.svg": used_icons,
    }
    if name in together:
        return File(together[name]().encode(), _type(name))
    path = ASSETS / name
    if name not in _asset_names():
        raise NotFound
    return File(path.read_bytes(), _type(name))


def asset_url(name: str) -> str:
    """The address of an asset with its fingerprint: it may be kept for ever, and changes with the content."""
    return f"/assets/{name}?v={asset(name).fingerprint}"


def public_assets() -> frozenset[str]:
    """Assets that answer anybody: the log-in page wears them too. They hold code and pictures, no figures."""
    return frozenset(_asset_names()) | {"screen.css", "screen.js", "icons.svg"}


@lru_cache
def suite(package: str, path: str) -> File:
    """A file of a component package; plotly's is our smaller bundle when it was built. Raises NotFound."""
    if (package, path) == PLOTLY and (settings().var_path / "static" / PLOTLY_BUNDLE).exists():
        return File((settings().var_path / "static" / PLOTLY_BUNDLE).read_bytes(), _type(path))
    found = _folder_of(package) / path
    if not found.is_file():
        raise NotFound
    return File(found.read_bytes(), _type(path))


def addresses() -> dict[str, str]:
    """The fingerprinted address of each file the page names."""
    named = ("theme.js", "screen.css", "screen.js", "manifest.webmanifest", "icon.svg", "icon-192.png")
    found = {name: asset_url(name) for name in named}
    release = hashlib.sha256("".join(found.values()).encode()).hexdigest()[:12]
    return found | {
        "icons": asset_url("icons.svg"),
        "worker": f"/sw.js?v={release}",
        "dash_ag_grid": _suite_url("dash_ag_grid", "dash_ag_grid.min.js"),
        "dash_bootstrap_components": _suite_url(
            "dash_bootstrap_components", "_components/dash_bootstrap_components.min.js"
        ),
    }


def install(app: Dash) -> None:
    """Serve the page, the assets and the component packages of `app` our way. Call it after the app is made."""
    server: Flask = app.server
    app.config.include_assets_files = False
    app.interpolate_index = _keep_parts  # type: ignore[method-assign, assignment]
    for endpoint in PAGE_ENDPOINTS:
        server.view_functions[endpoint] = partial(show_page, app)
    server.view_functions[ASSETS_ENDPOINT] = show_asset
    server.view_functions[SUITES_ENDPOINT] = show_suite
    server.add_url_rule("/sw.js", WORKER_ENDPOINT, show_worker)
    server.jinja_env.globals["asset_url"] = asset_url
    server.after_request(compress)


def _keep_parts(**parts: str) -> str:
    """Keep Dash's parts of the page of this request for `show_page`; Dash wants to see them in their places."""
    g.dash_parts = parts
    return index.rest(parts, addresses())


def show_page(app: Dash, **_address: str) -> Response:
    """The one HTML page, in two pieces: what can be said at once, and what has to be asked for first."""
    app.index()
    parts, named = g.dash_parts, addresses()

    def pieces() -> Iterator[str]:
        yield index.beginning(parts, named)
        yield index.rest(parts, named, first_round(app))

    response = Response(stream_with_context(pieces()), content_type="text/html; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front hands each piece on as it comes
    return response


def show_asset(filename: str) -> Response:
    """An asset; with a fingerprint in its address it is kept for ever."""
    return _answer(asset(filename), lasting="v" in request.args)


def show_suite(package_name: str, fingerprinted_path: str) -> Response:
    """A file of a component package that a page may ask for."""
    path, lasting = check_fingerprint(fingerprinted_path)  # type: ignore[no-untyped-call]  # Dash's own
    known = any(package_name == package and path.startswith(folder) for package, folder in SUITES)
    if not known or ".." in path or not path.endswith((".js", ".css")):
        abort(404)
    return _answer(suite(package_name, path), lasting or "v" in request.args)


def show_worker() -> Response:
    """The service worker, from the root so that it may serve every page."""
    answer = _answer(asset("sw.js"), lasting=False)
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


def compress(response: Response) -> Response:
    """Compress what was not compressed before: pages, answers, and files before the set-up has built them."""
    if response.is_streamed and response.mimetype == "text/html" and request.method == "GET":
        return _compress_pieces(response)
    if not _compressible(response):
        return response
    content = response.get_data()
    if len(content) < WORTH_IT:
        return response
    way = _way()
    if way == "br":
        response.set_data(brotli.compress(content, quality=4))
    elif way == "gzip":
        response.set_data(gzip.compress(content, 5, mtime=0))
    if way:
        response.headers["Content-Encoding"] = way
    response.vary.add("Accept-Encoding")
    return response


def _compress_pieces(response: Response) -> Response:
    """Compress an answer that comes in pieces: each can be read when it has come."""
    way, pieces = _way(), response.iter_encoded()
    if way == "br":
        response.response = _brotli_pieces(pieces)
    elif way == "gzip":
        response.response = _gzip_pieces(pieces)
    if way:
        response.headers["Content-Encoding"] = way
    response.vary.add("Accept-Encoding")
    return response


def _brotli_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = brotli.Compressor(quality=4)
    for piece in pieces:
        yield packer.process(piece) + packer.flush()
    yield packer.finish()


def _gzip_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(5, wbits=31)
    for piece in pieces:
        yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def build() -> int:
    """Compress every file a page may ask for; returns how many. Files already there are left alone."""
    wanted = [asset(name) for name in sorted(public_assets())] + list(_suite_files())
    worth_it = [file for file in wanted if len(file.content) >= WORTH_IT and file.type in LIVE_TYPES]
    worth_it.sort(key=lambda file: len(file.content), reverse=True)  # the longest first, so that no core waits long
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # both compressors let go of the interpreter
        list(pool.map(_keep_both, worth_it))
    return len(wanted)


def _answer(file: File, lasting: bool) -> Response:
    """The file in the best form kept; an unchanged one that may not be kept costs a 304."""
    way = _way()
    kept = _store(file, way) if way else None
    if kept is not None and kept.exists():
        response = Response(kept.read_bytes(), content_type=_with_charset(file.type))
        response.headers["Content-Encoding"] = way
    else:
        response = Response(file.content, content_type=_with_charset(file.type))
    response.vary.add("Accept-Encoding")
    response.set_etag(file.fingerprint, weak=True)
    response.cache_control.public = True
    if lasting:
        response.cache_control.max_age = A_YEAR
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _compressible(response: Response) -> bool:
    plain = response.status_code == 200 and not response.direct_passthrough and not response.is_streamed
    return plain and "Content-Encoding" not in response.headers and response.mimetype in LIVE_TYPES


def _way() -> str:
    """The best compression this browser takes."""
    accepted = request.accept_encodings
    return next((way for way in ("br", "gzip") if accepted[way] > 0), "")


def _store(file: File, way: str) -> Path:
    return settings().var_path / "static" / f"{file.fingerprint}.{way}"


def _keep(file: File, way: str, squeeze: Callable[[bytes], bytes]) -> None:
    """Write one compressed form; several processes may do so at once."""
    path = _store(file, way)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    unfinished.write_bytes(squeeze(file.content))
    unfinished.replace(path)


def _keep_both(file: File) -> None:
    _keep(file, "br", lambda content: brotli.compress(content, quality=11, lgwin=22))
    _keep(file, "gzip", lambda content: gzip.compress(content, 9, mtime=0))


def _suite_url(package: str, path: str) -> str:
    return f"/_dash-component-suites/{package}/{path}?v={suite(package, path).fingerprint}"


def _suite_files() -> Iterator[File]:
    for package, folder in SUITES:
        for found in sorted((_folder_of(package) / folder).iterdir(), key=lambda one: one.name):
            path = f"{folder}/{found.name}".lstrip("/")
            if path.endswith(".js") and not any(part in path for part in NEVER_ASKED_FOR):
                yield suite(package, path)


@lru_cache
def _folder_of(package: str) -> Path:
    """Where a package lies, without importing it: Dash refuses the answer of a callback during which components appear,
    also when another request made them appear."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise NotFound
    return Path(found.submodule_search_locations[0])


@lru_cache
def _asset_names() -> frozenset[str]:
    return frozenset(path.name for path in ASSETS.iterdir() if path.is_file())


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def _type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _with_charset(mime: str) -> str:
    return f"{mime}; charset=utf-8" if mime.startswith("text/") else mime
