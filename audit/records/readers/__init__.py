"""Readers: each turns one kind of source into records. The dict is the registry; a reader's fields are its options."""

from audit.records.readers.bundled import Bundled
from audit.records.readers.codes import Codes
from audit.records.readers.cohort import Simulated
from audit.records.readers.epileptic import Epileptic
from audit.records.readers.layouts import LAYOUTS
from audit.records.readers.loaded import Loaded
from audit.records.readers.matrix import Matrix
from audit.records.readers.table import Table, read_together

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
