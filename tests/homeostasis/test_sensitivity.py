"""Sizes of what choices change, on differences whose answer is known."""

import numpy as np
import pytest
import xarray as xr

from eiplast.table import b_sensitivity, effect


def _run(variants, n_init):
    shift = np.arange(n_init) % 2  # 0, 1, 0, 1
    values = np.stack([i + shift * (i > 0) for i in range(len(variants))])
    names = ("E_last_effect", "I_last_effect", "converged_effect")
    return xr.Dataset(
        {name: (("variant", "init"), values) for name in names}, {"variant": variants}
    )


def test_a_size_and_no_verdict_for_every_variant():
    example = _run(["paper", "code_W_II"], 1)
    table = b_sensitivity.table(_run(["paper", "no_noise"], 10), example, example)
    assert list(table.variant) == ["no_noise"] * 3 + ["code_W_II"] * 6
    first, last = table.iloc[0], table.iloc[-1]
    assert (first.difference, first.n) == (1.5, 10)
    assert first.ci_high - first.difference == pytest.approx(2.2622 * np.sqrt(0.25 / 9), rel=1e-3)
    assert (last.difference, last.n) == (1, 1)
    text = b_sensitivity.layout(table).difference
    assert text.iloc[0] == "+1.5 [+1.1, +1.9] (n = 10)"
    assert text.iloc[-1] == "+1 (n = 1)"


def test_two_differences_have_an_interval_and_one_has_none():
    """Student's t for one degree of freedom: 12.706 standard errors on each side."""
    two, one, none = (effect.size(np.array(x)) for x in ([1.0, 3.0], [2.0], []))
    assert (two["difference"], two["n"]) == (2, 2)
    assert two["ci_high"] - 2 == 2 - two["ci_low"] == pytest.approx(12.706, rel=1e-4)
    assert (one["difference"], one["n"], none["n"]) == (2, 1, 0)
    assert np.isnan([one["ci_low"], one["ci_high"], none["difference"]]).all()
