"""The folder that may leave: pages and numbers of a run, searched for its patients, with a statement of the search."""

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from synthaudit.audit.disclosure.rare_values import DIGITS, SIGNS, RareValues
from synthaudit.audit.disclosure.search import PIECE, Searched, search_files
from synthaudit.audit.disclosure.unpacking import SPELLINGS
from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import read_file, write_atomically
from synthaudit.audit.records.storage import load_records
from synthaudit.audit.suite.result import Result, read_result
from synthaudit.audit.suite.result.manifest import changes, read_manifest, write_manifest

LEAVING = ("result.json", "report.*", "summary.pdf", "findings.md", "card.md", "rows.*", "figures/*")
"""Files of a run that may leave, where they pass the search."""
SYNTHETIC = "synthetic/*"
STATEMENT = "export.md"
SIDES = ("members", "holdout", "reference")
OWN_TEXT = re.compile(r"\.(py|toml|typ|html|css|js|j2)$")
ROW_NUMBERS = 3
"""Patients 0, 1 and 2: so they are called where a table had no ids."""


def export(run: Path, out: Path, *, synthetic: bool = False) -> Searched:
    """Write the files of a run that may leave into a new folder, with a manifest and a statement of what was searched.

    Args:
        run: A run folder with its ``restricted/``: what is looked for stands there.
        out: The folder; it must not exist, or be empty.
        synthetic: Whether the synthetic tables go too. They are not searched: what they give away is what the audit is
            about.

    Raises:
        ResultError: The run is not complete, was changed, or a file holds what few patients have.
        InputError: The folder cannot be used, or a file cannot be read.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("expected a folder that is new or empty", file=out, cure="Choose another with --out")
    manifest = read_manifest(run)
    if manifest is None:
        raise ResultError("expected a run folder with manifest.json, found none. Run the audit's command again")
    if problems := changes(run, manifest):
        raise ResultError(f"expected files as manifest.json says: {'; '.join(problems)}. Run the audit's command again")
    result = read_result(run)
    files = {path.relative_to(run).as_posix(): read_file(path) for path in _matching(run, LEAVING)}
    found = search_files(files, rare_values_of(run, result))
    if found.found:
        told = "; ".join(f"{name} ({', '.join(kinds)})" for name, kinds in found.found.items())
        raise ResultError(
            f"found what fewer than {result.split.small_count} patients have, in {told}. Nothing was written. Declare "
            "what is public in the schema and run the audit's command again, or look at what that file says"
        )
    tables = {path.relative_to(run).as_posix(): read_file(path) for path in _matching(run, [SYNTHETIC])}
    _write(out, files | (tables if synthetic else {}))
    write_atomically(out / STATEMENT, _statement(result, found, sorted(tables) if synthetic else []).encode())
    write_manifest(out)
    return found


def rare_values_of(run: Path, result: Result) -> RareValues:
    """Return what few patients of a run have.

    Raises:
        ResultError: The run folder lacks its restricted part.
    """
    restricted = run / "restricted"
    paths = [restricted / f"{side}.npz" for side in SIDES]
    if not paths[0].exists() or not (restricted / "salt").exists():
        raise ResultError(f"{run.name}: expected a run folder with its restricted part, which says what to look for")
    pseudonyms = np.load(restricted / "pseudonyms.npy", allow_pickle=False)
    return RareValues.of(
        [load_records(path) for path in paths if path.exists()],
        small_count=result.split.small_count,
        ordinary=own_words(),
        ids=_is_id(pseudonyms, (restricted / "salt").read_bytes()),
        more=map(str, pseudonyms),
    )


def _is_id(pseudonyms: np.ndarray, salt: bytes) -> Callable[[str], bool] | None:
    """Return what says of a word whether it is a patient's id: raw ids are not kept, but their keyed hashes are."""
    known = set(map(str, pseudonyms))

    def is_id(word: str) -> bool:
        return hashlib.blake2b(word.encode(), key=salt, digest_size=8).hexdigest() in known

    return None if all(is_id(str(number)) for number in range(ROW_NUMBERS)) else is_id


@cache
def own_words() -> frozenset[str]:
    """Return the words of this program's own text, which stand on a page whatever the tables hold."""
    rooms = ("synthaudit.reports", "synthaudit.attacks", "synthaudit.audit", "synthaudit.generators")
    return frozenset(word for room in rooms for text in _texts(resources.files(room)) for word in PIECE.findall(text))


def _texts(folder: Traversable) -> Iterable[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _texts(entry)
        elif OWN_TEXT.search(entry.name):
            yield entry.read_text(encoding="utf-8").casefold()


def _matching(run: Path, patterns: Iterable[str]) -> list[Path]:
    found = {path for pattern in patterns for path in run.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not path.name.startswith("."))


def _write(out: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        try:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"expected a folder to write to, could not use it ({error.strerror})", file=out) from None
        write_atomically(out / name, content)


def _statement(result: Result, found: Searched, tables: list[str]) -> str:
    stays = ["`restricted/`", "`cells/`", *([] if tables else ["`synthetic/`"])]
    ids = "for every patient's id" if found.ids else "(the patients have no ids, their rows are numbered)"
    also = f"Not searched, taken along on demand: {', '.join(tables)}. What they give away is what the audit is about."
    paragraphs = (
        f"# What leaves with this folder: {result.title}",
        f"{len(found.files):,} files, {found.read:,} bytes unpacked, were searched for {found.values:,} values that "
        f"fewer than {result.split.small_count} patients of the audit have (levels, codes, dates, numbers), {ids}, and "
        "for every pseudonym. None was found.",
        f"Searched: {', '.join(found.files)}.",
        f"Seen through: {'; '.join(SPELLINGS)}.",
        f"Not looked for: {found.skipped:,} values that cannot be told from the rest of a page (numbers of fewer than "
        f"{DIGITS} digits, words of fewer than {SIGNS} signs, words of this program's own text); columns that the "
        "audit left out; the places of points and letters in figures; pictures of letters. A search finds values that "
        "are written down. It does not show that nothing can be inferred.",
        f"Left in the house: {', '.join(stays)}.",
        *([also] if tables else []),
        "`manifest.json` lists the SHA-256 of every file here; `synthaudit verify` holds the folder against it.",
    )
    return "\n\n".join(paragraphs) + "\n"
