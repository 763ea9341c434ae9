"""Readers: each turns one kind of source into records. The dict is the registry; a reader's fields are its options."""

from synthaudit.audit.records.readers.bundled import Bundled
from synthaudit.audit.records.readers.codes import Codes
from synthaudit.audit.records.readers.cohort import Simulated
from synthaudit.audit.records.readers.epileptic import Epileptic
from synthaudit.audit.records.readers.layouts import LAYOUTS
from synthaudit.audit.records.readers.loaded import Loaded
from synthaudit.audit.records.readers.matrix import Matrix
from synthaudit.audit.records.readers.table import Table, read_together

Reader = Table | Codes | Matrix | Epileptic | Bundled | Simulated

READERS: dict[str, type[Reader]] = {
    "table": Table,
    "codes": Codes,
    "matrix": Matrix,
    "epileptic": Epileptic,
    "sklearn": Bundled,
    "simulated": Simulated,
}

__all__ = [
    "LAYOUTS",
    "READERS",
    "Bundled",
    "Codes",
    "Epileptic",
    "Loaded",
    "Matrix",
    "Reader",
    "Simulated",
    "Table",
    "read_together",
]
