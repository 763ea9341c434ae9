"""FHIR bulk exports: first coding, references of every form, nothing that was refuted, no cell in a message."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.records.fhir import read_resources
from synthaudit.audit.records.readers import CodeEvents
from synthaudit.audit.records.text import read_text

SECRET = "77313"
SNOMED, ICD = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"


def condition(patient, *codings, **more):
    coded = [{"system": system, "code": code, "display": SECRET} for system, code in codings]
    return {
        "resourceType": "Condition",
        "id": "x",
        "subject": {"reference": patient},
        "code": {"coding": coded},
        **more,
    }


def lines(*resources):
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def refuted(code):
    return {"verificationStatus": {"coding": [{"system": "s", "code": code}]}}


def test_conditions_become_events(write):
    path = write(
        "Condition.ndjson",
        lines(
            condition("Patient/1", (SNOMED, "44054006"), (ICD, "E11.9"), encounter={"reference": "Encounter/7"}),
            condition("https://example.org/fhir/Patient/2", (ICD, "E11.9"), onsetDateTime="2019-01-01"),
            condition("urn:uuid:3", ("http://hospital.example/own-codes", "A 1")),
            condition("Patient/1"),
            condition("Patient/1", (ICD, "I10"), **refuted("refuted")),
            condition("Patient/1", (ICD, "I10"), **refuted("entered-in-error")),
            condition("Patient/2", (ICD, "I10"), **refuted("confirmed")),
        ),
    )
    assert read_resources(path).to_pylist() == [
        {"id": "x", "patient": "1", "code": "44054006", "system": "snomed", "encounter": "7"},
        {"id": "x", "patient": "2", "code": "E11.9", "system": "10", "encounter": ""},
        {"id": "x", "patient": "3", "code": "A 1", "system": "own-codes", "encounter": ""},
        {"id": "x", "patient": "1", "code": "", "system": "other", "encounter": ""},
        {"id": "x", "patient": "2", "code": "I10", "system": "10", "encounter": ""},
    ]
    assert read_text(path, ["code", "patient"]).column_names == ["code", "patient"]


def test_an_export_becomes_a_matrix_of_all_its_patients(write, tmp_path):
    patients = [{"resourceType": "Patient", "id": str(at), "birthDate": "1962-01-01"} for at in range(1, 5)]
    write("Patient.ndjson", lines(*patients))
    write("Condition.000.ndjson", lines(condition("Patient/1", (ICD, "E11.9")), condition("Patient/2", (SNOMED, "4"))))
    packed = lines(condition("Patient/3", (ICD, "E11.65")), condition("Patient/1", (ICD, "E11.9")))
    write("Condition.001.ndjson.gz", gzip.compress(packed.encode()))
    write("Encounter.ndjson", lines({"resourceType": "Encounter", "id": "7"}))
    loaded = CodeEvents(path=".", preset="fhir").read(tmp_path)
    assert loaded.records.columns == ("10:E11.65", "10:E11.9", "snomed:4")
    np.testing.assert_array_equal(loaded.records.codes, [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 0]])
    assert [name for name, _ in loaded.sources] == ["Condition.000.ndjson", "Condition.001.ndjson.gz", "Patient.ndjson"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{SECRET},1\n", "expected one FHIR resource in JSON per line"),
        ('{"resourceType": "Condition"', "expected one FHIR resource in JSON per line"),
        ('{"resourceType": "Condition", "subject": 5}\n', "expected one FHIR resource in JSON per line"),
        ('{"resourceType": "Condition"}\n{"resourceType": "Patient"}\n', "expected FHIR resources of one kind"),
        (b'{"resourceType": "Condition", "id": "\xe9"}\n', "expected UTF-8 text"),
        ('{"a": 1}\n', "expected FHIR resources of one kind"),
    ],
)
def test_what_is_no_export_is_refused(write, refusal, content, said):
    assert said in str(refusal(lambda: read_text(write("Condition.ndjson", content))))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    events=st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.sampled_from(["I10", "E11", ""]), max_size=3), st.booleans()),
        min_size=1,
    )
)
def test_what_is_written_is_what_is_read(events, tmp_path_factory):
    path = tmp_path_factory.mktemp("f") / "Condition.ndjson"
    status = {True: refuted("refuted"), False: {}}
    path.write_text(
        lines(
            *(condition(f"Patient/{who}", *((ICD, code) for code in codes), **status[no]) for who, codes, no in events)
        )
    )
    expected = [(str(who), next(filter(None, codes), "")) for who, codes, no in events if not no]
    if expected:
        read = read_resources(path).to_pylist()
        assert [(row["patient"], row["code"]) for row in read] == expected


@pytest.mark.parametrize(
    "reference", ["Patient/1", "Patient/1/_history/2", "https://example.org/fhir/Patient/1/_history/7", "urn:uuid:1"]
)
def test_a_reference_names_its_patient_and_no_version(reference, write):
    table = read_resources(write("Condition.ndjson", lines(condition(reference, (ICD, "I10")))))
    assert table.column("patient").to_pylist() == ["1"]


@pytest.mark.parametrize("system", [ICD, f"{ICD}/", "urn:oid:2.16.840.1.113883.6.90", "http://hl7.org/fhir/sid/icd-10"])
def test_a_coding_system_has_one_name_however_it_is_addressed(system, write):
    table = read_resources(write("Condition.ndjson", lines(condition("Patient/1", (system, "I10")))))
    assert table.column("system").to_pylist() == ["10"]


def test_a_condition_in_words_alone_is_a_blank_code(write, tmp_path):
    write("Patient.ndjson", lines(*({"resourceType": "Patient", "id": at} for at in "12")))
    worded = {**condition("Patient/1"), "code": {"text": SECRET}}
    write("Condition.ndjson", lines(worded, condition("Patient/2", (ICD, "I10"))))
    loaded = CodeEvents(path=".", preset="fhir").read(tmp_path)
    assert loaded.records.columns == ("10:I10",)
    assert loaded.records.patients.tolist() == ["1", "2"]
    assert "1 blank code dropped" in loaded.published_notes(1)
