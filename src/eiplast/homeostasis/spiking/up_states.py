"""Up-states and the rates of units from the spikes of one trial: B SI, implementation of the spiking model.

spikes : dict of E and I, each a pair of arrays: unit numbers and times (ms) of all spikes
"""

import numpy as np
from jaxtyping import Float, Int, Real


def detect(times: Float[np.ndarray, " n_spikes"], p) -> Float[np.ndarray, "n_up 2"]:
    """Start and stop (ms) of every Up-state: contiguous time of nonzero rate.

    ASSUME: nonzero rate of the inhibitory units in bins of `bin`; pauses up to `up_gap` are bridged and
    Up-states up to `up_min` are dropped, as in the authors' code.
    """
    active = np.flatnonzero(np.bincount((times / p["bin"]).astype(int)))
    if not active.size:
        return np.empty((0, 2))
    last = np.flatnonzero(np.diff(active) - 1 > p["up_gap"] / p["bin"])
    starts = active[np.r_[0, last + 1]] * p["bin"]
    stops = (active[np.r_[last, -1]] + 1) * p["bin"]
    long = stops - starts > p["up_min"]
    return np.stack([starts[long], stops[long]], axis=1)


def unit_rates(
    spikes: dict, ups: Float[np.ndarray, "n_up 2"], p
) -> dict[str, Float[np.ndarray, " _n"]]:
    """Rate of each unit (Hz), a dict of E and I: mean over the Up-states of a trial."""
    if not len(ups):
        return _rates_without_up(spikes, p)
    rates = {}
    for x, (units, times) in spikes.items():
        counts = [
            np.bincount(units[(times > start) & (times < stop)], minlength=p[f"n_{x}"])
            for start, stop in ups
        ]
        rates[x] = (1e3 * np.array(counts) / np.diff(ups)).mean(0)
    return rates


def _rates_without_up(spikes, p):
    """ASSUME, the paper is silent: spikes over the time in which either class was active, and the kicked
    units count as the mean of the others; from the authors' code."""
    bins = max(np.unique((times / p["bin"]).astype(int)).size for _, times in spikes.values())
    seconds = max(bins, 1) * p["bin"] / 1e3
    rates = {
        x: np.bincount(units, minlength=p[f"n_{x}"]) / seconds for x, (units, _) in spikes.items()
    }
    rates["E"][: p["n_kicked"]] = rates["E"][p["n_kicked"] :].mean()
    return rates


def interval_sums(
    spikes: tuple[Int[np.ndarray, " n_spikes"], Float[np.ndarray, " n_spikes"]],
    ups: Float[np.ndarray, "n_up 2"],
    n,
) -> Real[np.ndarray, "3 {n}"]:
    """Number, sum and sum of squares of the inter-spike intervals of each unit (ms) in Up-states.

    Integers where there are none.
    """
    units, times = spikes
    inside = np.zeros(len(times), int)
    for k, (start, stop) in enumerate(ups):
        inside[(times > start) & (times < stop)] = k + 1
    order = np.lexsort((times, units))[inside[np.lexsort((times, units))] > 0]
    same = (np.diff(units[order]) == 0) & (np.diff(inside[order]) == 0)
    interval, unit = np.diff(times[order])[same], units[order][1:][same]
    return np.stack([np.bincount(unit, interval**k, minlength=n) for k in range(3)])


def cv(sums: Real[np.ndarray, "3 n"]) -> Float[np.ndarray, " n"]:
    """Coefficient of variation of the intervals of each unit, NaN below two intervals."""
    count, total, squares = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        variance = np.maximum(squares / count - mean**2, 0)
        return np.where(count > 1, np.sqrt(variance) / mean, np.nan)
