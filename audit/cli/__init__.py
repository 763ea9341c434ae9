"""The command line: one file a command, each of which parses, calls one function, prints and exits.

Modules of the house are imported inside commands, so that ``--help`` and ``list`` do not wait for torch.
"""

import contextlib
import os
import signal
import sys

import typer

from synthaudit.audit.cli.check import check
from synthaudit.audit.cli.compare import compare
from synthaudit.audit.cli.doctor import doctor
from synthaudit.audit.cli.errors import DEBUG, Door, report_bug, user_errors
from synthaudit.audit.cli.export import export
from synthaudit.audit.cli.gate import gate
from synthaudit.audit.cli.init import init
from synthaudit.audit.cli.inspect import inspect
from synthaudit.audit.cli.list import list_catalogues
from synthaudit.audit.cli.report import report
from synthaudit.audit.cli.run import run
from synthaudit.audit.cli.schema import schema
from synthaudit.audit.cli.selftest import selftest
from synthaudit.audit.cli.split import split
from synthaudit.audit.cli.validate import validate
from synthaudit.audit.cli.verify import sign, verify
from synthaudit.audit.cli.watch import watch_over
from synthaudit.audit.memory import MIB, require_memory, spare_address_space

LEAST_RESIDENT, LEAST_ADDRESSED = 100 * MIB, 320 * MIB
"""Bytes that a command without tables takes, and addresses; NumPy's own start ends the process where it has less."""

app = typer.Typer(
    name="synthaudit",
    cls=Door,
    help="Does a synthetic health data set, or the generator that makes it, give its patients away?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    run,
    check,
    gate,
    report,
    compare,
    validate,
    inspect,
    init,
    split,
    schema,
    selftest,
    doctor,
    verify,
    sign,
    export,
):
    app.command()(command)
app.command(name="list")(list_catalogues)


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
    debug: bool = typer.Option(False, "--debug", help="After an error, print the calls that led to it; no values."),
) -> None:
    if debug:
        os.environ[DEBUG] = "1"
    if version:
        from synthaudit.audit import __version__

        print(f"synthaudit {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; the exit code says what kind of end it was."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # a memory dump would hold patients' rows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A scheduler's SIGTERM ends a run like Ctrl-C: workers and outside programs are stopped, folders are cleaned.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with user_errors():
            spare_address_space()
            require_memory(LEAST_RESIDENT, "to start", address_space=LEAST_ADDRESSED)
        watch_over()
    except typer.Exit as left:
        sys.exit(left.exit_code)
    try:
        app()
    except Exception as error:  # noqa: BLE001 - a crash must not exit with 1, which gate defines as "fail"
        sys.exit(report_bug(error))
