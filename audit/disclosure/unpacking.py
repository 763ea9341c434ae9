"""A file as all the texts that it may hold: unpacked, inflated, decoded, one layer after the other."""

import base64
import binascii
import contextlib
import gzip
import html
import io
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator

from synthaudit.audit.disclosure.pdf_text import pdf_texts

MOST = 2**28
"""Bytes up to which one layer is unpacked; a file with more in it cannot be cleared."""
DEPTH = 5
"""Layers that are taken off, such as a picture in base64 in a page in an archive."""

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{7,}={0,2}")
LONG = 256
"""Signs from which on a run of base64 may hold a file."""

ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")
GZIP, ZIP, PDF, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"%PDF", b"PAR1"

SPELLINGS = (
    "as it is, in capitals or not",
    "UTF-16",
    "HTML entities",
    "escapes of JSON",
    "percent-encoding",
    "base64",
    "inside zip, npz, gzip, zlib, Parquet and PDF (streams, and text by the fonts' tables)",
    "numbers with fewer digits, other separators, a decimal comma or an exponent",
    "dates in six orders",
)
"""What a search sees through, in words."""


class TooLargeError(ValueError):
    """Unpacked, the content is larger than what is searched."""


def texts_of(content: bytes, depth: int = DEPTH) -> Iterator[tuple[bytes, bool]]:
    """Yield the content and everything that it holds in other spellings, layer by layer, and whether it can be read.

    What cannot be read are the parts of a PDF: their numbers are places on a page.

    Raises:
        TooLargeError: It unpacks to more than ``MOST`` bytes.
    """
    if content.startswith(PDF):
        yield content, False
        for inner, shown in pdf_texts(content, most=MOST):
            yield _bounded(inner), shown
        return
    yield content, True
    if depth:
        for inner in _unpacked(content):
            if inner and inner != content:
                yield from texts_of(_bounded(inner), depth - 1)


def _bounded(content: bytes) -> bytes:
    if len(content) >= MOST:
        raise TooLargeError
    return content


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(ZIP):
        yield from _archive(content)
    elif content.startswith(GZIP):
        with _damaged(), gzip.open(io.BytesIO(content)) as file:
            yield file.read(MOST)
    elif content.startswith(PARQUET):
        yield _parquet(content)
    elif content[:1] == b"\x78":
        with _damaged():
            yield zlib.decompressobj().decompress(content, MOST)
    if b"\0" in content:
        yield content.replace(b"\0", b"")
    if b"&" in content:
        yield html.unescape(content.decode("utf-8", errors="replace")).encode("utf-8", errors="replace")
    if ESCAPED.search(content):
        yield ESCAPED.sub(lambda match: chr(int(match.group(1), 16)).encode("utf-8", errors="replace"), content)
    if b"%" in content:
        yield urllib.parse.unquote_to_bytes(content)
    yield from _from_base64(content)


def _from_base64(content: bytes) -> Iterator[bytes]:
    """Yield each long run of base64 as what it holds, and all short ones together, a line each."""
    short = []
    for match in BASE64.finditer(content):
        run = match.group().rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        with contextlib.suppress(binascii.Error):
            held = base64.b64decode(run + b"=" * (-len(run) % 4))
            if len(run) < LONG:
                short.append(held)
            else:
                yield held
    yield b"\n".join(short)


def _damaged() -> contextlib.suppress:
    """Pass over content that only begins like an archive."""
    return contextlib.suppress(OSError, EOFError, zlib.error, ValueError, zipfile.BadZipFile)


def _archive(content: bytes) -> Iterator[bytes]:
    with _damaged(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                yield entry.filename.encode()
                yield file.read(MOST)


def _parquet(content: bytes) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as parquet
    from pyarrow import csv

    try:
        table = parquet.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        return b""
    out = io.BytesIO()
    csv.write_csv(table, out)
    return out.getvalue() + str(table.schema.metadata or "").encode()
