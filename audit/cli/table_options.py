"""Options that say how tables are to be read, the same for every command that reads them."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

Drop = Annotated[list[str] | None, typer.Option(help="Column to leave out; repeat for several.")]
Missing = Annotated[
    list[str] | None,
    typer.Option(help="Cell that means 'missing', besides empty ones, NA and the like; repeat for several."),
]
Decimal = Annotated[str | None, typer.Option(help="Mark before decimals: '.', or ',' as in 38,4.")]
Delimiter = Annotated[
    str | None,
    typer.Option(help="What separates cells: a character, or tab, semicolon, bar. Needed for .txt and .dat."),
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of text that is not UTF-8, such as cp1252.")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an Excel file that has several.")]


def data_options(
    *,
    drop: Sequence[str] | None = None,
    missing: Sequence[str] | None = None,
    decimal: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> dict[str, Any]:
    """Return the options that were given, as keys of a plan's ``[data]``."""
    lists = {"drop": tuple(drop or ()), "missing": tuple(missing or ())}
    texts = {"decimal": decimal, "delimiter": delimiter, "encoding": encoding, "sheet": sheet}
    return {name: value for name, value in {**lists, **texts}.items() if value}
