"""From files on disk to members, holdout and reference: read, split by patient, counted, and stripped of ids."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError, PlanError, unknown_name
from synthaudit.audit.neighbours import metric_for, nearest
from synthaudit.audit.records import NumericScale, Records, read_schema
from synthaudit.audit.records.left_out import hashed_cells, without_row_numbers
from synthaudit.audit.records.parse import MISSING, parse_records
from synthaudit.audit.records.rare_names import hide_rare_names, under_columns
from synthaudit.audit.records.readers import READERS, LoadedRecords, read_together
from synthaudit.audit.records.readers.loaded_records import find_file, source_file, unseen_notes
from synthaudit.audit.records.row_identity import distinct_share
from synthaudit.audit.records.split import Split, collisions, split
from synthaudit.audit.records.stray_rows import require_header
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import read_text
from synthaudit.audit.records.unseen import require_known_values, share_unseen, without_unseen_codes
from synthaudit.audit.suite.context.left_out_values import LeftOutValues, left_out_values
from synthaudit.audit.suite.context.published_ids import published_ids
from synthaudit.audit.suite.context.reference_from_holdout import with_reference
from synthaudit.audit.suite.context.shared_patients import require_disjoint_records
from synthaudit.audit.suite.context.task import TableSizes, seed_of
from synthaudit.audit.suite.plan import Plan, construct
from synthaudit.audit.suite.result import DataCard, Source, SplitCard, SplitPart

FORMAT_OPTIONS = tuple(field.name for field in fields(TableFormat))
GIVEN_OPTIONS = ("id", "drop", "missing", *FORMAT_OPTIONS)
"""Options of ``[data]`` where the sides are given as files."""

NEARLY = 1e-3
"""Mean difference a column below which two rows of a mixed table count as nearly identical."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """The sides of an audit and what a report may say of them.

    Attributes:
        sizes: Rows of each table, columns and fingerprint; what the list of tasks depends on.
        tables: Members, holdout and, where there is one, reference; patients are numbered, raw ids are gone.
        files: Synthetic tables made elsewhere, by their key.
        file_notes: What reading them showed.
        pseudonyms: A keyed hash of each patient's raw id; number i stands at place i.
        published_ids: Numbers of the patients whose id a synthetic table has, by its key.
        left_out: Columns that a synthetic table has and the audit leaves out, by its key.
        data: Aggregates of the real table.
        split: Sizes and likeness of the sides.
        distinct: Share of distinct rows among the members.
    """

    sizes: TableSizes
    tables: dict[str, Records]
    files: dict[str, Records]
    file_notes: dict[str, tuple[str, ...]]
    pseudonyms: np.ndarray
    published_ids: dict[str, np.ndarray]
    left_out: dict[str, list[LeftOutValues]]
    data: DataCard
    split: SplitCard
    distinct: float


def prepare(plan: Plan, *, base: Path, salt: bytes) -> Prepared:
    """Read what the plan names, split it, and count what the sides share.

    Args:
        plan: Names files relative to ``base``.
        base: The plan's folder.
        salt: The run's secret, for pseudonyms.

    Raises:
        InputError: If a table is not what it should be.
        PlanError: If the reader or an option of it is not known.
    """
    if plan.data.members is not None or plan.data.holdout is not None:
        parted, loaded, published = _given(plan, base)
    else:
        loaded, parted = _split_here(plan, base)
        published = {key: _published(base, file.path, parted.members, plan) for key, file in plan.synthetic.items()}
    tables, reference_note = with_reference(plan, dict(parted.parts))
    if "reference" in tables:
        # The attacker holds the first r reference records: their order must mean nothing.
        rng = np.random.default_rng(seed_of(plan.seed, "order of the reference"))
        tables["reference"] = tables["reference"].take(rng.permutation(len(tables["reference"])))
    files = {}
    for key, table in published.items():
        rng = np.random.default_rng(seed_of(plan.seed, "order of the synthetic table", key))
        files[key] = table.records.take(rng.permutation(len(table.records)))
    shared = share_unseen(tables | {f"synthetic {key}": table for key, table in files.items()})
    columns = hide_rare_names(
        [shared[role] for role in tables], small_count=plan.small_count, public=plan.secrets.public
    )
    tables = {role: under_columns(shared[role], columns) for role in tables}
    files = {key: under_columns(shared[f"synthetic {key}"], columns) for key in files}
    hidden = tables["members"].schema.hidden_names
    fingerprint = _fingerprint({**tables, **files}, loaded | published)
    everyone, numbered, pseudonyms = _numbered(tables, salt)
    require_disjoint_records(numbered, small_count=plan.small_count)
    sizes = TableSizes(
        members=len(numbered["members"]),
        holdout=len(numbered["holdout"]),
        reference=len(numbered["reference"]) if "reference" in numbered else 0,
        columns=len(tables["members"].schema),
        fingerprint=fingerprint,
        files={key: len(table) for key, table in files.items()},
        rest=len(tables["members"].schema.rest),
    )
    return Prepared(
        sizes=sizes,
        tables=numbered,
        files={key: table.with_patients(np.arange(len(table))) for key, table in files.items()},
        file_notes={key: _file_notes(table, plan.small_count, hidden) for key, table in published.items()},
        pseudonyms=pseudonyms,
        published_ids={key: published_ids(everyone, table) for key, table in files.items()},
        left_out={key: left_out_values(loaded.values(), table, everyone) for key, table in published.items()},
        data=_data_card(plan, loaded, numbered),
        split=_split_card(plan, numbered, parted.seed, reference_note),
        distinct=distinct_share(numbered["members"]),
    )


def _given(plan: Plan, base: Path) -> tuple[Split, dict[str, LoadedRecords], dict[str, LoadedRecords]]:
    """Read the sides as the user parted them, with the synthetic tables beside them under one schema."""
    if plan.data.members is None or plan.data.holdout is None:
        raise PlanError("[data]: expected both members and holdout, found one of them")
    options = plan.data.options
    for option in options:
        if option not in GIVEN_OPTIONS:
            raise PlanError(f"[data]: {unknown_name('option', option, GIVEN_OPTIONS)}")
    declared = read_schema(find_file(base, plan.data.schema_file)) if plan.data.schema_file else None
    named = {"members": plan.data.members, "holdout": plan.data.holdout, "reference": plan.data.reference}
    files = {role: find_file(base, path) for role, path in named.items() if path is not None}
    published = {key: find_file(base, file.path) for key, file in plan.synthetic.items()}
    chosen = {name: tuple(options[name]) for name in ("drop", "missing") if name in options}
    read = read_together(
        files, declared, published=published, id=options.get("id"), table_format=_format(plan), **chosen
    )
    for key, loaded in read.items():
        if not len(loaded.records):
            raise InputError("expected at least one row, found none", file=(files | published)[key])
    reference = read["reference"].records if "reference" in read else None
    parted = Split.of(read["members"].records, read["holdout"].records, reference)
    return parted, {role: read[role] for role in files}, {key: read[key] for key in published}


def _split_here(plan: Plan, base: Path) -> tuple[dict[str, LoadedRecords], Split]:
    """Read one table with the plan's reader and split it by patient."""
    if plan.data.reader not in READERS:
        raise PlanError(f"[data]: {unknown_name('reader', plan.data.reader, READERS)}")
    options = dict(plan.data.options)
    if plan.data.schema_file is not None:
        options["schema"] = plan.data.schema_file
    reader = construct(READERS[plan.data.reader], options, where="[data]")
    loaded = reader.read(base)
    sizes = plan.split
    parted = split(
        loaded.records,
        members=sizes.members,
        holdout=sizes.holdout,
        reference=sizes.reference,
        seed=seed_of(plan.seed, "split") % 2**32,
    )
    return {"table": loaded}, parted


def _published(base: Path, path: str, members: Records, plan: Plan) -> LoadedRecords:
    """Read a synthetic table and hold it to the members' schema."""
    file = find_file(base, path)
    table = read_text(file, table_format=_format(plan))
    options = plan.data.options
    missing = (*MISSING, *options.get("missing", ()))
    id = options.get("id") if options.get("id") in table.column_names else None
    unwanted = {*options.get("drop", ())} - set(members.schema.names)
    left_out = hashed_cells(table, without_row_numbers(table, sorted(unwanted)), missing=missing)
    table = table.drop_columns([name for name in table.column_names if name in unwanted])
    require_header(table, file, declared=members.schema.names)
    table, ones = without_unseen_codes(table, [*members.schema.names, id or ""], members.schema)
    records = parse_records(table, members.schema, file=file, id=id, missing=missing, unseen=True)
    if not len(records):
        raise InputError("expected at least one row, found none", file=file)
    require_known_values(records, file)
    return LoadedRecords(records, unseen_notes(records, ones), (source_file(file),), left_out=left_out)


def _format(plan: Plan) -> TableFormat:
    """Return how the plan says that files are written."""
    options = {name: value for name, value in plan.data.options.items() if name in FORMAT_OPTIONS}
    return construct(TableFormat, options, where="[data]")  # type: ignore[no-any-return]


def _fingerprint(tables: Mapping[str, Records], loaded: Mapping[str, LoadedRecords]) -> str:
    digest = hashlib.sha256()
    for role, table in sorted(tables.items()):
        digest.update(f"{role}:{table.fingerprint()};".encode())
    for role, source in sorted(loaded.items()):
        for name, cells in sorted(source.left_out.items()):
            digest.update(f"{role}:{name}:{hashlib.sha256(cells.tobytes()).hexdigest()};".encode())
    return digest.hexdigest()


def _numbered(tables: Mapping[str, Records], salt: bytes) -> tuple[np.ndarray, dict[str, Records], np.ndarray]:
    """Replace raw patient ids by numbers; return them and a keyed hash of each in the numbers' order."""
    ids = {role: table.patients for role, table in tables.items()}
    if len({patients.dtype.kind for patients in ids.values()}) > 1:
        ids = {role: patients.astype(str) for role, patients in ids.items()}
    everyone, owner = np.unique(np.concatenate(list(ids.values())), return_inverse=True)
    numbered, start = {}, 0
    for role, table in tables.items():
        numbered[role] = table.with_patients(owner[start : start + len(table)].astype(np.int64))
        start += len(table)
    hashed = [hashlib.blake2b(str(patient).encode(), key=salt, digest_size=8).hexdigest() for patient in everyone]
    return everyone, numbered, np.array(hashed)


def _file_notes(table: LoadedRecords, small_count: int, hidden: Mapping[str, str]) -> tuple[str, ...]:
    hashes = tuple(f"{name}, SHA-256 {digest[:16]}" for name, digest in table.sources)
    left_out = [
        f"column '{name}' left out; the table has it: patients' own values in it count" for name in table.left_out
    ]
    return (*hashes, f"{len(table.records):,} rows", *table.published_notes(small_count, hidden), *left_out)


def _data_card(plan: Plan, loaded: Mapping[str, LoadedRecords], tables: Mapping[str, Records]) -> DataCard:
    whole = list({id(part): part for part in loaded.values()}.values())
    schema = tables["members"].schema
    said = (note for part in whole for note in part.published_notes(plan.small_count, schema.hidden_names))
    kinds: dict[str, int] = {}
    for column in schema.columns:
        kinds[column.declared_kind] = kinds.get(column.declared_kind, 0) + 1
    ones = [int((part.records.codes > 0).sum()) for part in whole]
    rows = sum(len(part.records) for part in whole)
    binary = len(schema.codes)
    return DataCard(
        reader=plan.data.reader if plan.data.members is None else "table",
        rows=rows,
        patients=sum(len(np.unique(part.records.patients)) for part in whole),
        columns=len(schema),
        kinds=kinds,
        schema_inferred=schema.inferred,
        schema_sha256=schema.fingerprint(),
        ones_per_row=sum(ones) / rows if binary else None,
        density=sum(ones) / (rows * binary) if binary else None,
        notes=tuple(dict.fromkeys(said)),
        sources=tuple(Source(name=name, sha256=digest) for part in whole for name, digest in part.sources),
    )


def _split_card(plan: Plan, tables: Mapping[str, Records], seed: int | None, reference_note: str | None) -> SplitCard:
    members, holdout = tables["members"], tables["holdout"]
    same = collisions(members, holdout)
    parts = {role: SplitPart(rows=len(t), patients=len(np.unique(t.patients))) for role, t in tables.items()}
    notes = [reference_note or ""]
    for role in ("members", "holdout"):
        most = getattr(plan.targets, role)
        if parts[role].patients > most:
            notes.append(f"{most:,} of {parts[role].patients:,} {role} are targets; copies are looked for among all")
    notes += [f"{same.empty:,} rows without any code" if same.empty >= plan.small_count else ""]
    for role in ("members", "holdout"):
        if parts[role].patients < 100:
            notes.append(f"only {parts[role].patients} patients among the {role}: intervals are wide")
    return SplitCard(
        members=parts["members"],
        holdout=parts["holdout"],
        reference=parts.get("reference", SplitPart(rows=0, patients=0)),
        target_members=min(parts["members"].patients, plan.targets.members),
        target_holdout=min(parts["holdout"].patients, plan.targets.holdout),
        seed=seed,
        small_count=plan.small_count,
        identical=same.holdout_in_members / same.holdout,
        near_identical=_near_share(holdout, members),
        identical_among_members=same.members_repeated / same.members,
        notes=tuple(note for note in notes if note),
    )


def _near_share(holdout: Records, members: Records) -> float:
    """Return the share of holdout rows that have a member at most one code, or a hair's breadth, away."""
    metric = metric_for(members.schema)
    apart = nearest(holdout, members, metric=metric, ranges=NumericScale.of(holdout).ranges).distance[:, 0]
    return float((apart <= (1 if metric == "hamming" else NEARLY)).mean())
