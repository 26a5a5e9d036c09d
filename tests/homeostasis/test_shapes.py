"""What annotations say of arrays is held: a wrong shape or kind raises where the array is given."""

import sys
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

import eiplast
from eiplast.homeostasis import plasticity
from eiplast.homeostasis.rate import model, results
from eiplast.homeostasis.spiking import up_states
from eiplast.homeostasis.stability import analysis

source = Path(eiplast.__file__).parents[1]
p = {"E_set": 5.0, "I_set": 14.0, "E_max": 100.0, "I_max": 250.0, "alpha": 1e-4, "beta": 1e-4}
p |= {"label_trials": 2, "tolerance": 0.1, "rate_floor": 1.0}
p |= {f"alpha_{c}": 1e-4 for c in ("EE", "EI", "IE", "II")}
E, I = np.ones((2, 4)), np.ones((2, 3))
A = {"EE": np.ones((4, 4)), "EI": np.ones((4, 3)), "IE": np.ones((3, 4)), "II": np.ones((3, 3))}
W = {c: np.stack([A[c], A[c]]) for c in A}
network = {"E": E, "I": I, "E_pre": E, "I_pre": I, "W": W, "A": A, "p": p}
rates = {"E": E, "I": E, "p": p}
spikes = {"spikes": (np.zeros(5, int), np.ones(5)), "ups": np.ones((1, 2)), "n": 3}


def _raises_for(wrong, function, right):
    function(**right)
    with pytest.raises(jaxtyping.TypeCheckError):
        function(**right | wrong)


@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        (plasticity.two_term, network, {"E_pre": E[:, :1]}),
        (plasticity.two_term, network, {"I": I[0]}),
        (plasticity.two_term, network, {"A": W}),
        (plasticity.synaptic_scaling, network, {"W": A}),
        (results.label, rates, {"I": I}),
        (results.label, rates, {"E": E.astype(int)}),
        (up_states.interval_sums, spikes, {"ups": np.ones(2)}),
        (up_states.interval_sums, spikes, {"spikes": (np.zeros(5), np.ones(5))}),
        (up_states.cv, {"sums": np.ones((3, 8))}, {"sums": np.ones((8, 3))}),
        (analysis.quasi_steady_state, {"full": np.ones((7, 6, 6))}, {"full": np.ones((7, 4, 4))}),
    ],
)
def test_a_wrong_array_raises(function, right, wrong):
    _raises_for(wrong, function, right)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": (np.zeros((2, 2)), np.zeros((1, 2)))},
        {"W": dict.fromkeys(A, np.ones((1, 1, 1)))},
        {"current": np.zeros((4, 2))},
        {"normal": np.zeros((2, 5, 1), np.float32)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_rate_model_takes_arrays_that_fit_each_other(rate_spec, wrong):
    right = {
        "state": (np.zeros((2, 2)), np.zeros((2, 2))),
        "W": dict.fromkeys(A, np.ones((2, 1, 1))),
        "current": np.zeros((5, 2)),
        "normal": np.zeros((2, 5, 2), np.float32),
    }
    _raises_for(wrong, model.integrate, right | {"p": rate_spec, "every": 6})


def test_no_annotation_goes_unheld():
    hooks = [finder for finder in sys.meta_path if hasattr(finder, "should_instrument")]
    for path in (source / "eiplast").rglob("*.py"):
        if "from jaxtyping import" in path.read_text(encoding="utf-8"):
            module = ".".join(path.relative_to(source).with_suffix("").parts)
            assert any(hook.should_instrument(module) for hook in hooks), module
