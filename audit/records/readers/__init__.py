"""Readers: each turns files of one layout into records. The dict is the registry; fields are the options."""

from audit.records.readers.loaded import Loaded
from audit.records.readers.table import Table, read_together

READERS: dict[str, type[Table]] = {
    "table": Table,
}

__all__ = ["READERS", "Loaded", "Table", "read_together"]
