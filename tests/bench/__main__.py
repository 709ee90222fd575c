"""`make bench`: measures and prints a table with the machine. Every part runs in a process and an installation of its own."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

SHARED = Path(__file__).resolve().parents[3] / "shared"
PORT = 8097
PARTS = ("end_of_day", "one_more_night", "czech_bank", "web")


def run_part(part: str) -> dict[str, float]:
    """Run one part in this process."""
    var = Path(os.environ["BASIS_VAR"])
    if part == "end_of_day":
        from tests.bench.end_of_day import measure

        return measure(var)
    if part == "one_more_night":
        from tests.bench.one_more_night import one_more_night

        found = one_more_night(dt.date(2026, 6, 30))
        return {f"history of {days} days, seconds": seconds for days, seconds in found.items()}
    if part == "czech_bank":
        from tests.bench.one_more_night import whole_czech_bank

        return {"seconds": whole_czech_bank(SHARED / "data" / "berka")}
    return web(var)


def web(var: Path) -> dict[str, float]:
    """Fill a demo bank, serve it, measure it."""
    from tests.bench.web import measure

    basis = str(Path(sys.executable).parent / "basis")
    began = time.perf_counter()
    subprocess.run([basis, "demo", "--fill-only"], check=True, stderr=subprocess.DEVNULL)
    filled = time.perf_counter() - began
    server = subprocess.Popen([basis, "serve", "--port", str(PORT)])
    try:
        address = f"http://127.0.0.1:{PORT}"
        for _ in range(120):
            try:
                if requests.get(f"{address}/health", timeout=2).ok:
                    break
            except requests.ConnectionError:
                time.sleep(0.5)
        return {"demo_fill_seconds": filled, **measure(address, var)}
    finally:
        server.terminate()
        server.wait()


def main(parts: list[str]) -> None:
    memory = int(next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines())) / 2**20
    print(f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}\n")
    print("| part | what | measured |\n|---|---|---|")
    for part in parts:
        if part == "czech_bank" and not SHARED.exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "BASIS_VAR": folder}
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench", "--part", part],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            _stop_database(Path(folder))
            if done.returncode:
                print(f"| {part} | failed | {done.stderr.strip().splitlines()[-1]} |")
                continue
            for name, value in json.loads(done.stdout.strip().splitlines()[-1]).items():
                print(f"| {part} | {name.replace('_', ' ')} | {value:,.2f} |", flush=True)


def _stop_database(var: Path) -> None:
    from portal.postgres import EmbeddedPostgres

    if (var / "postgres").exists():
        EmbeddedPostgres(var / "postgres").stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        print(json.dumps(run_part(sys.argv[2])))
    else:
        main(sys.argv[1:] or list(PARTS))
