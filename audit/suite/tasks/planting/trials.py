"""What repeats of planting measured, gathered until it becomes series of a result."""

from collections.abc import Iterable, Mapping

from synthaudit.audit.statistics import Estimate, Measurement
from synthaudit.audit.suite.result import PlantedTrials, Series
from synthaudit.audit.suite.tasks.rows import RowTemplate


class Trials:
    """Measurements by kind of leak, statistic and slice; those of one repeat are added from strength 0 upwards."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], tuple[list[int], list[Mapping[str, float]]]] = {}

    def add(self, kind: str, statistic: str, part: str, patients: int, measured: Mapping[str, float]) -> None:
        """Add one measurement with so many members planted."""
        counts, values = self._found.setdefault((kind, statistic, part), ([], []))
        counts.append(patients)
        values.append(measured)

    def add_estimate(self, kind: str, statistic: str, part: str, patients: int, measured: Measurement) -> None:
        """Add a number with its interval; what could not be measured is left out."""
        if isinstance(measured, Estimate):
            numbers = {"value": measured.value, "low": measured.low, "trials": float(measured.trials)}
            self.add(kind, statistic, part, patients, numbers)

    def series(self, template: RowTemplate, method: str) -> Iterable[Series]:
        """Yield one series per kind, statistic and slice."""
        for (kind, statistic, part), (patients, measured) in self._found.items():
            values = {name: tuple(float(one[name]) for one in measured) for name in measured[0]}
            trials = PlantedTrials(kind, statistic, part, method, tuple(patients), values)
            series = template.series(trials.name, {})
            yield series.model_copy(update={"method": method, "values": trials.as_values()})
