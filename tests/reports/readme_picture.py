"""Draws the README's picture: page one of a failing audit of invented patients.

Run it as ``python tests/reports/readme_picture.py``; it needs pdftoppm of poppler.
"""

import subprocess
import tempfile
from pathlib import Path

from simulated_result import make_findings, make_result
from test_page_one import copies, judged

from synthaudit import reports

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    made = copies(240, 0, system="vae", of=(15000, 10000))
    result = make_result(title="Simulated claims, two generators")
    data, split = result.data.model_copy(update={"reader": "simulated"}), result.split
    everybody = split.model_copy(update={"target_members": 15000, "target_holdout": 10000})
    result = result.model_copy(update={"rows": (*result.rows, *made), "data": data, "split": everybody})
    copied = judged("fail", made[2], id="COPY-1", threshold=0.005, bound=0.0061, title="Copies exceed those of holdout")
    with tempfile.TemporaryDirectory() as folder:
        (page,) = reports.write(result, (*make_findings(result), copied), Path(folder), formats=("summary",))
        target = ROOT / "examples" / "report-page"
        subprocess.run(["pdftoppm", "-r", "80", "-png", "-singlefile", str(page), str(target)], check=True)
