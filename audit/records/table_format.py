"""How a file's text is to be read where its name does not say: delimiter, encoding, decimal mark, sheet."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from synthaudit.audit.errors import InputError, PlanError, unknown_name

NAMED_MARKS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|", "space": " "}
"""Words for delimiters that are awkward to type."""
ENCODE = "Save it as UTF-8, or name its encoding, such as --encoding cp1252."
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""How text in UTF-16 begins."""


@dataclass(frozen=True)
class TableFormat:
    """What a person says of how files are written; each file is held to what of it applies to its kind.

    Attributes:
        delimiter: What separates cells: one character, or a word such as ``tab``; None goes by the file's name, and
            takes semicolons in a .csv whose header has no comma.
        encoding: Of text that is not UTF-8, such as ``cp1252``; None takes UTF-8, and UTF-16 with a byte order mark.
        decimal: The mark before decimals: ``.``, or ``,`` as in 38,4.
        sheet: Which sheet of an Excel file; None takes the only one.
    """

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str = "."
    sheet: str | None = None

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            mark = NAMED_MARKS.get(self.delimiter, self.delimiter)
            if len(mark) != 1 or mark in '"\r\n' or mark.isalnum() or not mark.isascii():
                raise PlanError(f"expected a delimiter of one character, or one of {', '.join(NAMED_MARKS)}")
            object.__setattr__(self, "delimiter", mark)
        if self.decimal not in (".", ","):
            raise PlanError(f"decimal: {unknown_name('mark', self.decimal, ('.', ','))}")
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError:
                known = ("utf-8", "utf-16", "cp1252", "latin-1", "iso-8859-15", "cp850", "mac-roman", "shift-jis")
                raise PlanError(unknown_name("encoding", self.encoding, known)) from None

    def decode(self, content: bytes, path: Path) -> bytes:
        """Return a file's bytes as UTF-8 without byte order mark.

        A file that is valid UTF-8 beyond ASCII is taken for that even where another encoding is named: real and
        synthetic tables need not come from one machine.

        Raises:
            InputError: The bytes are not text of the encoding.
        """
        content = content.removeprefix(codecs.BOM_UTF8)
        wide = content.startswith(BYTE_ORDER_MARKS)
        encoding = "utf-16" if wide else self.encoding
        foreign = None if wide or content.isascii() else _first_foreign(content)
        if encoding is None and foreign is not None:
            row = content.count(b"\n", 0, foreign) + 1
            raise InputError("expected UTF-8 text, found other bytes", file=path, row=row, cure=ENCODE)
        if not wide and b"\x00" not in content and content.isascii():
            return content  # what is plain in every encoding of one byte, and no text of two
        if encoding is None or (not wide and not content.isascii() and b"\x00" not in content and foreign is None):
            return content
        try:
            return content.decode(encoding).encode()
        except (UnicodeError, ValueError):
            raise InputError(
                f"expected text in {encoding}, found other bytes", file=path, cure="Name its encoding."
            ) from None


def _first_foreign(content: bytes) -> int | None:
    """Return the place of the first byte that is no UTF-8, or None where there is none."""
    try:
        content.decode()
    except UnicodeDecodeError as problem:
        return problem.start
    return None
