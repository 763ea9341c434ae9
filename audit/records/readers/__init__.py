"""Readers: each turns one kind of source into records. The dict is the registry; a reader's fields are its options."""

from synthaudit.audit.records.readers.bundled import BundledTable
from synthaudit.audit.records.readers.codes import CodeEvents
from synthaudit.audit.records.readers.epileptic import EpilepticSeizures
from synthaudit.audit.records.readers.layouts import LAYOUTS
from synthaudit.audit.records.readers.loaded_records import LoadedRecords
from synthaudit.audit.records.readers.matrix import MatrixFile
from synthaudit.audit.records.readers.omop_database import OmopDatabase
from synthaudit.audit.records.readers.simulated_cohort import SimulatedCohort
from synthaudit.audit.records.readers.table import TableFile
from synthaudit.audit.records.readers.together import read_together

Reader = TableFile | CodeEvents | OmopDatabase | MatrixFile | EpilepticSeizures | BundledTable | SimulatedCohort

READERS: dict[str, type[Reader]] = {
    "table": TableFile,
    "codes": CodeEvents,
    "omop": OmopDatabase,
    "matrix": MatrixFile,
    "epileptic": EpilepticSeizures,
    "sklearn": BundledTable,
    "simulated": SimulatedCohort,
}

__all__ = [
    "LAYOUTS",
    "READERS",
    "BundledTable",
    "CodeEvents",
    "EpilepticSeizures",
    "LoadedRecords",
    "MatrixFile",
    "OmopDatabase",
    "Reader",
    "SimulatedCohort",
    "TableFile",
    "read_together",
]
