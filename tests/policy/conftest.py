"""Lets the tests of this folder import the audits that they simulate."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
