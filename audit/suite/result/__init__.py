"""The waist of the house: everything that an audit measured, in one versioned file without a patient in it."""

from synthaudit.audit.suite.result.cards import (
    DataCard,
    MethodCard,
    RunCard,
    Source,
    SplitCard,
    SplitPart,
    SystemCard,
)
from synthaudit.audit.suite.result.finding import Finding, Severity, State, Verdict
from synthaudit.audit.suite.result.model import Level, Section, StrictModel
from synthaudit.audit.suite.result.numbers import Estimated, Number, Unmeasured, measurement_of, number_of
from synthaudit.audit.suite.result.planted import PlantedPower, PlantedTrials, fewest_noticed, most_planted
from synthaudit.audit.suite.result.result import FORMAT, VERSION, Result, StoredFindings
from synthaudit.audit.suite.result.result_file import read_result, write_result
from synthaudit.audit.suite.result.rows import Guarantee, Row, Series, ThreatModel
from synthaudit.audit.suite.result.small_counts import without_small_counts

__all__ = [
    "FORMAT",
    "VERSION",
    "DataCard",
    "Estimated",
    "Finding",
    "Guarantee",
    "Level",
    "MethodCard",
    "Number",
    "PlantedPower",
    "PlantedTrials",
    "Result",
    "Row",
    "RunCard",
    "Section",
    "Series",
    "Severity",
    "Source",
    "SplitCard",
    "SplitPart",
    "State",
    "StoredFindings",
    "StrictModel",
    "SystemCard",
    "ThreatModel",
    "Unmeasured",
    "Verdict",
    "fewest_noticed",
    "measurement_of",
    "most_planted",
    "number_of",
    "read_result",
    "without_small_counts",
    "write_result",
]
