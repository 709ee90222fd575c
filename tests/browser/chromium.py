"""A Chromium for the tests and the pictures, started without talking to anyone."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

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
