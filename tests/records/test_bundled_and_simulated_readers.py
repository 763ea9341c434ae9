"""Readers that need no file: scikit-learn's tables and the simulated cohort."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from synthaudit.audit.records import Cohort
from synthaudit.audit.records.readers import BundledTable, SimulatedCohort


def test_breast_cancer_comes_as_it_is():
    records = BundledTable().read().records
    assert (len(records), len(records.schema)) == (569, 31)
    np.testing.assert_array_equal(records.rest, load_breast_cancer().data)
    np.testing.assert_array_equal(records.column("target"), load_breast_cancer().target)


def test_diabetes_comes_in_its_own_units():
    records = BundledTable("diabetes").read().records
    np.testing.assert_array_equal(records.column("age"), load_diabetes(scaled=False).data[:, 0])
    assert records.schema["sex"].kind == "categorical"
    assert records.schema["age"].kind == "continuous"


def test_linnerud_is_twenty_men():
    assert BundledTable("linnerud").read().records.dense().shape == (20, 6)


def test_an_unknown_table_is_refused_with_a_suggestion(refusal):
    assert "did you mean 'diabetes'?" in str(refusal(lambda: BundledTable("diabetis").read()))


def test_a_simulated_source_is_a_draw_of_its_cohort():
    reader = SimulatedCohort(patients=300, codes=20, labs=2, seed=7)
    loaded = reader.read()
    assert loaded.records.fingerprint() == Cohort(patients=300, codes=20, labs=2).draw(seed=7).fingerprint()
    assert loaded.notes == ("300 patients simulated: population 0, seed 7",)
    assert reader.cohort == Cohort(patients=300, codes=20, labs=2)


def test_a_simulated_source_refuses_what_a_cohort_refuses():
    with pytest.raises(ValueError, match="expected codes > 0"):
        SimulatedCohort(codes=0)
