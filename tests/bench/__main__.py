"""`make bench`: measures and prints a Markdown table with the machine. Every part runs in a process and an installation of its own.

`python -m tests.bench` runs all parts, `python -m tests.bench web browser` those that are named.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

SHARED = Path(__file__).resolve().parents[3] / "shared"
PORT = 8097
PARTS: dict[str, str] = {
    "balances": "Balances at the end of day, 10 million accounts, 2 % moving, two threads",
    "whole_day": "The whole nightly run but the download, 10 million accounts, 2 % moving, two threads",
    "whole_day_anew": "The same where a year begins or yesterday is not kept: every account computed",
    "one_more_night": "One more night of the demo bank (45,000 accounts), median of five",
    "czech_bank": "The whole Czech bank, 454 dates",
    "commission": "Month-end of 1,000,000 agents, 10,000,000 policies, 40 formulas, from and to Parquet, two threads",
    "simulation": "A draft against the rules in force, a month of 100,000 agents, 1,000,000 premiums, 40 formulas, two threads",
    "simulation_click": "From the click on Simulate to the picture, demo insurer of 3,000 agents, a law of 80 formulas",
    "simulation_large": "The same on an insurer of 100,000 agents, 1,000,000 premiums in the month, a law of 40 formulas",
    "web": "`basis serve`, callbacks of workbench and drill-down",
    "browser": "First load in Chromium, median of five",
}
GOALS: dict[str, str] = {
    "balances, seconds": "15", "balances and files, seconds": "15", "all steps, seconds": "15",
    "compiled rulebook, seconds": "12", "compiled rulebook, peak GiB": "4", "compiled over by hand": "2",
    "simulation computed, seconds": "2", "click to picture, months: 1, seconds": "2",
    "peak GiB": "6", "whole history, seconds": "60",
    "50 people, p95 ms": "150", "eight connections, answers a second": "more than 150", "wrong answers": "0",
    "spread between histories, % of seconds": "10", "spread between histories, % of processor seconds": "10",
    "phone workbench cold, KB": "300", "phone workbench cold, figures after seconds": "2.2",
    "phone workbench warm, KB": "40", "desk report cold, KB": "1300",
    "desk report cold, grid and charts after seconds": "0.9", "desk filter p95, ms": "100",
    "demo bank filled, seconds": "120",
}  # fmt: skip


def run_part(part: str) -> dict[str, float]:
    """Run one part in this process."""
    var = Path(os.environ["BASIS_VAR"])
    if part == "balances":
        from tests.bench import end_of_day

        return end_of_day.measure(var)
    if part in ("whole_day", "whole_day_anew"):
        from tests.bench import whole_day

        return whole_day.measure(var, short=part == "whole_day")
    if part == "one_more_night":
        from tests.bench.one_more_night import one_more_night

        found = one_more_night(dt.date(2026, 11, 24))
        told = {}
        for place, unit in enumerate(("seconds", "processor seconds")):
            medians = {days: taken[place] for days, taken in found.items()}
            told |= {f"history of {days} days, {unit}": median for days, median in medians.items()}
            told[f"spread between histories, % of {unit}"] = 100 * (max(medians.values()) / min(medians.values()) - 1)
        return told
    if part == "czech_bank":
        from tests.bench.one_more_night import whole_czech_bank

        return {"whole history, seconds": whole_czech_bank(SHARED / "data" / "berka")}
    if part == "commission":
        from tests.bench.commission import measure as commission

        return commission(Path(os.environ["BASIS_VAR"]))
    if part == "simulation":
        from tests.bench.simulation import measure as simulation

        return simulation(Path(os.environ["BASIS_VAR"]))
    if part == "simulation_large":
        from tests.bench import large_insurer, simulation_click

        today = dt.date.today()
        draft = large_insurer.fill(var, today.replace(day=1), today)
        with served() as address:
            return simulation_click.measure(address, var, draft, months=(1,))
    with demo_bank() as (address, filled):
        if part == "simulation_click":
            from tests.bench import simulation_click

            return simulation_click.measure(address, var)
        if part == "web":
            from tests.bench import web

            return {"demo bank filled, seconds": filled, **web.measure(address, var)}
        from tests.bench import first_load

        return first_load.measure(address, var)


@contextmanager
def demo_bank() -> Iterator[tuple[str, float]]:
    """A demo bank that is served: its address, and the seconds its filling took."""
    basis = str(Path(sys.executable).parent / "basis")
    began = time.perf_counter()
    subprocess.run([basis, "demo", "--fill-only"], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    filled = time.perf_counter() - began
    with served() as address:
        yield address, filled


@contextmanager
def served() -> Iterator[str]:
    """The address of this installation while it is served."""
    subprocess.run([sys.executable, "-m", "portal.kit.build"], check=True, stdout=subprocess.DEVNULL)  # as `make setup`
    server = subprocess.Popen(
        [Path(sys.executable).parent / "basis", "serve", "--port", str(PORT)], stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{PORT}"
    try:
        for _try in range(120):
            try:
                if requests.get(f"{address}/health", timeout=2).ok:
                    break
            except requests.RequestException:
                pass
            time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait()


def machine() -> str:
    """What it was measured on, and how busy that was before anything was measured."""
    kilobytes = int(next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines()))
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {kilobytes / 2**20:.0f} GiB, Python {platform.python_version()}"
    )


def main(parts: list[str]) -> None:
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        sys.exit(f"There is no part {unknown[0]}; there are {', '.join(PARTS)}.")
    print(f"{machine()}\n\n| What | Measured | | Goal | Load before |\n|---|---|---:|---|---:|")
    for part in parts:
        if part == "czech_bank" and not SHARED.exists():
            continue
        load = os.getloadavg()[0]
        for name, value in measured(part).items():
            told = value if isinstance(value, str) else f"{value:,.2f}"
            print(f"| {PARTS[part]} | {name} | {told} | {GOALS.get(name, '')} | {load:.1f} |", flush=True)


def measured(part: str) -> dict[str, float | str]:
    """What a part measured, or why it failed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench", "--part", part],
            env={"BASIS_ENGINE_MEMORY": "4500MB", **os.environ, "BASIS_VAR": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        _stop_database(Path(folder))
    if done.returncode:
        return {"failed": " ".join(done.stderr.split())[-400:] or "without a word"}
    found: dict[str, float | str] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _stop_database(var: Path) -> None:
    from portal.postgres import EmbeddedPostgres

    if (var / "postgres").exists():
        EmbeddedPostgres(var / "postgres").stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        print(json.dumps(run_part(sys.argv[2])))
    else:
        main(sys.argv[1:] or list(PARTS))
