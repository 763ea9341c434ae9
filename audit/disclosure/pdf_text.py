"""The text of a PDF, as a search needs it: fonts that number their glyphs are read by their own tables of letters."""

import re
import zlib
from collections.abc import Iterator

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
SHOWN = re.compile(rb"\[((?:[^\[\]\\]|\\.)*)\]\s*TJ|(<[0-9A-Fa-f\s]*>|\((?:[^()\\]|\\.)*\))\s*Tj", re.DOTALL)
PART = re.compile(rb"<([0-9A-Fa-f\s]*)>|\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
CHARACTERS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

Letters = dict[int, str]
"""Number of a glyph to its letters."""


def pdf_texts(content: bytes, *, most: int) -> Iterator[tuple[bytes, bool]]:
    """Yield every stream of a PDF, inflated, and the text that its pages show; and whether it is such text.

    Args:
        content: The file.
        most: Bytes up to which a stream is inflated.
    """
    streams = [inflated(match.group(1), most) for match in STREAM.finditer(content)]
    yield from ((stream, False) for stream in streams)
    fonts = [letters for stream in streams if b"begincmap" in stream and (letters := _letters(stream))]
    for stream in streams:
        strings = [_joined(match) for match in SHOWN.finditer(stream)]
        if not strings:
            continue
        for apart in (b"\n", b""):  # figures show letter by letter
            yield apart.join(strings), True
        for letters in fonts:
            read = [_read(string, letters) for string in strings]
            yield "\n".join(read).encode(), True
            yield "".join(read).encode(), True


def inflated(content: bytes, most: int) -> bytes:
    """Return a stream without its compression, as far as that goes; as it is where it has none."""
    try:
        return zlib.decompressobj().decompress(content, most)
    except zlib.error:
        return content


def _letters(table: bytes) -> Letters:
    found: Letters = {}
    for block in CHARACTERS.findall(table):
        codes = HEX.findall(block)
        found |= {int(code, 16): _utf16(text) for code, text in zip(codes[::2], codes[1::2], strict=False) if code}
    for block in RANGES.findall(table):
        codes = HEX.findall(block)
        for low, high, text in zip(codes[::3], codes[1::3], codes[2::3], strict=False):
            first, start = int(low, 16), _utf16(text)
            for step in range(min(int(high, 16) - first, 0xFFFF) + 1):
                found[first + step] = start[:-1] + chr(ord(start[-1]) + step) if start else ""
    return found


def _utf16(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be", errors="replace") if len(text) % 4 == 0 else ""


def _joined(match: re.Match[bytes]) -> bytes:
    """Return the bytes of what one operator shows; kerning between them is dropped."""
    return b"".join(
        bytes.fromhex(_even(hexed.decode())) if not plain else _plain(plain)
        for hexed, plain in PART.findall(match.group(1) or match.group(2))
    )


def _even(digits: str) -> str:
    digits = "".join(digits.split())
    return digits + "0" * (len(digits) % 2)


def _plain(text: bytes) -> bytes:
    def meant(match: re.Match[bytes]) -> bytes:
        sign = match.group(1)
        return bytes([int(sign, 8) & 255]) if sign[:1].isdigit() else ESCAPED.get(sign, sign)

    return ESCAPE.sub(meant, text)


def _read(string: bytes, letters: Letters) -> str:
    """Return what a string of two-byte glyph numbers says."""
    pairs = zip(string[::2], string[1::2], strict=False)
    return "".join(letters.get(256 * high + low, "") for high, low in pairs)
