"""The examples for builds call commands and options that exist, and the smallest of them runs."""

import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from synthaudit.audit.cli import app

CI = Path(__file__).parents[2] / "examples" / "ci"
COMMANDS = {command.name: command for command in typer.main.get_command(app).commands.values()}
CALL = re.compile(r"synthaudit (?:run|gate)[^'\n&|]*")


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml", "pre-commit-config.yaml"])
def test_every_call_parses(name):
    calls = CALL.findall((CI / name).read_text(encoding="utf-8"))
    assert [call.split()[1] for call in calls] == ["run", "gate"]
    for call in calls:
        _, command, *arguments = shlex.split(call.replace('"${baseline[@]}"', "--baseline x.json"))
        COMMANDS[command].make_context(command, arguments, resilient_parsing=False)  # raises on an unknown option


def test_a_call_with_a_mistyped_option_would_be_seen():
    with pytest.raises(Exception, match="No such option"):
        COMMANDS["gate"].make_context("gate", ["audit-report", "--junti", "x.xml"])


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml", "pre-commit-config.yaml"])
def test_the_plan_it_names_exists_and_restricted_files_stay_home(name):
    text = (CI / name).read_text(encoding="utf-8")
    (plan,) = set(re.findall(r"examples/ci/\w+\.toml", text))
    assert (CI.parents[1] / plan).is_file()
    assert not re.search(r"^\s*-?\s*(audit-report/restricted|audit-report/?)$", text, re.MULTILINE)


@pytest.mark.slow
def test_the_pytest_example_gates_a_small_audit_in_under_two_minutes():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(CI / "test_privacy.py"), "-v"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=CI.parents[1], check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time: whoever shares the machine must not decide. One idle core needs no longer.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 120
