import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers.rollup import roll_up


@pytest.mark.parametrize(
    ("code", "how", "expected"),
    [
        ("0083", "icd9", "008"),
        ("250.00", "icd9", "250"),
        ("25000", "icd9", "250"),
        ("E8120", "icd9", "E812"),
        ("e812.0", "icd9", "E812"),
        ("V5861", "icd9", "V58"),
        ("41", "icd9", "41"),
        ("E11.9", "icd10", "E11"),
        ("z99", "icd10", "Z99"),
        ("250.00", "none", "250.00"),
        ("e045", "none", "e045"),
    ],
)
def test_codes_roll_up_as_in_the_literature(code, how, expected):
    assert roll_up(code, None, how) == expected


def test_versions_are_kept_apart():
    assert roll_up("E1165", "10", "icd") == "10:E11"
    assert roll_up("E1165", "9", "icd") == "9:E116"
    assert roll_up("E1165", "9", "none") == "9:E1165"


def test_a_version_that_is_neither_is_refused():
    with pytest.raises(InputError, match="expected ICD version 9 or 10"):
        roll_up("E11", "11", "icd")
