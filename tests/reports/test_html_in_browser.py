"""The pages in a browser: axe finds no violation, and the rows filter, sort and grow.

Needs Chromium and axe-core (``AXE_PATH`` names axe.min.js, or ``npm install axe-core`` beside the project); skips with
the reason where either is absent. Chromium reads a copy of the page whose script policy admits axe.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from example_results import LABELS, bound, ledger

from synthaudit import reports

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=60000",
    "--run-all-compositor-stages-before-draw",
)  # fmt: skip
TOLD = re.compile(r'<script type="application/json" id="told">(.*?)</script>', re.DOTALL)
RUN = """
const told = (found) => {
  const out = document.createElement("script");
  out.type = "application/json"; out.id = "told";
  out.textContent = JSON.stringify(found).replace(/</g, "\\\\u003c");
  document.body.append(out);
};
"""
AXE = """
for (const one of document.querySelectorAll("details")) one.open = true;
axe.run(document, { resultTypes: ["violations"] }).then((found) => told(found.violations.map((one) => ({
  id: one.id, nodes: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + node.failureSummary)
}))), (error) => told([{ id: String(error) }]));
"""
USE = """
const table = document.querySelector("#appendix table");
const shown = () => table.tBodies[0].rows.length;
const input = document.querySelector("#filter");
const type = (text) => { input.value = text; input.dispatchEvent(new Event("input")); };
const column = (place) => [...table.tBodies[0].rows].map((row) => row.cells[place].textContent);
const found = { dark: matchMedia("(prefers-color-scheme: dark)").matches, first: shown() };
document.querySelector("#more").click(); found.grown = shown();
type("variational precision"); found.kept = column(0); found.measured = column(4);
type("no row reads like this"); found.none = shown(); found.said = document.querySelector("output").textContent;
type("");
const [system] = document.querySelectorAll(".filter select");
system.value = "medGAN"; system.dispatchEvent(new Event("change")); found.system = column(0);
system.value = ""; system.dispatchEvent(new Event("change"));
const value = table.tHead.rows[0].cells[9].querySelector("button");
value.click(); found.up = column(9).slice(0, 20); value.click(); found.down = column(9).slice(0, 20);
told(found);
"""


@pytest.fixture(scope="module")
def browser():
    """Return the path of a Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="module")
def axe():
    """Return the source of axe."""
    places = [os.environ.get("AXE_PATH"), ROOT / "node_modules" / "axe-core" / "axe.min.js"]
    found = next((Path(place) for place in places if place and Path(place).is_file()), None)
    return (
        found.read_text(encoding="utf-8") if found else pytest.skip("axe-core is not here: set AXE_PATH to axe.min.js")
    )


@pytest.fixture(scope="module")
def page(audited, tmp_path_factory):
    """Return the text of the page, a promise of differential privacy on it."""
    result, findings = audited
    systems = [card.model_copy(update={"ledger": ledger(LABELS)}) if card.key == "vae" else card
                for card in result.systems]  # fmt: skip
    rows = (*result.rows, *bound(1.7, p=1e-6), *bound(0.2, method="trainings", slice="black box"))
    result = result.model_copy(update={"systems": tuple(systems), "rows": rows})
    (written,) = reports.write(result, findings, tmp_path_factory.mktemp("axe"), formats=("html",))
    return written.read_text(encoding="utf-8")


def run(browser, page, scripts, folder, *flags):
    """Return what scripts at the end of a page told about it."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    added = "".join(f"<script>{script}</script>" for script in (RUN, *scripts))
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"{added}</body>"), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, *flags, f"--user-data-dir={profile}", "--dump-dom", file.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    told = TOLD.search(done.stdout)
    assert told, done.stderr[-500:]
    return json.loads(told.group(1))


@pytest.mark.parametrize(
    "look",
    [("--window-size=1280,900",), ("--window-size=390,900",), ("--blink-settings=preferredColorScheme=0",)],
    ids=["wide", "narrow", "dark"],
)
def test_axe_finds_no_violation(browser, axe, page, tmp_path, look):
    assert run(browser, page, (axe, AXE), tmp_path, *look) == []


def test_on_a_phone_the_verdict_comes_before_the_contents_and_the_page_stays_in_the_window(browser, page, tmp_path):
    top = "const top = (one) => document.querySelector(one).getBoundingClientRect().top;"
    ask = "told({ verdict: top('#decision'), contents: top('nav'), matrix: top('#findings-matrix'), "
    width = "wide: document.documentElement.scrollWidth - document.documentElement.clientWidth });"
    found = run(browser, page, (f"{{ {top} {ask} {width} }}",), tmp_path, "--window-size=500,900")
    assert found["verdict"] < found["contents"] < found["matrix"]
    assert found["wide"] <= 0


def test_axe_sees_a_fault_where_there_is_one(browser, axe, page, tmp_path):
    spoilt = page.replace('<html lang="en">', "<html>").replace("--quiet: #5a606b", "--quiet: #bbbbbb")
    found = {one["id"] for one in run(browser, spoilt, (axe, AXE), tmp_path)}
    assert {"html-has-lang", "color-contrast"} <= found


def test_rows_filter_sort_and_grow(browser, audited, page, tmp_path):
    rows = len(audited[0].rows) + 4
    found = run(browser, page, (USE,), tmp_path, "--blink-settings=preferredColorScheme=0")
    assert found["dark"]  # the flag that the dark run above rests on
    assert found["first"] == 250
    assert found["grown"] == 500
    assert set(found["kept"]) == {"Variational autoencoder"}
    assert found["measured"]
    assert all("precision" in text for text in found["measured"])
    assert found["none"] == 0
    assert f"{rows:,} in total" in found["said"]
    assert set(found["system"]) == {"medGAN"}
    numbers = [[int(text.replace(",", "")) for text in found[way] if text != "–"] for way in ("up", "down")]
    assert numbers[0] == sorted(numbers[0])
    assert numbers[1] == sorted(numbers[1], reverse=True)
    assert numbers[0][0] < numbers[1][0]
