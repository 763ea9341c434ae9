"""Where the sources of codes that people have keep their patients and codes: one entry per source."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventLayout:
    """The files and columns of one source of long or wide code events.

    Attributes:
        patient: Column of patient ids in the events.
        code: Columns of codes; one in a long table, several in a wide one.
        events: Stems of event files to look for in a folder, by preference; ``*`` stands for anything, and every file
            that the first successful stem matches is read.
        visit: Column of visits in the events, or None.
        version: Column that says which coding system a code is of, or None where there is one.
        patients: Stem of the file that lists all patients, or None to take those with an event.
        person: Column of patient ids in that file.
        missing: Cells that hold no code, besides empty ones and what programs print for a missing value.
        integers: Whether codes are whole numbers, so that ``201826.0`` is 201826.
    """

    patient: str = "patient"
    code: tuple[str, ...] = ("code",)
    events: tuple[str, ...] = ("*",)
    visit: str | None = None
    version: str | None = None
    patients: str | None = None
    person: str | None = None
    missing: tuple[str, ...] = ()
    integers: bool = False


LAYOUTS: dict[str, EventLayout] = {
    # MIMIC-III has 47 diagnoses without a code; their patients still count, as in medGAN's 46,520.
    "mimic3": EventLayout(
        events=("diagnoses_icd",),
        patient="SUBJECT_ID",
        code=("ICD9_CODE",),
        visit="HADM_ID",
        patients="admissions",
        person="SUBJECT_ID",
    ),
    "mimic4": EventLayout(
        events=("diagnoses_icd",),
        patient="subject_id",
        code=("icd_code",),
        visit="hadm_id",
        version="icd_version",
        patients="admissions",
        person="subject_id",
    ),
    # Concept 0 is OMOP's "no matching concept".
    "omop": EventLayout(
        events=("condition_occurrence", "condition_era"),
        patient="person_id",
        code=("condition_concept_id",),
        person="person_id",
        missing=("0",),
        integers=True,
    ),
    "synthea": EventLayout(
        events=("conditions",),
        patient="PATIENT",
        code=("CODE",),
        visit="ENCOUNTER",
        person="Id",
        integers=True,
    ),
    "synpuf": EventLayout(
        events=("*inpatient_claims*",),
        patient="DESYNPUF_ID",
        code=tuple(f"ICD9_DGNS_CD_{at}" for at in range(1, 11)),
        visit="CLM_ID",
        person="DESYNPUF_ID",
    ),
    "diabetes130": EventLayout(
        events=("diabetic_data*",),
        patient="patient_nbr",
        code=("diag_1", "diag_2", "diag_3"),
        visit="encounter_id",
        person="patient_nbr",
    ),
    # Columns that 'audit/records/fhir.py' makes of a bulk export; codes are kept apart by their coding system.
    "fhir": EventLayout(
        events=("condition*", "*.condition*"),
        patient="patient",
        code=("code",),
        visit="encounter",
        version="system",
        patients="*patient*",
        person="id",
    ),
}
