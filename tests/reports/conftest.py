"""Fixtures that the report's tests share; the modules of this folder hold what they are made of."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from simulated_result import make_findings, make_result


@pytest.fixture(scope="session")
def audited():
    """Return a large result and its findings."""
    result = make_result()
    return result, make_findings(result)


@pytest.fixture(scope="session")
def document(audited):
    """Return the finished document of the large result."""
    from synthaudit.reports.report import build_report

    return build_report(*audited)


@pytest.fixture(scope="session")
def build():
    """Return the builders, for tests that bend the result."""
    return make_result, make_findings


@pytest.fixture(scope="session")
def files(audited, tmp_path_factory):
    """Return every file of the large result's report by name."""
    from synthaudit import reports

    folder = tmp_path_factory.mktemp("report")
    return {path.name: path for path in reports.write(*audited, folder, formats=reports.FORMATS)}


@pytest.fixture(scope="session")
def page(files):
    """Return the text of report.html."""
    return files["report.html"].read_text(encoding="utf-8")
