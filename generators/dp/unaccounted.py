"""Accesses to real records that no accountant covers: they are public knowledge, or not covered by the claim."""

from synthaudit.audit.ledger import DataAccess
from synthaudit.audit.records import Schema
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.encoding.table_encoder import bounded


def unaccounted_accesses(privacy: Privacy, schema: Schema, *, one_row_each: bool) -> list[DataAccess]:
    """Return the accesses beside the accounted phases, each ``public`` or ``not covered``, with the reason."""
    from_data = privacy.domain == "data"
    numbers = [column for column in schema.columns if column.kind in ("count", "continuous")]
    open_ended = [column for column in numbers if from_data or not bounded(column)]
    accesses = [
        _access(
            "columns and levels",
            not schema.inferred and not from_data,
            public="a declared schema",
            not_covered="inferred from records: declare a schema, and leave domain at 'schema'",
        ),
        _access(
            "row count",
            privacy.num_patients is not None,
            public="declared by privacy.num_patients",
            not_covered="sampling rate and steps follow from the number of members: set privacy.num_patients",
        ),
        _access(
            "options",
            not privacy.tuned,
            public="declared as chosen without these members",
            not_covered="chosen by results on these members (privacy.tuned)",
        ),
    ]
    if numbers:
        reason = f"scale and bounds of {len(open_ended)} columns taken from the members: declare low and high in the "
        scale = _access(
            "scale of numbers",
            not open_ended,
            public="bounds declared in the schema",
            not_covered=f"{reason}schema",
        )
        accesses.insert(1, scale)
    if not one_row_each:
        reason = "some patients have several rows: the guarantee hides one row, not one patient"
        accesses.append(DataAccess("unit", "not covered", reason=reason))
    return accesses


def _access(phase: str, is_public: bool, *, public: str, not_covered: str) -> DataAccess:
    return DataAccess(phase, "public" if is_public else "not covered", reason=public if is_public else not_covered)
