"""Codes to categories: ICD-9 and ICD-10 cut to the characters that the literature uses."""

from collections.abc import Callable

from synthaudit.audit.errors import InputError, unknown_name


def icd9(code: str) -> str:
    """Return the ICD-9 category: three characters, four for external causes (E codes).

    As in medGAN's data (Choi et al., 2017); a point is not a character.

    >>> [icd9(code) for code in ("0083", "250.00", "E8120", "V5861")]
    ['008', '250', 'E812', 'V58']
    """
    plain = code.replace(".", "").upper()
    return plain[:4] if plain.startswith("E") else plain[:3]


def icd10(code: str) -> str:
    """Return the ICD-10 category: three characters.

    >>> icd10("E11.9")
    'E11'
    """
    return code.replace(".", "").upper()[:3]


ROLLUPS: dict[str, Callable[[str], str]] = {"none": str, "icd9": icd9, "icd10": icd10}
BY_VERSION = "icd"
VERSIONS = {"9": icd9, "10": icd10}


def roll_up(code: str, version: str | None, how: str) -> str:
    """Return a code's category; with a version it is kept apart by a prefix, as in ``9:250`` and ``10:E11``.

    Args:
        code: The code as it stands.
        version: The coding system, or None where there is only one.
        how: A key of ``ROLLUPS``, or ``icd`` to go by the version.

    Raises:
        InputError: ``how`` is unknown, or it goes by the version and that is neither 9 nor 10.
    """
    if how == BY_VERSION:
        if version not in VERSIONS:
            raise InputError(
                "expected ICD version 9 or 10 beside every code",
                cure="Give the column that holds it as version, or choose rollup = 'icd9', 'icd10' or 'none'.",
            )
        rolled = VERSIONS[version](code)
    elif how in ROLLUPS:
        rolled = ROLLUPS[how](code)
    else:
        raise InputError(unknown_name("rollup", how, (*ROLLUPS, BY_VERSION)))
    return rolled if version is None else f"{version}:{rolled}"
