"""Ground floor: what a patient table is, how it is read, split and made up."""

from synthaudit.audit.records.frame import from_frame, to_frame, write_table
from synthaudit.audit.records.infer import infer_schema
from synthaudit.audit.records.schema import KINDS, Column, Kind, Schema
from synthaudit.audit.records.schema_file import Declared, read_schema, write_schema
from synthaudit.audit.records.simulated import Cohort
from synthaudit.audit.records.split import Collisions, Split, collisions, split
from synthaudit.audit.records.storage import load, save
from synthaudit.audit.records.table import Records

__all__ = [
    "KINDS",
    "Cohort",
    "Collisions",
    "Column",
    "Declared",
    "Kind",
    "Records",
    "Schema",
    "Split",
    "collisions",
    "from_frame",
    "infer_schema",
    "load",
    "read_schema",
    "save",
    "split",
    "to_frame",
    "write_schema",
    "write_table",
]
