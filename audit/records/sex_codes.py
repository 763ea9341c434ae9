"""Diagnosis codes that only women, or only men, can have: the blocks of ICD-9 and ICD-10 that name the organ.

From the titles of the blocks (ICD-9-CM, CDC/NCHS; ICD-10, WHO, with the categories O9A, Z3A, N52 and N53 of
ICD-10-CM). Conditions of the breast, and blocks that hold both sexes' organs at three characters, are left out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

Coding = Literal["icd9", "icd10"]
Sex = Literal["female", "male"]

BLOCKS: Mapping[tuple[Coding, Sex], tuple[str, ...]] = {
    ("icd9", "female"): (
        "179-184",  # malignant neoplasms of uterus, placenta, cervix, ovary
        "218-221",  # benign neoplasms of uterus, ovary and other female organs
        "256",  # ovarian dysfunction
        "614-629",  # disorders of female pelvic organs and genital tract
        "630-679",  # pregnancy, childbirth and the puerperium
        "V22-V24",  # pregnancy, postpartum care
        "V27-V28",  # outcome of delivery, antenatal screening
    ),
    ("icd9", "male"): (
        "185-187",  # malignant neoplasms of prostate, testis, penis
        "222",  # benign neoplasm of male genital organs
        "257",  # testicular dysfunction
        "600-608",  # diseases of male genital organs
    ),
    ("icd10", "female"): (
        "C51-C58",  # malignant neoplasms of female genital organs
        "D06",  # carcinoma in situ of cervix uteri
        "D25-D28",  # benign neoplasms of uterus, ovary and other female organs
        "D39",  # neoplasm of uncertain behaviour of female genital organs
        "E28",  # ovarian dysfunction
        "N70-N77",  # inflammatory diseases of female pelvic organs
        "N80-N98",  # noninflammatory disorders of female genital tract
        "O00-O9A",  # pregnancy, childbirth and the puerperium
        "Z33-Z37",  # pregnancy, antenatal screening, outcome of delivery
        "Z39-Z3A",  # postpartum care, weeks of gestation
    ),
    ("icd10", "male"): (
        "C60-C63",  # malignant neoplasms of male genital organs
        "D29",  # benign neoplasm of male genital organs
        "D40",  # neoplasm of uncertain behaviour of male genital organs
        "E29",  # testicular dysfunction
        "N40-N53",  # diseases of male genital organs
    ),
}
"""Categories of three characters, first to last; these sort as text."""

SHAPES: Mapping[Coding, re.Pattern[str]] = {
    "icd9": re.compile(r"(?:\d{3}|V\d\d)(?:\.?\d{1,2})?|E\d{3}(?:\.?\d)?"),
    "icd10": re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?"),
}

PREFIXES: Mapping[str, Coding] = {"9": "icd9", "10": "icd10"}
"""What stands before the colon where a table holds both codings, as in ``9:250`` and ``10:E11``."""


def coding_of(names: Iterable[str]) -> Coding | None:
    """Return the coding that most names look like, if at least half of them do; codes with a prefix do not vote.

    Most codes of ICD-9 begin with a digit, all of ICD-10 with a letter.
    """
    plain = [name.upper() for name in names if ":" not in name]
    digits = sum(name[:1].isdigit() and SHAPES["icd9"].fullmatch(name) is not None for name in plain)
    letters = sum(SHAPES["icd10"].fullmatch(name) is not None for name in plain)
    if 2 * max(digits, letters) < len(plain) or not plain:
        return None
    return "icd9" if digits >= letters else "icd10"


def sex_of(name: str, coding: Coding | None) -> Sex | None:
    """Return the only sex that can have a code, or None for both; ``coding`` is that of names without a prefix.

    >>> sex_of("642.03", "icd9"), sex_of("10:N40", None), sex_of("250", "icd9")
    ('female', 'male', None)
    """
    prefix, _, code = name.upper().rpartition(":")
    system = PREFIXES.get(prefix) if prefix else coding
    if system is None or SHAPES[system].fullmatch(code) is None:
        return None
    for sex in ("female", "male"):
        for block in BLOCKS[system, sex]:
            first, _, last = block.partition("-")
            if first <= code[:3] <= (last or first):
                return sex
    return None
