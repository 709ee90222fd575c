"""What the set-up makes once: the Chinese catalogue, the smaller plotly.js, and the compressed static files.

`python -m portal.kit.build` (part of `make setup`) makes what is missing or older than its source.
`python -m portal.kit.build --extract [more.po ...]` (`make translations`) gathers all texts into the Chinese catalogue
first, and takes over translations found in other files.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from portal.kit import catalogue, static
from portal.settings import settings

BUNDLE = Path(__file__).parent / "bundle"
SOURCES = ("package.json", "package-lock.json", "plotly.js", "build.mjs")


def main() -> None:
    """Make everything; says what it did in a line each."""
    if "--extract" in sys.argv:
        report(catalogue.extract(*map(Path, sys.argv[sys.argv.index("--extract") + 1 :])))
        report(catalogue.compile_all())
        return
    report(catalogue.compile_all())
    report(bundle_plotly())
    report(f"{static.build()} static files, compressed.")


def bundle_plotly() -> str:
    """Build the part of plotly.js our figures need. Without Node the full file is served, which works as well."""
    made = settings().var_path / "static" / static.PLOTLY_BUNDLE
    newest = max((BUNDLE / name).stat().st_mtime for name in SOURCES)
    if made.exists() and made.stat().st_mtime >= newest:
        return "Charts: the bundle is up to date."
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return "Charts: no Node here, so the full plotly.js is served (1.4 MB more on the first page with a chart)."
    work = settings().var_path / "bundle"
    work.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        shutil.copy2(BUNDLE / name, work / name)
    made.parent.mkdir(parents=True, exist_ok=True)
    unfinished = made.with_suffix(".unfinished.js")
    for command in ([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], [node, "build.mjs", str(unfinished)]):
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"Charts: the bundle was not built, the full plotly.js is served. {last_line(done.stderr)}"
    unfinished.replace(made)
    shutil.rmtree(work)
    static.suite.cache_clear()
    return "Charts: bundle built."


def last_line(text: str) -> str:
    """What a program said last."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def report(sentence: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{sentence}\n")


if __name__ == "__main__":
    main()
