"""FHIR resources of a bulk export, one JSON object per line, as text columns: conditions, procedures, patients.

A condition is coded by its first coding. What was refuted or entered in error is no diagnosis and left out. A reference
such as ``Patient/123``, ``urn:uuid:123`` or a web address names patient 123.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.delimited import unpacked
from synthaudit.audit.records.table_format import TableFormat

if TYPE_CHECKING:
    import pyarrow as pa

FHIR = (".ndjson", ".ndjson.gz")
COLUMNS = ("id", "patient", "code", "system", "encounter")
SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-9-cm": "9",
    "http://hl7.org/fhir/sid/icd-10-cm": "10",
    "http://hl7.org/fhir/sid/icd-10": "10",
    "http://hl7.org/fhir/sid/icd-10-gm": "10",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "10",
    "urn:oid:2.16.840.1.113883.6.103": "9",
    "urn:oid:2.16.840.1.113883.6.90": "10",
    "urn:oid:2.16.840.1.113883.6.3": "10",
    "urn:oid:1.2.276.0.76.5.409": "10",
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://loinc.org": "loinc",
}
"""Short names of coding systems; of others, the last part of the address."""
NOT_SO = ("refuted", "entered-in-error")


def read_resources(path: Path) -> "pa.Table":
    """Return one row per resource with the columns ``COLUMNS`` as text, empty where a resource lacks one.

    Raises:
        InputError: A line is no JSON object, or the file holds resources of several kinds or of none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import json as arrow_json

    text = pa.string()
    coding = pa.list_(pa.struct({"system": text, "code": text}))
    fields = {
        "resourceType": text,
        "id": text,
        "subject": pa.struct({"reference": text}),
        "encounter": pa.struct({"reference": text}),
        "code": pa.struct({"coding": coding}),
        "status": text,
        "verificationStatus": pa.struct({"coding": coding}),
    }
    content = TableFormat().decode(unpacked(path), path)
    try:
        table = arrow_json.read_json(
            pa.BufferReader(content),
            read_options=arrow_json.ReadOptions(block_size=1 << 24),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=pa.schema(fields), unexpected_field_behavior="ignore"
            ),
        )
    except (pa.ArrowException, ValueError):
        raise InputError(
            "expected one FHIR resource in JSON per line, found something else",
            file=path,
            cure="Export it as ndjson, as a FHIR bulk export writes it; a bundle is another format.",
        ) from None
    kinds = pc.unique(table.column("resourceType")).to_pylist()
    if len(kinds) != 1 or kinds[0] is None:
        raise InputError(
            "expected FHIR resources of one kind",
            file=path,
            cure="Give one file per kind: Condition.ndjson and the like.",
        )
    table = table.filter(_holds(table)).combine_chunks()
    system, code = _first_codings(table.column("code"))
    names = pc.fill_null(pc.replace_substring_regex(system, "/+$", ""), "other")
    for address, short in SYSTEMS.items():
        names = pc.if_else(pc.equal(names, address), short, names)
    columns = {
        "id": table.column("id"),
        "patient": _targets(table.column("subject")),
        "code": code,
        "system": pc.extract_regex(names, r"(?P<last>[^/:]+)$").field("last"),
        "encounter": _targets(table.column("encounter")),
    }
    return pa.table({name: pc.fill_null(values, "") for name, values in columns.items()})


def _first_codings(column: "pa.ChunkedArray") -> "tuple[pa.Array, pa.Array]":
    """Return system and code of each resource's first coding that has a code; null without one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    concepts = _whole(column)
    codings = pc.struct_field(concepts, "coding")
    flat, owner = pc.list_flatten(codings), pc.list_parent_indices(codings).to_numpy(zero_copy_only=False)
    codes = pc.struct_field(flat, "code")
    coded = np.flatnonzero(pc.fill_null(pc.not_equal(codes, ""), False).to_numpy(zero_copy_only=False))
    owners, first = np.unique(owner[coded], return_index=True)
    place = np.full(len(concepts), -1, dtype=np.int64)
    place[owners] = coded[first]
    where = pa.array(place, mask=place < 0)
    return pc.struct_field(flat, "system").take(where), codes.take(where)


def _holds(table: "pa.Table") -> "pa.Array":
    """Return which resources state something that holds, shape ``(n,)``, bool."""
    import pyarrow as pa
    import pyarrow.compute as pc

    not_so = pa.array(NOT_SO)
    _, verified = _first_codings(table.column("verificationStatus"))
    wrong = pc.or_(pc.is_in(verified, value_set=not_so), pc.is_in(_whole(table.column("status")), value_set=not_so))
    return pc.invert(wrong)


def _targets(column: "pa.ChunkedArray") -> "pa.Array":
    """Return the ids that references point to."""
    import pyarrow.compute as pc

    references = pc.fill_null(pc.struct_field(_whole(column), "reference"), "")
    return pc.extract_regex(references, r"(?P<id>[^/:]+?)(?:/_history/[^/]*)?/?$").field("id")


def _whole(column: "pa.ChunkedArray") -> "pa.Array":
    import pyarrow as pa

    chunks = column.combine_chunks()
    return chunks if isinstance(chunks, pa.Array) else pa.concat_arrays(chunks.chunks)
