"""Mutated artefacts of an audit: each ends in a right reading or in a clear message, in bounded time and memory.

    OMP_NUM_THREADS=1 python benchmarks/fuzz.py [--inputs 10000] [--seed 0] [--only result]

Tables have their own: ``fuzz_readers.py``. A message must quote no marker of the file's cells, and nothing but an
``AuditError`` may be raised. What was read is used: a result is judged, records are copied, a generator is sampled.
"""

import argparse
import io
import json
import math
import random
import resource
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faults import small_plan, write_tables

from synthaudit.audit.errors import AuditError
from synthaudit.audit.policy import judge, read_policy
from synthaudit.audit.records import load_records, read_schema
from synthaudit.audit.records.readers import MatrixFile
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import read_plan
from synthaudit.audit.suite.result import read_result
from synthaudit.audit.suite.result.manifest import changes, read_manifest, write_manifest
from synthaudit.generators.checkpoint import load

SLOW = 10.0
"""Seconds that one input may take."""

MARK = "Zq9Marker"
"""Stands in cells of every artefact; no message may quote it."""

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**300, 0.0, -0.0, 1e308, 5e-324, math.nan),
    *(math.inf, -math.inf, "", " ", "\ud800", "\x00", "x" * 100_000, "../../etc/passwd", MARK, [], {}, [[]], {"": {}}),
)
"""Values that take the place of others."""

PIECES = (
    *(b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b"=", b"\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b"#"),
    *(b"NaN", b"Infinity", b"1e999", b"9" * 5000, b"-0", b"null", b"true", b"\\ud800", b"\\u0000", b"[[", b"a.b.c"),
    *(b"1979-05-27T07:32:00Z", b"0x7f", b"inf", b"nan", b'"""', b"[x]", b"[[x]]", b"x = 1"),
)


@dataclass(frozen=True)
class Artefact:
    """One kind of file: its name, its sound content, and what reads it."""

    name: str
    content: bytes
    use: Callable[[Path], object]
    structured: bool = False
    bombs: tuple[bytes, ...] = ()


def mutate_bytes(content: bytes, rng: random.Random) -> bytes:
    """Return a file's bytes with one to four changes."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(7)
        if kind < 2:
            content = content[:at] + rng.choice(PIECES) + content[at:]
        elif kind == 2:
            content = content[:at] + content[at + rng.randint(1, 30) :]
        elif kind == 3 and at < len(content):
            content = content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
        elif kind == 4:
            content = content[:at] + bytes(rng.randrange(256) for _ in range(rng.randint(1, 8))) + content[at + 8 :]
        elif kind == 5:
            other = rng.randrange(len(content) + 1)
            content = content[:at] + content[other : other + rng.randint(1, 200)] + content[at:]
        elif rng.random() < 0.2:
            content = content[:at]
    return content


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where every value of a JSON document stands."""
    if at:
        yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*at, key))


def mutate_json(content: bytes, where: list[tuple[Any, ...]], rng: random.Random) -> bytes:
    """Return a JSON document in which one to three values were replaced, removed, doubled or renamed."""
    document = json.loads(content)
    twice = rng.random() < 0.05
    for _ in range(rng.randint(1, 3)):
        *way, last = rng.choice(where)
        owner = document
        try:
            for key in way:
                owner = owner[key]
            kind = rng.randrange(6)
            if kind < 3:
                owner[last] = rng.choice(ODD)
            elif kind == 3:
                del owner[last]
            elif kind == 4 and isinstance(owner, list):
                owner.insert(0, owner[last])
            elif isinstance(owner, dict):
                owner[str(rng.choice(ODD))[:50]] = owner.pop(last)
        except (KeyError, IndexError, TypeError):  # an earlier change took it away
            continue
    text = json.dumps(document)
    return (text.replace("{", '{"title": 1, "title": 2, ', 1) if twice else text).encode()


def use_result(path: Path) -> object:
    """Read a result and judge it."""
    return judge(read_result(path), read_policy("default"))


def use_task(path: Path) -> object:
    """Read a finished task as a resumed run does."""
    folder = RunFolder(path.parent)
    folder.tasks = path.parent
    return folder.read_task(path.stem)


def use_manifest(path: Path) -> object:
    """Hold a folder against its manifest."""
    manifest = read_manifest(path.parent)
    return manifest and changes(path.parent, manifest)


def use_generator(path: Path) -> object:
    """Load a generator and sample it."""
    return load(path).sample(5, seed=0)


def zip_bomb(stated: int) -> bytes:
    """Return an archive of one array of zeros that unpacks to so many bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("codes.npy", "w") as part:
        np.lib.format.write_array_header_1_0(part, {"descr": "|u1", "fortran_order": False, "shape": (stated,)})
        for _ in range(stated // 2**20):
            part.write(bytes(2**20))
    return out.getvalue()


def wide_header(shape: str) -> bytes:
    """Return an array file whose header states a shape and that holds nothing."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def artefacts(folder: Path) -> Iterator[Artefact]:
    """Yield every artefact of a small audit, made in ``folder``."""
    write_tables(folder, 0)
    plan = small_plan().model_copy(update={"title": f"Audit of {MARK}"})
    run(plan, folder / "run", base=folder)
    write_manifest(folder / "run")
    deep = {"json": b'{"a":' * 50_000, "toml": b"x = " + b"[" * 50_000, "tables": b"[" + b"a." * 50_000 + b"b]"}
    toml_bombs = (deep["toml"], deep["tables"], b"x = " + b"9" * 10_000, b"x = 1e999", b"x = {" + b"a = {" * 20_000)
    json_bombs = (deep["json"], b"[" * 200_000, b'{"format": "synthaudit-result", "version": ' + b"9" * 5000 + b"}")
    policy = "".join(
        f"{line}\n" for line in (Path(read_policy.__code__.co_filename).parents[1] / "policies/default.toml").open()
    )
    schema = f"""confirmed = true
id = "{MARK}"
[columns]
age = {{ kind = "continuous", low = 0, high = 120, integer = true, quasi_identifier = true }}
born = {{ kind = "date", format = "%d/%m/%Y", low = 1900-01-01, high = 2025-12-31 }}
ward = {{ kind = "categorical", levels = ["{MARK}", "south", "rare"], other = "rare", public = true }}
[default]
kind = "binary"
"""
    first = """preset = "quick"
[data]
reader = "table"
path = "t.csv"
[split]
members = 0.5
[sweep]
releases = 2
synthetic_rows = ["0.5x", 100]
[generators.vae]
epochs = 3
privacy = {epsilon = 3.0, delta = 1e-5}
[attacks.nearest]
[controls]
repeats = 17
"""
    done = folder / "run"
    records = next(done.glob("restricted/members.npz")).read_bytes()
    scores = next(done.glob("restricted/scores/*.npz")).read_bytes()
    weights = next(done.glob("restricted/synthetic/*.safetensors")).read_bytes()
    cell = max(done.glob("cells/*.json"), key=lambda path: path.stat().st_size).read_bytes()
    matrix = io.BytesIO()
    np.savez_compressed(matrix, codes=np.random.default_rng(0).integers(0, 2, (40, 9)).astype(np.uint8))
    bombs = (zip_bomb(2**26), wide_header("(99999999999,)"), wide_header("(-1, -1)"), b"PK\x05\x06" + bytes(18))
    result = (done / "result.json").read_bytes()
    yield Artefact("result.json", result, use_result, structured=True, bombs=json_bombs)
    yield Artefact(
        "manifest.json", (done / "manifest.json").read_bytes(), use_manifest, structured=True, bombs=json_bombs
    )
    yield Artefact(f"{json.loads(cell)['key']}.json", cell, use_task, structured=True, bombs=json_bombs)
    yield Artefact("plan.toml", first.encode(), read_plan, bombs=toml_bombs)
    yield Artefact("policy.toml", policy.encode(), read_policy, bombs=toml_bombs)
    yield Artefact("schema.toml", schema.encode(), read_schema, bombs=toml_bombs)
    yield Artefact("members.npz", records, load_records, bombs=bombs)
    yield Artefact("scores.npz", scores, load_records, bombs=bombs)
    yield Artefact("matrix.npz", matrix.getvalue(), lambda path: MatrixFile(path=str(path)).read(), bombs=bombs)
    huge = (2**60).to_bytes(8, "little") + weights[8:]
    yield Artefact("vae.safetensors", weights, use_generator, bombs=(huge, weights[:8], bytes(8), b"\xff" * 8))


def inputs(artefact: Artefact, count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield bombs, then mutants."""
    yield from artefact.bombs
    where = list(places(json.loads(artefact.content))) if artefact.structured else []
    for at in range(count):
        mutant = mutate_json(artefact.content, where, rng) if where and at % 2 else None
        yield mutate_bytes(artefact.content, rng) if mutant is None else mutant


def main() -> None:
    """Print for each artefact how its mutants ended, and every failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    failures = 0
    print(
        "| artefact | inputs | read | refused | failed | slowest, s | memory, MB |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    with tempfile.TemporaryDirectory() as base:
        for artefact in artefacts(Path(base)):
            if chosen.only not in artefact.name:
                continue
            place = Path(base) / "fuzz"
            shutil.copytree(Path(base) / "run", place, dirs_exist_ok=True)
            path, ends, slowest = place / artefact.name, Counter[str](), 0.0
            seen: set[str] = set()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for content in inputs(artefact, chosen.inputs, random.Random(f"{chosen.seed} {artefact.name[:8]}")):
                path.write_bytes(content)
                started = time.perf_counter()
                try:
                    artefact.use(path)
                    end = "read"
                except AuditError as problem:
                    text = str(problem)
                    end = "refused" if MARK not in text and base not in text and len(text) < 4000 else "quoted"
                    note = text
                except Exception as error:  # noqa: BLE001 - whatever else is what this looks for
                    import traceback

                    last = traceback.extract_tb(error.__traceback__)[-1]
                    end, note = "failed", f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}: {error}"
                seconds = time.perf_counter() - started
                slowest = max(slowest, seconds)
                end = "too slow" if seconds > SLOW else end
                ends[end] += 1
                if end not in ("read", "refused") and note[:60] not in seen:
                    seen.add(note[:60])
                    print(f"{artefact.name}: {end}: {note[:300]!r}")
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
            bad = sum(ends.values()) - ends["read"] - ends["refused"]
            failures += bad
            name = artefact.name if len(artefact.name) < 30 else "cells/*.json"
            row = (
                f"{sum(ends.values()):,} | {ends['read']:,} | {ends['refused']:,} | {bad:,} | {slowest:.2f} | {grown:,}"
            )
            print(f"| {name} | {row} |", flush=True)
            path.unlink(missing_ok=True)
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
