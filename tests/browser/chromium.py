"""A Chromium for the tests and the pictures, started without talking to anyone."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, Response, sync_playwright
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium where there is one, else Playwright's own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """The address at which an application is served while the block lasts, each request in a thread of its own."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def visit(page: Page, address: str) -> Response | None:
    """Open an address and wait until the page stands there."""
    response = page.goto(address)
    stands(page)
    return response


def stands(page: Page) -> None:
    """Wait until the page itself stands in the place of its drawing: what is found before may be gone a moment later."""
    page.wait_for_selector("#first", state="detached")


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    """Through the log-in page at this address, as a person would, up to the page behind it."""
    visit(page, address)
    fill_in(page, name, password)


def fill_in(page: Page, name: str, password: str) -> None:
    """Through the log-in page that is open."""
    page.fill("#username", name)
    page.fill("#password", password)
    page.click("button[type=submit]")
    page.wait_for_selector("#main", state="attached")
    stands(page)


def wait_for(address: str, served: subprocess.Popen[bytes]) -> None:
    """Wait until a process of ours answers; it must not end before."""
    for _ in range(480):
        assert served.poll() is None, f"what should serve {address} has ended"
        try:
            urlopen(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(address)
