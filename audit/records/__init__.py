"""Ground floor: patient tables, read, split and simulated."""

from synthaudit.audit.records.frame import from_frame, to_frame, write_table
from synthaudit.audit.records.infer import infer_schema
from synthaudit.audit.records.numeric_scale import NumericScale
from synthaudit.audit.records.schema import KINDS, Column, Kind, Schema
from synthaudit.audit.records.schema_file import SchemaDeclaration, read_schema, write_schema
from synthaudit.audit.records.simulated import Cohort
from synthaudit.audit.records.split import Collisions, Split, collisions, split
from synthaudit.audit.records.storage import load_records, save_records
from synthaudit.audit.records.table import Records

__all__ = [
    "KINDS",
    "Cohort",
    "Collisions",
    "Column",
    "SchemaDeclaration",
    "Kind",
    "NumericScale",
    "Records",
    "Schema",
    "Split",
    "collisions",
    "from_frame",
    "infer_schema",
    "load_records",
    "read_schema",
    "save_records",
    "split",
    "to_frame",
    "write_schema",
    "write_table",
]
