"""A rule that explodes: its network is lost, the others are not, and a figure says so."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from eiplast import finite
from eiplast.figure import rates
from eiplast.homeostasis import plasticity
from eiplast.homeostasis.rate import simulate


@pytest.fixture(scope="module")
def exploded(paper):
    """Three networks; to the second the rule gives no number."""
    rule = plasticity.RULES["two_term"]

    def explodes(E, I, E_pre, I_pre, W, A, p):
        dW = rule(E, I, E_pre, I_pre, W, A, p)
        factor = np.where(np.arange(len(E)) == 1, np.nan, 1.0)[:, None, None]
        return {c: dW[c] * factor for c in dW}

    weights = {"W_EE": 5.0, "W_EI": 1.52, "W_IE": 10.0, "W_II": 2.25}
    run = {"n_E": 1, "n_I": 1, "n_init": 3, "n_trials": 3, "alpha": 1e-4, "beta": 1e-4} | weights
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(plasticity.RULES, "two_term", explodes)
        return simulate.run(paper["homeostasis"]["rate"] | run | {"rule": "two_term"})


def test_a_rule_that_gives_no_number_loses_its_network_alone(exploded):
    assert finite.lost(exploded).values.tolist() == [False, True, False]
    (note,) = finite.notes(exploded)
    assert "1 of 3 networks" in note


def test_a_figure_counts_them_apart_and_shows_no_mean_of_them(exploded):
    """Whatever a kernel made of their rates."""
    silent = exploded.assign(outcome=exploded.outcome.copy(data=np.ones(3, "i1")))
    assert rates.outcomes(silent) == "2 silent;  1 infinite or no number"
    axes = plt.figure().add_subplot()
    shown = silent.assign(E_last=silent.E_last.copy(data=[2.0, 50.0, 4.0])).assign_attrs(
        spec='{"E_set": 5.0}'
    )
    rates.ends(axes, 0, shown, "E", "red")
    dots, mean = axes.lines[0].get_ydata(), axes.containers[0].lines[0].get_ydata()
    assert (list(dots), list(mean)) == ([2, 4], [3])
    plt.close("all")
