"""Codes to categories: ICD-9 and ICD-10 cut to the characters that the literature uses."""

import re
from collections.abc import Callable, Iterable, Sequence

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


ICD9 = re.compile(r"(?:\d{3}|V\d\d)(?:\.?\d{1,2})?|E(?:[89]\d\d|0[0-3]\d)(?:\.?\d)?", re.IGNORECASE)
"""ICD-9-CM; of its E codes only E000 to E039 and E800 to E999 exist, while ICD-10 has E00 to E90."""
ICD10 = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
ICD9_NUMBER = re.compile(r"\d{3}(?:\.?\d{1,2})?")


def require_coding(codes: Iterable[tuple[str, str | None]], how: str) -> None:
    """Raise where codes of one revision of ICD would be cut as those of the other.

    Args:
        codes: Codes with their version, None where there is none.
        how: A key of ``ROLLUPS``, or ``icd``.

    Raises:
        InputError: ``icd9`` meets a code that only ICD-10 has, or ``icd10`` one that only ICD-9 has.
    """
    if how == BY_VERSION:
        _require_versions(list(codes))
    if how not in ("icd9", "icd10"):
        return
    own, other = ("9", "10") if how == "icd9" else ("10", "9")
    foreign = wrong = total = 0
    for code, version in codes:
        total += 1
        foreign += version == other
        if how == "icd9":
            wrong += version != own and ICD10.fullmatch(code) is not None and ICD9.fullmatch(code) is None
        else:
            wrong += version != own and ICD9_NUMBER.fullmatch(code) is not None
    if foreign or wrong:
        raise InputError(
            f"expected codes of ICD-{own} alone for rollup = '{how}', found {max(foreign, wrong):,} of {total:,} "
            f"distinct codes of ICD-{other}",
            cure=f"Choose rollup = '{BY_VERSION}' and give the column of versions (9 or 10) as version; for codes of "
            f"ICD-{other} alone, rollup = 'icd{other}'.",
        )


def _require_versions(codes: Sequence[tuple[str, str | None]]) -> None:
    """Raise where most codes of a version can only be of the other one."""
    for version, odd in (
        ("9", lambda code: ICD10.fullmatch(code) and not ICD9.fullmatch(code)),
        ("10", ICD9_NUMBER.fullmatch),
    ):
        own = [code for code, stated in codes if stated == version]
        wrong = sum(bool(odd(code)) for code in own)
        if 2 * wrong > len(own):
            raise InputError(
                f"expected ICD-{version} where the version says so, found the other in {wrong:,} of {len(own):,} codes",
                cure="Check the column of versions.",
            )


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
