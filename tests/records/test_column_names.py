"""What names of columns say: keys and people are refused, codes of digits are levels, in the languages of hospitals."""

import numpy as np
import pyarrow as pa
import pytest

from synthaudit.audit.records.column_names import KEY_NAME, PERSONAL, holds_codes, name_words, serial_days
from synthaudit.audit.records.infer import infer_columns
from synthaudit.audit.records.problems import Problems

FIVE_DIGITS = np.random.default_rng(0).choice(np.arange(10_001, 99_999), 60, replace=False)

KEYS = """
    Patientennummer PatNr Pat-Nr. Fallnummer FALLNR Aktenzeichen Versichertennummer KVNR Krankenkassennummer
    numero_paciente NHC num_historia historia_clinica expediente cedula dni nie curp rut CPF prontuario
    número_do_paciente identifiant numéro_patient IPP NIR num_secu no_dossier codice_fiscale codice_paziente
    matricola patientnummer BSN personnummer CPR fødselsnummer henkilotunnus PESEL nr_pacjenta rodné_číslo TAJ
    oib AMKA tc_kimlik hasta_no номер_пациента снилс 患者ID 患者番号 病历号 住院号 身份证号 환자번호
    주민등록번호 NRIC aadhaar
    UHID nhi_number ihi medicare_no chi_number hospital_number UR_number csn study_no participant proband
    screening_no sample_no auftragsnummer téléphone handy celular 電話 fax_nr
""".split()  # noqa: SIM905
CODES = """
    ZIP zip_code ZipCode postal_code PostalCode postcode PLZ Postleitzahl CodePostal cap código_postal cep
    postnr postnummer postinumero kod_pocztowy PSČ irányítószám npa 郵便番号 邮政编码 индекс почтовый_индекс 우편번호
    zip5 home_zip_code fips county_fips BENE_COUNTY_CD SP_STATE_CODE code_insee AGS gemeindeschluessel istat
    census_tract ward_code MS_DRG cpt_code ndc icd9 loinc snomed_code provider_code atc naics BENE_RACE_CD
    admission_type_id
""".split()  # noqa: SIM905
NEITHER = """
    age weight visits num_visits n_visits no_of_patients number_inpatient num_lab_procedures code_count charges
    time_in_hospital days_in_hospital body_mass_index length_of_stay platelets temperature score paid
    stage_months distance_to_hospital regional_flow state_anxiety idle valid period number_diagnoses caseload
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", KEYS)
def test_names_of_keys_in_the_languages_of_hospitals(name):
    assert KEY_NAME.search(name_words(name))


@pytest.mark.parametrize("name", CODES)
def test_whole_numbers_of_a_name_for_codes_are_levels_and_said(name):
    problems = Problems()
    table = pa.table({name: [str(FIVE_DIGITS[at % 60]) for at in range(400)]})
    made = pa.table({name: [f"{FIVE_DIGITS[0]}.0"]})
    (column,) = infer_columns({"m.csv": table}, [name], published=[made], problems=problems)
    assert (column.kind, len(column.levels)) == ("categorical", 60)
    assert "numbers that its name says are codes, read as levels" in str(problems.warnings[0])


@pytest.mark.parametrize("name", ["icd9", "ICD9_CODE", "dx1", "DiagnosisCode", "diag_2"])
def test_diagnoses_with_points_are_codes_as_they_stand(name):
    problems = Problems()
    cells = ["401.9", "250.00", "250.0", "38.9"] * 20
    (column,) = infer_columns({"m.csv": pa.table({name: cells})}, [name], problems=problems)
    assert column.levels == ("250.0", "250.00", "38.9", "401.9")
    (column,) = infer_columns({"m.csv": pa.table({name: ["401.9", "250", "V58.61"] * 20})}, [name], problems=problems)
    assert column.levels == ("250", "401.9", "V58.61")


@pytest.mark.parametrize("name", NEITHER)
def test_measurements_and_counts_are_neither(name):
    words = name_words(name)
    assert not KEY_NAME.search(words)
    assert not PERSONAL.search(words)
    assert not holds_codes(name, FIVE_DIGITS.astype(float))


@pytest.mark.parametrize("values", [[0, 1], [0.5, 2], [-50, 10_001]])
def test_a_name_decides_nothing_that_the_cells_contradict(values):
    assert not holds_codes("zip", np.array(values, float))


@pytest.mark.parametrize(
    "name", ["last_name", "Nachname", "Prénom", "Nombre", "姓名", "Street", "Address 2", "PatientName"]
)
def test_columns_of_peoples_names_are_refused(name):
    problems = Problems()
    infer_columns({"m.csv": pa.table({name: ["Meier", "Huber", "Koch"] * 50})}, [name], problems=problems)
    assert "its name says that it holds people's names or addresses" in str(problems.errors[0])


@pytest.mark.parametrize(
    "cells",
    [
        [f"+44 20 7946 0{at:03d}" for at in range(90)],
        [f"06 {at:02d} 14 26 11" for at in range(90)],
        [f"urn:uuid:00000000-0000-4000-8000-0000000000{at:02d}" for at in range(90)],
        [f"00:1a:2b:3c:4d:{at:02x}" for at in range(90)],
        [f"https://example.org/p/{at}" for at in range(90)],
        [f"P{at:05d}" for at in range(90)],
        [f"DE89 3704 0044 0532 01{at:02d}" for at in range(90)],
    ],
)
def test_texts_that_are_keys_by_their_form_are_refused(cells):
    problems = Problems()
    infer_columns({"m.csv": pa.table({"x": cells * 4})}, ["x"], problems=problems)
    assert "looks like an identifier" in str(problems.errors[0])


def test_codes_with_leading_zeros_are_no_phone_numbers():
    problems = Problems()
    (column,) = infer_columns({"m.csv": pa.table({"x": ["008.45", "038.9", "041.12"] * 20})}, ["x"], problems=problems)
    assert column.levels == ("008.45", "038.9", "041.12")


def test_days_of_a_spreadsheet_are_said():
    problems = Problems()
    (column,) = infer_columns(
        {"m.csv": pa.table({"AdmitDate": [str(43_831 + at * at % 97) for at in range(200)]})},
        ["AdmitDate"],
        problems=problems,
    )
    assert column.kind == "continuous"
    assert "as a spreadsheet counts days" in str(problems.warnings[0])
    assert not serial_days("date", np.array([20_190_131.0]))
