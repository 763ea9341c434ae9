"""Programs and objects from outside are run, checked and blamed by name."""

import random
import sys
import textwrap
import time
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthaudit.audit.errors import InputError, PlanError, TrainingError
from synthaudit.audit.plugins import find
from synthaudit.audit.protocols import Fitted, Generator
from synthaudit.audit.records import Column, Records, Schema, from_frame
from synthaudit.audit.records.simulated import Cohort
from synthaudit.generators import GENERATORS
from synthaudit.generators.external import Adapter, Program
from synthaudit.generators.external.marked_missing import MarkedMissing
from synthaudit.generators.external.sandbox import ProgramError
from synthaudit.generators.models.vae import VAE

SCHEMA = Schema(
    (
        Column("0083", "binary"),
        Column("age", "continuous", low=0, high=120, integer=True, missing=True),
        Column("ward", "categorical", levels=("A", "B")),
    )
)
MEMBERS = Records.of(
    SCHEMA,
    {"0083": np.array([0, 1, 1]), "age": np.array([20, np.nan, 60]), "ward": np.array([0, 1, 1])},
    np.array(["Anna", "Berta", "Carla"]),
)
COPY = """
    import csv, random, sys
    members, size, seed, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    rows = list(csv.reader(open(members)))
    random.seed(seed)
    with open(out, "w", newline="") as file:
        csv.writer(file).writerows([rows[0]] + [random.choice(rows[1:]) for _ in range(size)])
    """


@pytest.fixture
def program(tmp_path):
    def write(text, **options):
        script = tmp_path / "gen.py"
        script.write_text(textwrap.dedent(text))
        return Program(command=("{python}", str(script), "{members}", "{size}", "{seed}", "{out}"), **options)

    return write


def test_a_program_is_a_generator(program):
    recipe = program(COPY)
    fitted = recipe.fit(MEMBERS, seed=1)
    assert isinstance(recipe, Generator)
    assert isinstance(fitted, Fitted)
    drawn = fitted.sample(50, seed=2)
    assert drawn.schema == SCHEMA
    assert len(drawn) == 50
    known = {tuple(row) for row in np.nan_to_num(MEMBERS.dense(), nan=-1)}
    assert {tuple(row) for row in np.nan_to_num(drawn.dense(), nan=-1)} == known
    assert drawn.fingerprint() == fitted.sample(50, seed=2).fingerprint()
    assert drawn.fingerprint() != fitted.sample(50, seed=3).fingerprint()
    assert drawn.fingerprint() != recipe.fit(MEMBERS, seed=9).sample(50, seed=2).fingerprint()
    assert len(fitted.sample(0, seed=1)) == 0


def test_a_program_sees_its_input_and_nothing_else(program, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    look = """
        import os, sys
        said = [sorted(os.listdir(".")), "SECRET_TOKEN" in os.environ, "Anna" in open(sys.argv[1]).read(), os.getcwd()]
        print(said, file=sys.stderr)
        sys.exit(3)
        """
    log = tmp_path / "stderr.txt"
    with pytest.raises(ProgramError, match="failed with exit code 3") as caught:
        program(look, stderr_file=log).fit(MEMBERS, seed=1).sample(5, seed=1)
    assert "['members.csv', 'stderr.txt'], False, False" in caught.value.stderr
    assert "members.csv" not in str(caught.value)
    assert log.read_text() == caught.value.stderr
    assert log.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("synthaudit-*"))


def test_a_program_that_hangs_is_stopped_with_all_it_started(program, tmp_path):
    mark = tmp_path / "alive"
    hang = f"""
        import subprocess, sys, time
        late = "import time, pathlib; time.sleep(3); pathlib.Path({str(mark)!r}).touch()"
        subprocess.Popen([sys.executable, "-c", late])
        time.sleep(60)
        """
    begun = time.monotonic()
    with pytest.raises(ProgramError, match=r"stopped after 1.5 seconds. Give it a longer timeout"):
        program(hang, timeout=1.5).fit(MEMBERS, seed=1).sample(5, seed=1)
    assert time.monotonic() - begun < 20
    time.sleep(3.5)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("pass", ProgramError, r"wrote no file at \{out\}"),
        (COPY.replace("range(size)", "range(size - 1)"), ProgramError, "asked for 5 rows and wrote 4"),
        (COPY.replace("[rows[0]]", '[["0083", "age", "bed"]]'), InputError, "synthetic.csv"),
        (COPY.replace("random.choice(rows[1:])", '["1", "30", "Z"]'), InputError, "column 'ward'"),
        (COPY.replace("random.choice(rows[1:])", '["7", "30", "A"]'), InputError, "column '0083'"),
    ],
)
def test_what_it_writes_is_checked(program, text, error, match):
    with pytest.raises(error, match=match):
        program(text).fit(MEMBERS, seed=1).sample(5, seed=1)


def test_a_program_that_is_not_there():
    with pytest.raises(ProgramError, match="'nothing-there' could not be started"):
        Program(command=("/x/nothing-there", "{out}")).fit(MEMBERS, seed=1).sample(5, seed=1)
    with pytest.raises(ValueError, match=r"expected a command with \{out\}"):
        Program(command=("gen",))


class Resampler:
    """A stand-in for SDV: ``fit(frame)``, ``sample(n)``, randomness from global state."""

    def __init__(self, flaw=None):
        self.flaw = flaw

    def fit(self, frame):
        if self.flaw == "fit":
            raise KeyError("Anna's cell")
        self.frame = frame

    def sample(self, n):
        rows = self.frame.iloc[np.random.randint(0, len(self.frame), n - (self.flaw == "few"))]  # noqa: NPY002
        return rows.assign(age=999) if self.flaw == "age" else rows


class Boxed:
    """A stand-in for synthcity and SDV's factories: seeds, metadata, a sample that must be unpacked."""

    def __init__(self, metadata, random_state, device):
        self.metadata, self.random_state, self.device = metadata, random_state, device

    def fit(self, frame):
        self.frame = frame

    def sample(self, n):
        return types.SimpleNamespace(dataframe=lambda: self.frame.iloc[[self.random_state % 3] * n])


class FixedStart:
    """A stand-in for SDV's synthesizers: every object starts at one seed and goes on from there."""

    def __init__(self):
        self._random_state_set = False

    def fit(self, frame):
        self.frame = frame

    def sample(self, n):
        if not self._random_state_set:
            self._set_random_state(73251)
        return self.frame.iloc[self.state.integers(0, len(self.frame), n)]

    def _set_random_state(self, seed):
        self.state, self._random_state_set = np.random.default_rng(seed), True


class Stubborn(FixedStart):
    """The same without a way to seed it: the next rows under one seed are others, or those of a fixed start always."""

    def __init__(self, fixed):
        super().__init__()
        self.fixed = fixed

    def sample(self, n):
        if self.fixed or not self._random_state_set:
            self.state, self._random_state_set = np.random.default_rng(73251), True
        return self.frame.iloc[self.state.integers(0, len(self.frame), n)]

    _set_random_state = None


class NoMissing:
    """A stand-in for CTGAN's own package: no missing values, discrete columns by name, words on stdout."""

    def __init__(self, cuda=True):
        self.cuda = cuda

    def fit(self, train_data, discrete_columns=(), epochs=1):
        if train_data.isna().any().any():
            raise ValueError("There are null values in Anna's cell.")
        self.frame, self.discrete, self.epochs = train_data, discrete_columns, epochs
        sys.stdout.write("epoch 1: Anna\n")

    def sample(self, n):
        return self.frame.iloc[self.state.integers(0, len(self.frame), n)]

    def set_random_state(self, seed):
        self.state = np.random.default_rng(seed)


@pytest.fixture
def outside(monkeypatch):
    module = types.ModuleType("outside")
    module.Resampler, module.Boxed, module.VAE, module.number = Resampler, Boxed, VAE, 3
    module.FixedStart, module.Stubborn, module.NoMissing = FixedStart, Stubborn, NoMissing
    monkeypatch.setitem(sys.modules, "outside", module)


@pytest.mark.usefixtures("outside")
def test_an_object_with_fit_and_sample_is_adapted():
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    fitted = Adapter(factory="outside:Resampler").fit(MEMBERS, seed=1)
    assert isinstance(fitted, Fitted)
    drawn = fitted.sample(40, seed=2)
    assert drawn.schema == SCHEMA
    assert drawn.fingerprint() == fitted.sample(40, seed=2).fingerprint()
    assert drawn.fingerprint() != fitted.sample(40, seed=3).fingerprint()
    assert len(fitted.sample(0, seed=1)) == 0
    assert before == (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002


@pytest.mark.usefixtures("outside")
def test_metadata_and_seed_are_given_where_they_are_asked_for(monkeypatch):
    sdv = types.ModuleType("sdv.metadata")
    sdv.Metadata = types.SimpleNamespace(detect_from_dataframe=lambda frame: list(frame.columns))
    monkeypatch.setitem(sys.modules, "sdv", types.ModuleType("sdv"))
    monkeypatch.setitem(sys.modules, "sdv.metadata", sdv)
    fitted = Adapter(factory="outside:Boxed").fit(MEMBERS, seed=5, device="cuda:1")
    assert fitted.fitted.device == "cuda:1"
    assert fitted.fitted.metadata == list(SCHEMA.names)
    assert fitted.fitted.random_state == 5
    assert fitted.sample(4, seed=0).column("age").tolist() == [60] * 4
    assert isinstance(fitted.fitted.frame, pd.DataFrame)


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(
    ("flaw", "error", "match"),
    [
        ("fit", TrainingError, r"'outside:Resampler' failed in fit \(KeyError\)"),
        ("few", TrainingError, "asked for 50 rows and gave 49"),
        ("age", InputError, "column 'age'"),
    ],
)
def test_a_faulty_object_is_blamed_without_its_words(flaw, error, match):
    with pytest.raises(error, match=match) as caught:
        Adapter(factory="outside:Resampler", options={"flaw": flaw}).fit(MEMBERS, seed=1).sample(10, seed=1)
    assert "Anna" not in str(caught.value)


@pytest.mark.usefixtures("outside")
def test_an_object_that_starts_at_a_fixed_seed_is_seeded_for_each_sample():
    recipe = Adapter(factory="outside:FixedStart")
    first, second = recipe.fit(MEMBERS, seed=1), recipe.fit(MEMBERS, seed=2)
    drawn = first.sample(40, seed=3)
    assert drawn.fingerprint() == first.sample(40, seed=3).fingerprint()
    assert drawn.fingerprint() != first.sample(40, seed=4).fingerprint()
    assert drawn.fingerprint() == second.sample(40, seed=3).fingerprint()  # it learns the same from the same members


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(("fixed", "match"), [(False, "other rows under the same seed"), (True, "under two seeds")])
def test_an_object_that_keeps_to_no_seed_is_refused(fixed, match):
    with pytest.raises(TrainingError, match=match):
        Adapter(factory="outside:Stubborn", options={"fixed": fixed}).fit(MEMBERS, seed=1)


@pytest.mark.usefixtures("outside")
def test_missing_values_are_marked_for_an_object_that_cannot_learn_them(tmp_path, capsys):
    log = tmp_path / "log.txt"
    named = {"factory": "outside:NoMissing", "fit_options": {"epochs": 7}, "log_file": log}
    with pytest.raises(TrainingError, match=r"failed in fit \(ValueError\)"):
        Adapter(**named).fit(MEMBERS, seed=1)
    fitted = Adapter(**named, missing="marked").fit(MEMBERS, seed=1)
    assert fitted.fitted.discrete == ["0083", "ward", "age is missing"]
    assert (fitted.fitted.epochs, fitted.fitted.cuda) == (7, False)
    assert not fitted.fitted.frame.isna().any().any()
    drawn = fitted.sample(300, seed=2)
    assert drawn.schema == SCHEMA
    known = {tuple(row) for row in np.nan_to_num(MEMBERS.dense(), nan=-1)}
    assert {tuple(row) for row in np.nan_to_num(drawn.dense(), nan=-1)} == known  # missing ages among them
    assert capsys.readouterr() == ("", "")
    assert log.read_text() == "epoch 1: Anna\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_missing_levels_become_a_level_and_back():
    wards = Schema((Column("ward", "categorical", levels=("A", "B"), missing=True), Column("a", "binary")))
    rows = Records.of(wards, {"ward": np.array([0, np.nan, 1]), "a": np.array([0, 1, 1])})
    marked = MarkedMissing.of(rows)
    assert marked.to_frame(rows)["ward"].tolist() == ["A", "(missing)", "B"]
    assert from_frame(marked.restored(marked.to_frame(rows)), wards).fingerprint() == rows.fingerprint()


@pytest.mark.usefixtures("outside")
def test_any_class_that_keeps_the_promises_is_found_by_its_path():
    assert find("generator", "outside:VAE", GENERATORS) is VAE
    assert find("generator", "vae", GENERATORS) is VAE


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("medgam", "did you mean 'medgan'"),
        ("nowhere.at.all:Thing", "cannot be imported"),
        ("outside:Nothing", "has no Nothing"),
        ("outside:Resampler", "it lacks title, summary, source, kinds, control, cost. For an object"),
        ("outside:number", "is not a generator"),
    ],
)
def test_what_is_no_generator_is_refused_by_name(name, match):
    with pytest.raises(PlanError, match=match):
        find("generator", name, GENERATORS)


def test_a_relative_path_to_a_script_starts_where_the_audit_does(tmp_path, monkeypatch):
    """The example in the examples folder, run from another folder than its own."""
    root = Path(__file__).resolve().parents[2]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "gen.py").write_text(
        (root / "examples" / "external" / "shuffle.py").read_text("utf-8"), "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    members = Cohort(codes=8, labs=1).draw(40, seed=1)
    command = ("{python}", "./mine/gen.py", "{members}", "{size}", "{seed}", "{out}")
    fitted = Program(command=command).fit(members, seed=1)
    drawn = fitted.sample(25, seed=2)
    assert len(drawn) == 25
    assert drawn.schema == members.schema
    for column in members.schema.names:
        assert np.isin(drawn.column(column), members.column(column)).all()
    with pytest.raises(TrainingError, match="exit code"):
        Program(command=("{python}", "./nowhere.py", "{out}")).fit(members, seed=1).sample(5, seed=1)


@pytest.mark.skipif(sys.platform != "linux", reason="limits and marks are the kernel's")
def test_a_child_that_left_its_group_is_stopped_too(program, tmp_path):
    mark = tmp_path / "alive"
    late = f"import time, pathlib; time.sleep(2); pathlib.Path({str(mark)!r}).touch()"
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {late!r}], start_new_session=True)"
    with pytest.raises(ProgramError, match="wrote no file"):
        program(leave).fit(MEMBERS, seed=1).sample(5, seed=1)
    time.sleep(2.5)
    assert not mark.exists()


@pytest.mark.parametrize("stream", ["sys.stderr", "sys.stdout", "open(sys.argv[4], 'w')"])
def test_a_flood_of_output_is_stopped_early(program, stream, monkeypatch):
    monkeypatch.setattr("synthaudit.generators.external.sandbox.LEAST_OUTPUT", 2**20)
    flood = f"""
        import sys
        to = {stream}
        for _ in range(10**4):
            to.write("x" * 10**5)
        """
    with pytest.raises(ProgramError, match="wrote a file of 1 MiB, the most that it may write") as caught:
        program(flood).fit(MEMBERS, seed=1).sample(5, seed=1)
    assert len(caught.value.stderr) <= 4000


def test_memory_is_bounded_where_it_is_asked_for(program):
    greedy = "x = bytearray(2**30)\n" + textwrap.dedent(COPY)
    assert len(program(greedy).fit(MEMBERS, seed=1).sample(5, seed=1)) == 5
    with pytest.raises(ProgramError, match="failed with exit code 1"):
        program(greedy, memory_gb=0.5).fit(MEMBERS, seed=1).sample(5, seed=1)
    with pytest.raises(ValueError, match="memory_gb > 0"):
        program(COPY, memory_gb=0)


def test_a_program_gets_the_variables_that_the_plan_states(program):
    look = "import os, sys; print(os.environ['R_LIBS_USER'], os.environ['HOME'], file=sys.stderr); sys.exit(1)"
    with pytest.raises(ProgramError) as caught:
        program(look, env={"R_LIBS_USER": "/r/libs", "HOME": "/home/r"}).fit(MEMBERS, seed=1).sample(5, seed=1)
    assert caught.value.stderr.split() == ["/r/libs", "/home/r"]
