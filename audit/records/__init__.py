"""Ground floor: what a patient table is, how it is read, split and made up."""

from audit.records.schema import KINDS, Column, Kind, Schema
from audit.records.table import Records

__all__ = ["KINDS", "Column", "Kind", "Records", "Schema"]
