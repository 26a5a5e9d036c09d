"""Why the line of balance of a trained spiking network is steeper than E_set / I_set: B Fig. 7J, K.

Units that only listen stand beside the trained network: each takes its excitation as one unit does and its
inhibition as another, so that rates differ. The line of summed weights along which they do not is found twice:
with the synapses themselves (`own`), more of which bring more drive and larger fluctuations of it, and with
fluctuations that are alike (`alike`), where a difference in drive comes from synapses too weak to add any.
"""

import json
import sys

import numpy as np
import xarray as xr
from jaxtyping import Float
from tqdm import tqdm

from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import paradox, train, trials, up_states

_kinds = ["own", "alike"]


def run(spec, trained):
    """`n_pairings` random pairings of excitation and inhibition, `n_trials` trials each, without plasticity.

    spec : the block ``balance`` and a run of ``balance_runs``. trained : Dataset of `train`.
    """
    p = json.loads(trained.attrs["spec"])
    synapses, w = paradox.network(trained, p)
    n = {x: p[f"n_{x}"] for x in "EI"}
    crowd = p | {f"n_{x}": (1 + len(_kinds)) * n[x] for x in "EI"}
    rates, slopes = np.empty((2, len("EI"), len(_kinds), spec["n_pairings"]))
    for k in tqdm(range(spec["n_pairings"]), file=sys.stderr, mininterval=10):
        rng = np.random.default_rng([spec["seed"], k])
        *network, sums = listeners(synapses, w, n, rng)
        first = k * spec["n_trials"]
        found = _rates(crowd, *network, spec, range(first, first + spec["n_trials"]))
        for i, x in enumerate("EI"):
            of_kind = found[x].reshape(-1, n[x])[1:]
            rates[i, :, k] = of_kind.mean(1)
            slopes[i, :, k] = [level_slope(sums[f"{x}E"], sums[f"{x}I"], r) for r in of_kind]
    return _dataset(rates, slopes)


def listeners(synapses, w, n, rng):
    """Synapses and weights of the network with its listeners, and what these sum up, a dict by class (pA).

    n : dict of E and I, the numbers of units. Of each class come first the units themselves, then as many
    listeners of each kind; listener u has the excitation of unit u and the inhibition of a unit drawn for it.
    """
    crowd, weights, sums = {}, {}, {}
    for c in neural.CLASSES:
        post, weight = synapses[c]["post"], w[c]
        m, units = n[c[0]], np.arange(n[c[0]])
        total = np.bincount(post, weight, m)
        of = units if c[1] == "E" else rng.permutation(m)
        sums[c] = total[of]
        # Of `alike`: all synapses of one unit, and those of another weighted by what is missing.
        other, weak = rng.permutation(m), rng.permutation(m)
        missing = (sums[c] - total[other]) / total[weak]
        who = [units, *(np.argsort(unit) for unit in (of, other, weak))]
        places = [0, m, 2 * m, 2 * m]
        posts = [place + listener[post] for place, listener in zip(places, who, strict=True)]
        parts = {"post": np.concatenate(posts).astype(np.int32)}
        parts |= {name: np.tile(synapses[c][name], 4) for name in ("pre", "delay")}
        # As `model.connect` sorts them.
        order = np.lexsort((parts["post"], parts["delay"], parts["pre"]))
        crowd[c] = {name: part[order] for name, part in parts.items()}
        weights[c] = np.concatenate([weight, weight, weight, weight * missing[who[3][post]]])[order]
    return crowd, weights, sums


def _rates(p, synapses, w, spec, numbers):
    """Rate of every unit (Hz), a dict of E and I: mean over the trials `numbers`."""
    found = []
    with trials.simulator(p, synapses) as trial:
        for k in numbers:
            result = trial(train.trial_seed(spec, k), w, p["duration"], train.values(p))
            spikes = {x: result[x] for x in "EI"}
            units, times = spikes["I"]
            ups = up_states.detect(times[units < p["n_I"] // (1 + len(_kinds))], p)
            found.append(up_states.unit_rates(spikes, ups, p))
    return {x: np.mean([rates[x] for rates in found], 0) for x in "EI"}


def level_slope(
    sum_E: Float[np.ndarray, " n"], sum_I: Float[np.ndarray, " n"], rate: Float[np.ndarray, " n"]
) -> float:
    """dsum_I / dsum_E along which `rate` is the same, by least squares.

    Also where the rate is any monotone function of the difference, since the sums are independent and near normal.
    """
    A = np.stack([np.ones_like(sum_E), sum_E, sum_I], 1)
    _, by_E, by_I = np.linalg.lstsq(A, rate, rcond=None)[0]
    return -by_E / by_I


def _dataset(rates, slopes):
    dims = "kind", "pairing"
    ds = xr.Dataset()
    for i, x in enumerate("EI"):
        about = f"mean rate of the listeners among {x} units"
        ds[f"rate_{x}"] = dims, rates[i], {"units": "Hz", "long_name": about}
        sums = f"summed I against E weight onto {x} units"
        about = f"slope of {sums} along which the rate is the same"
        ds[f"slope_{x}"] = dims, slopes[i], {"units": "1", "long_name": about}
    about = {"units": "1", "long_name": "fluctuations of the synapses themselves, or alike"}
    ds["kind"] = "kind", _kinds, about
    about = {"units": "1", "long_name": "pairing of excitation and inhibition"}
    ds["pairing"] = "pairing", np.arange(slopes.shape[-1]), about
    return ds
