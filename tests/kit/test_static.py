"""Files for the browser: small, lasting, and nothing else of ours."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import dash
import flask
import pytest
from dash import _callback, html
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_login import LoginManager

from portal.kit import index, static, subset
from portal.kit.pages import PAGES


@pytest.fixture
def client(var: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """A browser at an application that has our static files and no gate."""
    server = flask.Flask(__name__, static_folder=None)
    Babel(server)
    LoginManager(server).user_loader(lambda token: None)
    app = dash.Dash("files", server=server, assets_folder=str(static.ASSETS), title="Basis")
    app.layout = html.Div("x")
    static.install(app)
    # Dash hands every declared callback to the application that is asked first: this one leaves them for the real one
    monkeypatch.setattr(_callback, "GLOBAL_CALLBACK_MAP", {})
    monkeypatch.setattr(_callback, "GLOBAL_CALLBACK_LIST", [])
    yield server.test_client()


def test_the_page_names_what_it_loads_by_content(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    own = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    assert len(own) >= 5
    for address in own:
        answer = client.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], address
    scripts = re.findall(r'<script src="([^"]+)"', page)
    (ours,) = [place for place, one in enumerate(scripts) if "screen.js" in one]
    assert "dash_renderer" in scripts[ours + 1]


def ahead(page: str) -> list[str]:
    """What a page asks for before it is read to its end."""
    return re.findall(r'rel="preload" as="script" href="([^"]+)" media="\(min-width: 768px\)"', page)


def test_a_desk_fetches_at_once_what_the_page_needs_and_a_report_its_grid(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert ahead(page) == re.findall(r'<script src="([^"]+)"></script>', page.partition("</head>")[2])
    report = ahead(client.get("/reports/deposits").get_data(as_text=True))
    grid = [one for one in report if "dash_ag_grid" in one]
    assert len(grid) == 2 and report == ahead(page) + grid
    assert all(client.get(address).status_code == 200 for address in report)


@pytest.mark.parametrize(
    ("way", "opened"), [("br", lambda: brotli.Decompressor().process), ("gzip", lambda: zlib.decompressobj(31).decompress),
                        ("", lambda: bytes)],
)  # fmt: skip
def test_the_page_comes_in_pieces_of_which_each_can_be_read_at_once(
    client: FlaskClient, way: str, opened: Callable[[], Callable[[bytes], bytes]]
) -> None:
    answer = client.get("/", headers={"Accept-Encoding": way}, buffered=False)
    assert answer.headers.get("Content-Encoding", "") == way and "Accept-Encoding" in answer.headers["Vary"]
    read = opened()
    pieces = [read(piece).decode() for piece in answer.iter_encoded()]
    assert pieces[0].startswith("<!doctype html>") and "screen.css" in pieces[0] and ahead(pieces[0])
    assert pieces[1].startswith("<title>") and pieces[1].rstrip().endswith("</html>")
    assert "".join(pieces) == client.get("/").get_data(as_text=True)


def test_the_page_leaves_out_what_it_does_not_need(client: FlaskClient) -> None:
    scripts = re.findall(r'<script src="([^"]+)"', client.get("/").get_data(as_text=True))
    assert not [one for one in scripts if any(part in one for part in index.LEFT_OUT)]
    assert [one for one in scripts if "dash_core_components" in one]


def test_the_page_has_no_script_of_its_own_in_it(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    inside = re.findall(r"<script([^>]*)>([^<]+)</script>", page)
    assert [
        attributes for attributes, _ in inside if "json" not in attributes and "_dash-renderer" not in attributes
    ] == []
    assert not re.search(r"\son[a-z]+=", page)


def test_what_is_asked_for_in_a_quoted_attribute_stays_there(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert re.search(r'data-texts="\{&quot;', page)


@pytest.mark.parametrize("path", ["/assets/../portal/web.py", "/assets/%2e%2e/pyproject.toml", "/assets/none.js"])
def test_only_assets_are_assets(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (404, 308)


@pytest.mark.parametrize(
    "path",
    ["dash/dash.py", "dash/dcc/../dash.py", "dash/deps/react@18.3.1.min.js.map", "os/path.py", "portal/settings.py",
     "dash_ag_grid/package-info.json/../AgGrid.py", "dash/dcc/none.js"],
)  # fmt: skip
def test_only_scripts_of_components_are_given_out(client: FlaskClient, path: str) -> None:
    assert client.get(f"/_dash-component-suites/{path}").status_code == 404


def test_a_large_package_can_be_asked_for_later(client: FlaskClient) -> None:
    address = static.addresses()["dash_ag_grid"]
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(("way", "undo"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_answers_are_compressed(client: FlaskClient, way: str, undo) -> None:  # type: ignore[no-untyped-def]
    answer = client.get("/assets/basis.css", headers={"Accept-Encoding": way})
    assert answer.headers["Content-Encoding"] == way
    assert undo(answer.data) == static.asset("basis.css").content
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_built_files_are_used(client: FlaskClient, var: Path) -> None:
    file = static.asset("basis.css")
    static._keep(file, "br", lambda content: brotli.compress(content, quality=11))
    answer = client.get("/assets/basis.css", headers={"Accept-Encoding": "br, gzip"})
    assert answer.data == (var / "static" / f"{file.fingerprint}.br").read_bytes()
    assert len(answer.data) < len(file.content) / 3


def test_an_unchanged_file_costs_nothing(client: FlaskClient) -> None:
    first = client.get("/assets/basis.css")
    again = client.get("/assets/basis.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data


def test_the_service_worker_keeps_no_page_and_no_figure(client: FlaskClient) -> None:
    answer = client.get("/sw.js?v=1")
    worker = answer.get_data(as_text=True)
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert 'request.method !== "GET"' in worker and "_dash-update" not in worker and "_dash-layout" not in worker


def test_bootstrap_is_cut_to_what_we_use() -> None:
    styles = subset.used_styles()
    assert len(brotli.compress(styles.encode())) < 12_000
    assert "MIT" in styles[:300] and "@charset" not in styles and ".carousel" not in styles and "box-sizing" in styles
    assert styles.count("{") == styles.count("}")


def test_every_icon_that_is_named_exists() -> None:
    sprite, names = subset.used_icons(), subset.icon_names()
    assert 'id="list"' in sprite and 'id="x-lg"' in sprite and "MIT" in sprite
    for page in PAGES:
        assert page.icon in names and f'id="{page.icon}"' in sprite, f"{page.path}: there is no icon {page.icon}"


def test_our_own_weight() -> None:
    """What every page of ours loads besides Dash itself, in compressed bytes."""
    weight = sum(
        len(brotli.compress(static.asset(name).content))
        for name in ("screen.css", "screen.js", "icons.svg", "theme.js")
    )
    assert weight < 48_000


def test_serving_files_of_a_package_does_not_import_it() -> None:
    """Dash refuses the answer of a callback while which a component package is imported, by whomever."""
    shown = "import sys; from portal.kit import static; static.addresses(); print('dash_ag_grid' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
