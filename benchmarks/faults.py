"""What a fault costs: runs are killed, starved, corrupted and edited, and go on. Prints the reliability table.

    OMP_NUM_THREADS=1 python benchmarks/faults.py [--kills 100] [--only "kill -9"] [--seed 0]

A fault is survived where the same command, run again, ends with the very numbers of an undisturbed run, or where a
message says what is wrong and what to do. It is lost where a number differs, or the run ends in a bug. Linux only; the
scenarios that mount a small file system need root and are left out without it.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthaudit.audit.errors import AuditError
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.execution.schedule import ExecutionOptions
from synthaudit.audit.suite.plan import Plan, make_plan
from synthaudit.audit.suite.result import Result

WHOLE, TOLD = "the same numbers", "a message"


@dataclass
class Tally:
    """How one kind of fault ended, time after time."""

    tried: int = 0
    whole: int = 0
    told: int = 0
    lost: list[str] = field(default_factory=list)

    def add(self, ended: str, wanted: str, what: str) -> None:
        """Count one end: the digest of the numbers, or what was said."""
        self.tried += 1
        if ended == wanted:
            self.whole += 1
        elif ended.startswith("AuditError"):
            self.told += 1
        else:
            self.lost.append(f"{what}: {ended}")


def write_tables(folder: Path, seed: int) -> None:
    """Write the sides of a small audit, and a synthetic table that copies a few members."""
    rng = np.random.default_rng(seed)
    sides = {}
    for name in ("members", "holdout", "reference", "synthetic"):
        age = rng.integers(20, 90, 80)
        sides[name] = [[int(a), round(float(rng.normal(5, 1) + a / 50), 2), "FM"[int(rng.integers(2))]] for a in age]
    sides["synthetic"][:8] = sides["members"][:8]
    for name, rows in sides.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["age", "lab", "sex"], *rows])


def small_plan(seed: int = 3) -> Plan:
    """Return the smallest plan that has every kind of file in its folder."""
    return make_plan(
        {
            "preset": "quick",
            "seed": seed,
            "data": {name: f"{name}.csv" for name in ("members", "holdout", "reference")},
            "synthetic": {"given": {"path": "synthetic.csv"}},
            "sweep": {"releases": 1, "synthetic_rows": ["1x"], "known_columns": [1]},
            "generators": {"vae": {"epochs": 1}},
            "attacks": {"nearest": {}, "replay": {}},
            "metrics": {"marginals": {}},
            "controls": {"repeats": 17, "attacks": ["nearest"]},
        }
    )


def digest(result: Result) -> str:
    """Return a hash of all that a result says, but for when and how long it ran."""
    if result.run.failed:
        return f"failed: {result.run.failed[0]}"
    systems = [card.model_copy(update={"seconds": 0.0}) for card in result.systems]
    timeless = result.model_copy(update={"run": None, "systems": tuple(systems)})
    return hashlib.sha256(timeless.model_dump_json().encode()).hexdigest()


class Bench:
    """A prepared process that forks one child per run, so that a run does not begin with loading libraries."""

    def __init__(self, base: Path, seed: int) -> None:
        self.base, self.rng, self.folders = base, random.Random(seed), 0

    def fresh(self) -> Path:
        """Return a folder that does not exist yet."""
        self.folders += 1
        return self.base / f"run{self.folders}"

    def start(self, out: Path, plan: Plan | None = None, *, base: Path | None = None, **options: Any) -> int:
        """Run the audit in a child, which leaves how it ended beside the folder; return its process id."""
        note = self.base / out.with_suffix(".ended").name
        note.unlink(missing_ok=True)
        child = os.fork()
        if child:
            return child
        try:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            before = options.pop("before", None)
            if before is not None:
                before()
            ended = digest(run(plan or small_plan(), out, base=base or self.base, options=ExecutionOptions(**options)))
        except AuditError as error:
            ended = f"AuditError {error}"
        except BaseException as error:  # noqa: BLE001 - whatever else is what this looks for
            ended = f"bug: {type(error).__name__}: {error}"
        with contextlib.suppress(OSError):
            note.write_text(ended)
        os._exit(0)

    def end(self, child: int, out: Path, *, most: float = 300) -> str:
        """Wait for a child and return how it ended."""
        until = time.monotonic() + most
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "hung"
            time.sleep(0.01)
        note = self.base / out.with_suffix(".ended").name
        return note.read_text() if note.exists() else "killed"

    def run(self, out: Path, plan: Plan | None = None, **options: Any) -> str:
        """Run the audit to its end."""
        return self.end(self.start(out, plan, **options), out)


def killed_at_random(bench: Bench, wanted: str, seconds: float, times: int) -> Tally:
    """SIGKILL at a random moment of the run, then the same command again."""
    tally = Tally()
    for _ in range(times):
        out, moment = bench.fresh(), bench.rng.uniform(0, seconds)
        child = bench.start(out)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        tally.add(bench.run(out), wanted, f"killed after {moment:.2f} s")
        shutil.rmtree(out, ignore_errors=True)
    return tally


def killed_twice(bench: Bench, wanted: str, seconds: float, times: int) -> Tally:
    """SIGKILL at random moments, three times in one folder."""
    tally = Tally()
    for _ in range(max(1, times // 5)):
        out = bench.fresh()
        for _ in range(3):
            child = bench.start(out)
            time.sleep(bench.rng.uniform(0, seconds / 2))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        tally.add(bench.run(out), wanted, "killed three times")
    return tally


def children_of(process: int) -> list[int]:
    """Return the living children of a process, and theirs, that run Python of ours."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == process:
                found += [int(entry.name), *children_of(int(entry.name))]
    return found


def workers_killed(bench: Bench, wanted: str, seconds: float, times: int) -> Tally:
    """SIGKILL to a worker process, while two work."""
    tally = Tally()
    for _ in range(max(2, times // 20)):
        out, killed = bench.fresh(), 0
        child = bench.start(out, workers=2)
        until = time.monotonic() + 120
        while killed < 2 and os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < until:
            time.sleep(bench.rng.uniform(0.5, 2))
            workers = [one for one in children_of(child) if "popen_loky" in _command(one)]
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(bench.rng.choice(workers), signal.SIGKILL)
                    killed += 1
        with contextlib.suppress(ChildProcessError):
            bench.end(child, out)
        note = bench.base / out.with_suffix(".ended").name
        tally.add(note.read_text() if note.exists() else "no end", wanted, f"{killed} workers killed")
    return tally


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@contextlib.contextmanager
def small_disk(bench: Bench, kib: int) -> Iterator[Path]:
    """Yield a file system of its own with so much room."""
    place = bench.fresh()
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def disk_full(bench: Bench, wanted: str, _: float, times: int) -> Tally:
    """The disk is full at some point of the run; then there is room again."""
    tally = Tally()
    for kib in np.geomspace(8, 1200, max(4, times // 5)).astype(int).tolist():
        with small_disk(bench, kib) as place:
            first = bench.run(place / "run")
            if first.startswith("bug") or first == "hung":
                tally.add(first, wanted, f"{kib} KiB, at once")
                continue
            subprocess.run(["mount", "-o", "remount,size=1G", str(place)], check=True)
            tally.add(bench.run(place / "run"), wanted, f"{kib} KiB, then room")
    return tally


def read_only(bench: Bench, wanted: str, _: float, __: int) -> Tally:
    """The folder cannot be written, before the first run and after the last."""
    tally = Tally()
    with small_disk(bench, 2**20) as place:
        for finished in (False, True):
            if finished:
                bench.run(place / "run")
            subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
            tally.add(bench.run(place / "run"), wanted, f"read-only, finished: {finished}")
            subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
            tally.add(bench.run(place / "run"), wanted, f"writable again, finished: {finished}")
    return tally


def harms(content: bytes, other: bytes, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield what may become of a file's bytes."""
    at = rng.randrange(len(content)) if content else 0
    yield "one bit", content[:at] + bytes([(content[at] ^ 1) if content else 0]) + content[at + 1 :]
    digits = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    if digits:
        place = rng.choice(digits)
        yield "one digit", content[:place] + bytes([48 + (content[place] - 47) % 10]) + content[place + 1 :]
    yield "cut", content[: len(content) // 2]
    yield "empty", b""
    yield "zeros", bytes(len(content))
    yield "another's", other


def kind_of(path: Path) -> str:
    """Return what kind of file this is: its folder and ending, or its name where it stands alone."""
    return f"{path.parent.name}/*{path.suffix}" if path.parent.name not in ("restricted", "whole") else path.name


def corrupted(bench: Bench, wanted: str, _: float, __: int) -> Tally:
    """One file of a finished run is harmed, of every kind and in every way, then the same command again."""
    tally, whole = Tally(), bench.base / "whole"
    kinds: dict[str, list[Path]] = {}
    for path in sorted(whole.rglob("*")):
        if path.is_file():
            kinds.setdefault(kind_of(path), []).append(path.relative_to(whole))
    for kind, names in kinds.items():
        other = (whole / names[-1]).read_bytes() if len(names) > 1 else (whole / "result.json").read_bytes()
        for how, content in harms((whole / names[0]).read_bytes(), other, bench.rng):
            out = bench.fresh()
            shutil.copytree(whole, out)
            (out / names[0]).write_bytes(content)
            tally.add(bench.run(out), wanted, f"{kind}, {how}")
            shutil.rmtree(out)
    return tally


def two_at_once(bench: Bench, wanted: str, seconds: float, times: int) -> Tally:
    """Two runs in one folder: of the same plan, which share it, and of another, which is refused."""
    tally = Tally()
    alone = bench.run(bench.fresh(), small_plan(seed=4))
    for at in range(max(2, times // 20)):
        plan, right = ((small_plan(), wanted), (small_plan(seed=4), alone))[at % 2]
        out = bench.fresh()
        twin = out.with_name(f"{out.name}-twin")
        out.mkdir()
        twin.symlink_to(out)
        first = bench.start(out)
        time.sleep(bench.rng.uniform(0, seconds / 3))
        second = bench.start(twin, plan)
        tally.add(bench.end(first, out), wanted, f"first of two, pair {at}")
        tally.add(bench.end(second, twin), right, f"second of two, pair {at}")
        tally.add(bench.run(out), wanted, "after both")
    return tally


def clock_set_back(bench: Bench, wanted: str, seconds: float, _: int) -> Tally:
    """Files from years ahead or ago, and a clock that goes back in the middle of the run."""
    tally = Tally()
    for years in (-30, 30):
        out = bench.fresh()
        child = bench.start(out)
        time.sleep(seconds / 2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for path in out.rglob("*"):
            os.utime(path, (time.time() + years * 3.15e7,) * 2)
        tally.add(bench.run(out), wanted, f"files of {years} years")
    out, real = bench.fresh(), time.time

    def back() -> None:
        calls = iter(range(10**9))
        time.time = lambda: real() - 1e7 * next(calls)

    tally.add(bench.run(out, before=back), wanted, "clock that goes back")
    return tally


def edited(bench: Bench, wanted: str, seconds: float, _: int) -> Tally:
    """Plan or data change between a stop and going on: the numbers are those of a fresh run of what is there now."""
    tally = Tally()
    other = bench.base / "edited"
    other.mkdir()
    for name in ("members", "holdout", "reference", "synthetic"):
        lines = (bench.base / f"{name}.csv").read_text().splitlines()
        if name == "members":
            lines[3] = lines[3].replace("F", "M") if "F" in lines[3] else lines[3].replace("M", "F")
        (other / f"{name}.csv").write_text("\n".join(lines) + "\n")
    for what, more in (("seed", {"plan": small_plan(seed=8)}), ("one cell of the members", {"base": other})):
        fresh = bench.run(bench.fresh(), **more)
        for moment in (seconds / 3, seconds * 0.8, None):
            out = bench.fresh()
            if moment is None:
                bench.run(out)
            else:
                child = bench.start(out)
                time.sleep(moment)
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            tally.add(bench.run(out, **more), fresh, f"edited {what}")
        if fresh == wanted:
            tally.lost.append(f"edited {what}: the numbers of the other plan or data")
    return tally


def little_memory(bench: Bench, _: str, __: float, times: int) -> Tally:
    """Commands under limits of address space: each works, or says that memory is too small and exits with 2."""
    tally = Tally()
    table, steps = str(bench.base / "members.csv"), max(6, times // 8)
    plan = bench.base / "plan.toml"
    plan.write_text('preset = "quick"\n[data]\nreader = "simulated"\npatients = 240\ncodes = 12\n[generators.vae]\n')
    commands = {"inspect": ["inspect", table], "validate": ["validate", str(plan)], "list": ["list"]}
    for name, words in commands.items():
        for mib in np.geomspace(64, 2500, steps).astype(int).tolist():
            line = ["prlimit", f"--as={mib * 2**20}", sys.executable, "-m", "synthaudit", *words]
            ended = subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)
            said = ended.returncode == 2 and "memory" in ended.stderr and "quote" not in ended.stderr
            text = "whole" if ended.returncode == 0 else "AuditError" if said else f"exit {ended.returncode}"
            tally.add(text, "whole", f"{name}, {mib} MiB: {ended.stderr[-200:]}")
    return tally


def cluster_lost(bench: Bench, wanted: str, seconds: float, _: int) -> Tally:
    """SIGKILL to a dask worker, then to the scheduler: the run ends, and the same command without it goes on."""
    tally = Tally()
    keys = bench.base / "keys"
    keys.mkdir()
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=keys, check=True, capture_output=True)
    shutil.copy(keys / "cert.pem", keys / "ca.pem")
    (keys / "key.pem").chmod(0o600)
    tls = ["--tls-ca-file", "ca.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]
    quiet = {"cwd": keys, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for port, victim in ((18786, "worker"), (18787, "scheduler")):
        address = f"tls://127.0.0.1:{port}"
        dask = [sys.executable, "-m", "dask"]
        place = ["--port", str(port), "--host", "tls://127.0.0.1", "--no-dashboard"]
        scheduler = subprocess.Popen([*dask, "scheduler", "--protocol", "tls", *place, *tls], **quiet)
        worker = subprocess.Popen([*dask, "worker", address, "--nworkers", "1", "--nthreads", "1", *tls], **quiet)
        out = bench.fresh()
        try:
            line = [sys.executable, __file__, "--child", str(out), "--scheduler", address]
            audit = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            until = time.monotonic() + 120
            while not list(out.glob("cells/*.json")) and time.monotonic() < until and audit.poll() is None:
                time.sleep(0.1)
            if victim == "scheduler":
                scheduler.kill()
            else:
                for one in children_of(worker.pid):
                    if "spawn_main" in _command(one):
                        os.kill(one, signal.SIGKILL)
            try:
                said = audit.communicate(timeout=300)[0].strip()
            except subprocess.TimeoutExpired:
                audit.kill()
                said = "hung"
            tally.add(said, wanted, f"{victim} killed")
            tally.add(bench.run(out), wanted, f"{victim} killed, then without a cluster")
        finally:
            for process in (worker, scheduler):
                process.terminate()
                process.wait(30)
    return tally


SCENARIOS: dict[str, Callable[[Bench, str, float, int], Tally]] = {
    "kill -9 at a random moment": killed_at_random,
    "kill -9 three times in one folder": killed_twice,
    "a worker process killed, twice in a run": workers_killed,
    "dask worker or scheduler killed": cluster_lost,
    "disk full": disk_full,
    "read-only folder": read_only,
    "one file of a finished run harmed": corrupted,
    "two runs in one folder": two_at_once,
    "clock set back": clock_set_back,
    "plan or data edited between": edited,
    "little memory": little_memory,
}


def main() -> None:
    """Print the reliability table, and everything that was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scheduler", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        keys = chosen.child.parent / "keys"
        options = ExecutionOptions(scheduler=chosen.scheduler, scheduler_keys=keys)
        try:
            print(digest(run(small_plan(), chosen.child, base=chosen.child.parent, options=options)))
        except AuditError as error:
            print(f"AuditError {error}")
        return
    print("| fault | tried | the same numbers | a message that says what to do | lost |\n|---|---:|---:|---:|---:|")
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), chosen.seed)
        write_tables(bench.base, chosen.seed)
        run(small_plan(), bench.fresh(), base=bench.base)  # loads and compiles what every child then has
        started = time.monotonic()
        wanted = bench.run(bench.base / "whole")
        seconds = time.monotonic() - started
        if wanted.startswith(("AuditError", "bug", "failed")):
            raise SystemExit(f"the undisturbed run: {wanted}")
        for name, scenario in SCENARIOS.items():
            if chosen.only not in name:
                continue
            tally = scenario(bench, wanted, seconds, chosen.kills)
            print(f"| {name} | {tally.tried} | {tally.whole} | {tally.told} | {len(tally.lost)} |", flush=True)
            lost += [f"{name}: {one}" for one in tally.lost]
    for one in lost:
        print(f"lost: {one[:400]}")
    print(json.dumps({"seconds of an undisturbed run": round(seconds, 2)}))
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
