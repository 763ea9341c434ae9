"""The simulated cohort as a source of data: nothing to download, nobody to protect."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from synthaudit.audit.records.readers.loaded_records import LoadedRecords, quantity
from synthaudit.audit.records.simulated import Cohort


@dataclass(frozen=True)
class SimulatedCohort(Cohort):
    """A draw of ``Cohort``, whose fields are the options, and the seed of the draw.

    Attributes:
        seed: Seed of the draw; ``population`` is the seed of the law.
    """

    title: ClassVar[str] = "Simulated cohort"
    summary: ClassVar[str] = "patients with latent comorbidity profiles, of MIMIC-III's published shape by default"

    seed: int = 0

    @property
    def cohort(self) -> Cohort:
        """The law that was drawn from, such as for a release that saw no member."""
        return Cohort(**{field.name: getattr(self, field.name) for field in fields(Cohort)})

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Draw the patients; no file is read from ``folder``."""
        del folder
        records = self.cohort.draw(seed=self.seed)
        notes = (f"{quantity(self.patients, 'patient')} simulated: population {self.population}, seed {self.seed}",)
        return LoadedRecords(records, notes)
