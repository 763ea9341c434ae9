"""Typst with fonts that are the same everywhere, and names in scripts that none of them covers.

Typst brings Libertinus, matplotlib brings DejaVu; with both, machines agree byte for byte. A character beyond them is
set in whatever font the machine has; where it has none, its code point is written, since a filed document may hold no
empty boxes.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

STANDARDS: Final = ["a-2a", "ua-1"]
BUNDLED: Final = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
PROBE: Final = b'#set document(title: "probe", date: auto)\n#sys.inputs.text'
REFUSED: Final = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")


@contextmanager
def font_files(*, system: bool) -> Iterator[Any]:
    """Yield the bundled fonts as typst takes them, with those of the machine if ``system``.

    They are copied to a folder of their own: matplotlib keeps a last resort beside them, whose boxes typst would use.
    """
    import matplotlib
    import typst

    source = Path(matplotlib.get_data_path(), "fonts", "ttf")
    with tempfile.TemporaryDirectory() as folder:
        for name in BUNDLED:
            shutil.copy(source / name, folder)
        yield typst.Fonts(include_system_fonts=system, font_paths=[folder])


@cache
def bundled_characters() -> frozenset[int]:
    """Return the characters that the bundled font can show."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(Path(matplotlib.get_data_path(), "fonts", "ttf", BUNDLED[0]))).get_charmap())


def uncovered_characters(text: str) -> set[str]:
    """Return the characters of a text that need a font which neither typst nor matplotlib brings."""
    return {one for one in set(text) if ord(one) > 0x7E and one != "\u200b" and ord(one) not in bundled_characters()}


def undisplayable_characters(text: str, chosen: Any) -> set[str]:
    """Return the characters of a text that no font can show. Typst itself is asked, one refusal at a time."""
    import typst

    typesetter: Any = typst
    candidates, missing = uncovered_characters(text), set[str]()
    while candidates - missing:
        try:
            texts = {"text": " ".join(sorted(candidates - missing))}
            typesetter.compile(
                PROBE, format="pdf", sys_inputs=texts, pdf_standards=STANDARDS, font_paths=chosen, timestamp=0
            )
        except typst.TypstError as error:
            match = REFUSED.search(str(error))
            refused = set(ESCAPED.sub(lambda code: chr(int(code[1], 16)), match[1])) if match else set[str]()
            if not refused & (candidates - missing):
                raise
            missing |= refused & candidates
        else:
            break
    return missing


def with_code_points(text: str, missing: set[str]) -> str:
    """Return a text with the code points of characters that cannot be shown.

    >>> with_code_points("a漢", {"漢"})
    'a[U+6F22]'
    """
    return text.translate({ord(one): f"[U+{ord(one):04X}]" for one in missing})


def typeset(
    template: bytes,
    data: str,
    *,
    timestamp: int,
    inputs: dict[str, str] | None = None,
    system_fonts: bool = True,
    picture: bool = False,
) -> Any:
    """Return a PDF, or one PNG per page if ``picture``, of a template and the data that it reads as ``document``.

    Args:
        template: Typst source; it finds in ``missing`` the characters whose code points are written instead.
        data: JSON; characters that no font can show are replaced in it.
        timestamp: The document's date, seconds since 1970.
        inputs: More texts for the template, taken as they are.
        system_fonts: Whether the machine's fonts may help out where the bundled ones do not suffice.
        picture: Whether to draw PNG at 200 dots per inch.
    """
    import typst

    typesetter: Any = typst  # its stub asks one type of input and font paths
    with font_files(system=system_fonts and bool(uncovered_characters(data))) as chosen:
        missing = undisplayable_characters(data, chosen)
        texts = {
            "document": with_code_points(data, missing),
            "missing": " ".join(f"U+{ord(one):04X}" for one in sorted(missing)),
            **(inputs or {}),
        }
        form: dict[str, Any] = {"format": "png", "ppi": 200} if picture else {"pdf_standards": STANDARDS}
        return typesetter.compile(
            template, sys_inputs=texts, font_paths=chosen, timestamp=timestamp,
            **({"format": "pdf"} | form),
        )  # fmt: skip
