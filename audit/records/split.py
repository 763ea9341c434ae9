"""Splits into members, holdout and reference by patient, checked to be disjoint, and the rows that sides share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.records.storage import load_json, load_records, save_records
from synthaudit.audit.records.table import Records

ROLES = ("members", "holdout", "reference")


@dataclass(frozen=True, eq=False)
class Split:
    """Members, holdout and reference under one schema; no patient stands in two of them.

    Attributes:
        members: Patients the generator is trained on.
        holdout: Patients of the same population that it is not trained on.
        reference: Real records that the attacker holds, disjoint from both; or None.
        seed: Seed of the random split, or None where the files were given.
    """

    members: Records
    holdout: Records
    reference: Records | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        schemas = {part.schema.names for _, part in self.parts}
        if len(schemas) > 1:
            raise ValueError("expected members, holdout and reference under one schema")
        for role, part in self.parts:
            if not len(part):
                raise InputError(f"expected at least one row of {role}, found none")
        parts = self.parts
        for at, (first, one) in enumerate(parts):
            for second, other in parts[at + 1 :]:
                _check_disjoint(first, one, second, other)

    @classmethod
    def of(cls, members: Records, holdout: Records, reference: Records | None = None) -> "Split":
        """Return a split that was drawn elsewhere, such as three given files.

        Raises:
            InputError: Two parts share patients, or one is empty.
        """
        return cls(members, holdout, reference)

    @property
    def parts(self) -> tuple[tuple[str, Records], ...]:
        """Roles and their records; the reference only where there is one."""
        roles = ((role, getattr(self, role)) for role in ROLES)
        return tuple((role, part) for role, part in roles if part is not None)

    def save(self, folder: Path) -> None:
        """Write ``members.npz``, ``holdout.npz``, ``reference.npz`` and ``split.json`` (seed, sizes, hashes)."""
        about: dict[str, object] = {"seed": self.seed}
        for role, part in self.parts:
            save_records(part, folder / f"{role}.npz")
            about[role] = {
                "rows": len(part),
                "patients": len(np.unique(part.patients)),
                "sha256": part.fingerprint(),
            }
        write_atomically(folder / "split.json", (json.dumps(about, indent=2) + "\n").encode())

    @classmethod
    def load(cls, folder: Path) -> "Split":
        """Read what ``save`` wrote, and check that nothing changed since.

        Raises:
            InputError: A file is missing, damaged, or not the one that was saved.
        """
        about = load_json(folder / "split.json")
        parts: dict[str, Records] = {}
        for role in ROLES:
            entry = about.get(role)
            if not isinstance(entry, dict):
                continue
            parts[role] = load_records(folder / f"{role}.npz")
            if parts[role].fingerprint() != entry.get("sha256"):
                raise InputError(
                    "is not the file that was saved with the split", file=f"{role}.npz", cure="Split again."
                )
        seed = about.get("seed")
        if not {"members", "holdout"} <= parts.keys() or not (seed is None or isinstance(seed, int)):
            raise InputError("expected a saved split", file="split.json", cure="Split again.")
        return cls(parts["members"], parts["holdout"], parts.get("reference"), seed)


def split(
    records: Records,
    *,
    members: float,
    holdout: float,
    reference: float = 0,
    seed: int,
) -> Split:
    """Split records at random by patient: all rows of a patient go to one side.

    Patients are shuffled once and cut in the order members, holdout, reference; so members do not change when a
    reference is asked for, nor with the order of the rows. Rows keep their order; patients beyond the sizes are left
    out.

    Args:
        records: Rows of all patients.
        members: Patients to train on: a whole number of them, or a fraction of all (a float below 1).
        holdout: The same for the control group.
        reference: The same for the attacker's own records; 0 for none.
        seed: Seed of the shuffle.

    Raises:
        InputError: There are not enough patients.
    """
    sizes = side_sizes(records.patients, members=members, holdout=holdout, reference=reference)
    side = assign_sides(records.patients, sizes, seed=seed)
    parts = {role: records.take(side == at) if sizes[role] else None for at, role in enumerate(ROLES)}
    return Split(_require_patients(parts["members"]), _require_patients(parts["holdout"]), parts["reference"], seed)


def side_sizes(patients: np.ndarray, *, members: float, holdout: float, reference: float) -> dict[str, int]:
    """Return how many patients go to each side.

    Args:
        patients: Whose row each is, shape ``(n,)``.
        members: A whole number of patients, or a fraction of all (a float of at most 1); so are the others.
        holdout: The control group.
        reference: The attacker's own records.

    Raises:
        InputError: There are not enough patients.
    """
    people = len(np.unique(patients))
    requested = {"members": members, "holdout": holdout, "reference": reference}
    sizes = {role: _patient_count(role, size, people) for role, size in requested.items()}
    for role in ("members", "holdout"):
        if sizes[role] < 1:
            raise InputError(
                f"expected at least one patient for {role}, found {people:,} patients in all",
                cure="Ask for more, or bring more patients.",
            )
    total = sum(sizes.values())
    if total > people:
        raise InputError(
            f"expected at least {total:,} patients for {', '.join(r for r in ROLES if sizes[r])}, found {people:,}",
            cure="Ask for fewer, or give sizes as fractions.",
        )
    return sizes


def assign_sides(patients: np.ndarray, sizes: Mapping[str, int], *, seed: int) -> np.ndarray:
    """Return each row's side as a position in ``ROLES``, -1 for rows of patients beyond the sizes; shape ``(n,)``.

    Args:
        patients: Whose row each is, shape ``(n,)``.
        sizes: Patients of each side.
        seed: Seed of the shuffle.
    """
    ids, owner = np.unique(patients, return_inverse=True)
    place = np.empty(len(ids), dtype=np.int64)
    place[np.random.default_rng(seed).permutation(len(ids))] = np.arange(len(ids))
    ends = np.cumsum([sizes[role] for role in ROLES])
    of_row = place[owner]  # (n,): where the row's patient stands in the shuffle
    return np.where(of_row < ends[-1], np.searchsorted(ends, of_row, side="right"), -1)


def _require_patients(part: Records | None) -> Records:
    if part is None:
        raise ValueError("expected a part with patients")
    return part


def _patient_count(role: str, size: float, patients: int) -> int:
    """Return a size as a number of patients."""
    if isinstance(size, bool) or not size >= 0 or (isinstance(size, float) and not size <= 1):
        raise InputError(f"expected {role} to be a whole number of patients or a fraction in [0, 1], got {size}")
    # Fractions that sum to 1 must not ask for one patient more than there are; 1e-9 undoes 0.1 + 0.2's last bit.
    return size if isinstance(size, int) else int(size * patients + 1e-9)


def _check_disjoint(first: str, one: Records, second: str, other: Records) -> None:
    """Raise where two parts share a patient; the message says how many, not who."""
    left, right = one.patients, other.patients
    if left.dtype.kind != right.dtype.kind:
        left, right = left.astype(str), right.astype(str)
    shared = len(np.intersect1d(left, right))
    if shared:
        raise InputError(
            f"expected {first} and {second} without a patient in common, found {shared:,} in both",
            cure="Split by patient: all rows of a patient belong to one side.",
        )


@dataclass(frozen=True)
class Collisions:
    """Rows that look the same on both sides: no attack on them can tell a member from others.

    Attributes:
        members: Rows of members.
        holdout: Rows of the holdout.
        members_in_holdout: Rows of members that stand in the holdout, too, cell for cell.
        holdout_in_members: Rows of the holdout that stand among the members.
        members_repeated: Rows of members that another row of members repeats.
        empty: Rows of members and holdout without any code, 0 in every binary and count column; counted only in
            tables that hold nothing else.
    """

    members: int
    holdout: int
    members_in_holdout: int
    holdout_in_members: int
    members_repeated: int
    empty: int

    @property
    def share(self) -> float:
        """Share of members' rows that stand in the holdout, too."""
        return self.members_in_holdout / self.members


def collisions(members: Records, holdout: Records) -> Collisions:
    """Count identical rows within the members and across members and holdout.

    Two missing cells count as equal.

    Raises:
        ValueError: The schemas differ.
    """
    if members.schema.names != holdout.schema.names:
        raise ValueError("expected members and holdout under one schema")
    ours, theirs = row_numbers(members, holdout)
    distinct = 1 + max(ours.max(initial=-1), theirs.max(initial=-1))
    in_members = np.bincount(ours, minlength=distinct)
    in_holdout = np.bincount(theirs, minlength=distinct)
    codes_only = not members.schema.rest
    return Collisions(
        members=len(members),
        holdout=len(holdout),
        members_in_holdout=int((in_holdout[ours] > 0).sum()),
        holdout_in_members=int((in_members[theirs] > 0).sum()),
        members_repeated=int((in_members[ours] > 1).sum()),
        empty=sum(int((~part.codes.any(axis=1)).sum()) for part in (members, holdout)) if codes_only else 0,
    )
