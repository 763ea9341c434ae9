"""How long the standard preset takes on 10,000 x 930, training included, and how much memory all its processes hold.

    python benchmarks/standard_preset.py [--workers 2] [--plan benchmarks/standard_preset.toml] [--keep FOLDER]

The command is run as a user runs it. Memory is the sum over its processes of what each holds alone plus its share of
what they hold together (proportional set size, Linux), looked at twice a second; the largest sum is printed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = "from synthaudit.audit.cli import main; main()"


def held(pid: int) -> tuple[int, int]:
    """Return kilobytes held by a process and its descendants, and how many they are."""
    total, waiting, processes = 0, [pid], 0
    while waiting:
        one = waiting.pop()
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has just ended
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        processes += 1
    return total, processes


def main() -> None:
    """Run the plan once and print one line of the table in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plan", type=Path, default=ROOT / "benchmarks" / "standard_preset.toml")
    parser.add_argument("--keep", type=Path, help="where the run folder stays; a temporary one otherwise")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = asked.keep or Path(temporary) / "run"
        command = [sys.executable, "-c", START, "run", str(asked.plan), "--out", str(out)]
        command += ["--workers", str(asked.workers)]
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        started = time.perf_counter()
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL)
        most, processes = 0, 0
        while process.poll() is None:
            now, alive = held(process.pid)
            most, processes = max(most, now), max(processes, alive)
            time.sleep(0.5)
        seconds = time.perf_counter() - started
        if process.returncode:
            sys.exit(f"the run ended with {process.returncode}")
        card = json.loads((out / "result.json").read_text())["run"]
        load = os.getloadavg()[2]
        print(
            f"| {asked.plan.name}, {asked.workers} workers | {card['cells']} cells, {len(card['failed'])} failed "
            f"| {seconds / 60:.1f} min | {most / 2**20:.2f} GB in {processes} processes | load {load:.1f} |"
        )


if __name__ == "__main__":
    main()
