"""A privacy gate among the tests of a generator: copy beside your own tests and set PLAN to your plan."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLAN = Path(__file__).with_name("small.toml")
SYNTHAUDIT = [sys.executable, "-c", "from synthaudit.audit.cli import main; main()"]


@pytest.fixture(scope="session")
def findings(tmp_path_factory) -> list[dict]:
    """Audit the plan once, in about a minute, and return one finding for each criterion of the policy."""
    out = tmp_path_factory.mktemp("audit-report")
    subprocess.run([*SYNTHAUDIT, "run", str(PLAN), "--preset", "quick", "--out", str(out)], check=True)
    gate = subprocess.run([*SYNTHAUDIT, "gate", str(out), "--json"], capture_output=True, text=True, check=False)
    assert gate.returncode != 2, gate.stderr
    return json.loads(gate.stdout)["findings"]


def test_the_generator_leaks_nothing_that_the_policy_forbids(findings):
    assert [
        f"{found['system']} {found['id']}: {found['reason']}" for found in findings if found["verdict"] == "fail"
    ] == []


def test_the_audit_could_have_seen_a_leak(findings):
    assert [found["reason"] for found in findings if found["verdict"] in ("invalid", "inconclusive")] == []
