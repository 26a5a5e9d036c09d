"""Networks of the rate models as a Dataset: histories, how each network ends, numbers for the comparison."""

import numpy as np
import xarray as xr
from jaxtyping import Float, Int8

from eiplast.homeostasis import neural
from eiplast.homeostasis.rate import protocol

_hz, _one = {"units": "Hz"}, {"units": "1"}

# Ends of the theoretical balance lines, as summed weights from E.
_line = [0.0, 20.0]

OUTCOMES = ["converged", "silent", "saturated", "diverging", "off_target"]


def dataset(spec, batches):
    """Dataset of one run without variants from the dicts of `simulate.simulate`, in order."""

    def joined(key):
        return np.concatenate([batch[key] for batch in batches])

    means, first = joined("means"), batches[0]
    ds = xr.Dataset(coords=_coordinates(spec, first))
    for i, population in enumerate("EI"):
        about = f"low-passed mean rate of {population}, which the rule sees"
        average = _low_pass(means[:, :, -1, i], spec["tau_trial"])
        _put(ds, f"{population}_average", "init trial", average, "Hz", about)
        _put(
            ds,
            f"{population}_mean",
            "init trial",
            means[:, :, -1, i],
            "Hz",
            f"mean rate of {population}",
        )
        _put_units(ds, spec, population, joined("average"), first)
        if "step" in spec:
            _put_step(ds, spec, population, means[..., i])
    for i, c in enumerate(neural.CLASSES):
        name = f"summed weight onto a unit of {c[0]} from {c[1]}, mean over units"
        _put(ds, f"W_{c}", "init trial", joined("summed")[:, :, i], "1", name)
        snapshots = np.stack([weights[c] for weights in first["snapshots"]])
        dims = f"snapshot unit_{c[0]} pre_{c[1]}"
        _put(
            ds, f"W_{c}_units", dims, snapshots, "1", f"weights onto {c[0]} from {c[1]}, network 0"
        )
    if "imprint" in spec:
        _put_memory(ds, spec, joined("contrast"))
    if spec["rule"] != "none":
        W = {c: np.concatenate([batch["W"][c] for batch in batches]) for c in neural.CLASSES}
        _put_numbers(ds, spec, W)
    return ds


def join(datasets, reference):
    """Datasets of the variants of a run along `variant`; effects are differences from `reference`."""
    names = xr.Variable("variant", list(datasets), _one | {"long_name": "changed parameters"})
    ds = xr.concat(
        datasets.values(), dim=names, coords="minimal", compat="override", join="override"
    )
    for name in ("E_last", "I_last", "converged"):
        if name in ds:
            effect = ds[name].astype(float) - ds[name].sel(variant=reference, drop=True)
            about = f"{ds[name].attrs['long_name']}: difference from {reference}, same noise"
            ds[f"{name}_effect"] = effect.assign_attrs(
                units=ds[name].attrs["units"], long_name=about
            )
    return ds


def label(
    E: Float[np.ndarray, "k n_trials"], I: Float[np.ndarray, "k n_trials"], p
) -> Int8[np.ndarray, " k"]:
    """Index into OUTCOMES for each network: the paper is silent on failures, so they are named here.

    E, I : mean rates (Hz). Judged by the mean over the last `label_trials`: converged,
    both within the relative `tolerance` of their set-points; silent, both below the larger of
    `rate_floor` and 1 Hz; saturated, one above nine tenths of its maximum; diverging, where the larger
    relative error grew since the `label_trials` before; else off target.
    """
    n = min(p["label_trials"], max(1, E.shape[1] // 2))
    (before_E, last_E), (before_I, last_I) = (
        (rate[:, -2 * n : max(n, rate.shape[1] - n)].mean(1), rate[:, -n:].mean(1))
        for rate in (E, I)
    )
    error = _error(last_E, last_I, p)
    floor = max(p["rate_floor"], 1.0)
    conditions = [
        error <= p["tolerance"],
        (last_E < floor) & (last_I < floor),
        (last_E > 0.9 * p["E_max"]) | (last_I > 0.9 * p["I_max"]),
        error > _error(before_E, before_I, p),
    ]
    return np.select(conditions, range(4), 4).astype("i1")


def flags(about):
    """Attributes of a variable that holds labels."""
    meanings = {
        "flag_values": np.arange(len(OUTCOMES), dtype="i1"),
        "flag_meanings": " ".join(OUTCOMES),
    }
    return meanings | _one | {"long_name": about}


def _error(E, I, p):
    return np.maximum(abs(E / p["E_set"] - 1), abs(I / p["I_set"] - 1))


def trials_to_convergence(
    E: Float[np.ndarray, "k n_trials"], I: Float[np.ndarray, "k n_trials"], p
) -> Float[np.ndarray, " k"]:
    """Trials after which the mean rates over `label_trials` stay at the set-points; NaN where they do not.

    E, I : mean rates (Hz).
    """
    n = min(p["label_trials"], E.shape[1])
    windows = [np.lib.stride_tricks.sliding_window_view(rate, n, 1).mean(-1) for rate in (E, I)]
    off = _error(*windows, p) > p["tolerance"]
    last_off = off.shape[1] - np.argmax(off[:, ::-1], 1)
    trials = np.where(off.any(1), last_off + n - 1.0, n - 1.0)
    return np.where(off[:, -1], np.nan, trials)


def _put(ds, name, dims, values, units, about):
    ds[name] = (dims.split(), np.asarray(values), {"units": units, "long_name": about})


def _low_pass(rates, tau):
    """Low-pass over the second axis, from zero: B SI Supplementary Methods."""
    average, averages = np.zeros(len(rates), rates.dtype), []
    for rate in rates.T:
        average = average + (rate - average) / tau
        averages.append(average)
    return np.stack(averages, 1)


def _coordinates(spec, first):
    axes = {
        "init": (np.arange(spec["n_init"]), "initialisation"),
        "trial": (np.arange(spec["n_trials"]), "trial"),
        "unit_E": (np.arange(spec["n_E"]), "excitatory unit"),
        "unit_I": (np.arange(spec["n_I"]), "inhibitory unit"),
        "pre_E": (np.arange(spec["n_E"]), "presynaptic excitatory unit"),
        "pre_I": (np.arange(spec["n_I"]), "presynaptic inhibitory unit"),
        "record": (protocol.recorded(spec), "recorded trial of network 0"),
        "snapshot": (
            [*protocol.recorded(spec), spec["n_trials"]],
            "trial with these weights; the last: after all trials",
        ),
    }
    time = (np.arange(len(first["traces"][0])) + 1) * spec["record_dt"]
    about = {"units": "ms", "long_name": "time from the start of a trial"}
    return {
        name: (name, np.asarray(values), _one | {"long_name": long_name})
        for name, (values, long_name) in axes.items()
    } | {"time": ("time", time, about)}


def _put_units(ds, spec, population, average, first):
    """Rates of the units of one class: the last of every network, all trials and traces of network 0."""
    n_E = spec["n_E"]
    of_class = slice(0, n_E) if population == "E" else slice(n_E, None)
    unit, of = f"unit_{population}", f"of {population}"
    traces = np.stack(first["traces"])[..., of_class].astype("f4")
    _put(ds, population, f"record time {unit}", traces, "Hz", f"rate {of}, network 0")
    units = first["units"][:, of_class]
    _put(ds, f"{population}_units", f"trial {unit}", units, "Hz", f"mean rate {of}, network 0")
    about = f"rate {of} averaged over the last trials"
    _put(ds, f"{population}_final", f"init {unit}", average[:, of_class], "Hz", about)


def _put_step(ds, spec, population, means):
    """Mean rate in the half-length before the step, in its second half, and the difference."""
    step = spec["step"]
    half = (step["stop"] - step["start"]) / 2
    before = protocol.stretch_means(spec, means, step["start"] - half, step["start"])
    during = protocol.stretch_means(spec, means, step["stop"] - half, step["stop"])
    name = f"mean rate of {population}"
    _put(ds, f"{population}_before", "init trial", before, "Hz", f"{name} before the step")
    _put(ds, f"{population}_during", "init trial", during, "Hz", f"{name} late in the step")
    about = f"change of the {name} by the step"
    _put(ds, f"{population}_change", "init trial", during - before, "Hz", about)


def _put_memory(ds, spec, contrast):
    about = "mean weight among the imprinted E units over the mean of all others"
    _put(ds, "memory_contrast", "init trial", contrast, "1", about)
    trial = spec["imprint"]["trial"]
    for name, at in (("before", trial - 1), ("imprinted", trial), ("end", -1)):
        _put(ds, f"memory_{name}", "init", contrast[:, at], "1", f"{about}, {name}")
    added = contrast[:, trial] - contrast[:, trial - 1]
    kept = (contrast[:, -1] - contrast[:, trial - 1]) / added
    _put(ds, "memory_kept", "init", kept, "1", "share of the imprinted contrast left at the end")


def _put_numbers(ds, spec, W):
    """How each network starts and ends, and the numbers of the comparison."""
    E, I = ds.E_mean.values, ds.I_mean.values
    p = spec | {"label_trials": min(spec["label_trials"], max(1, spec["n_trials"] // 2))}
    for name, labels in (
        ("outcome", label(E, I, p)),
        ("outcome_start", label(E[:, :1], I[:, :1], p)),
    ):
        about = (
            "how the network ends" if name == "outcome" else "how it begins, from its first trial"
        )
        ds[name] = ("init", labels, flags(about))
    start = ds.outcome_start.values
    _put(ds, "starts_silent", "init", (start == 1).astype("i1"), "1", "begins silent")
    _put(ds, "starts_saturated", "init", (start == 2).astype("i1"), "1", "begins saturated")
    about = f"both mean rates within {p['tolerance']:.0%} of their set-points at the end"
    _put(ds, "converged", "init", (ds.outcome.values == 0).astype("i1"), "1", about)
    about = "trials until both mean rates stay at their set-points"
    _put(ds, "trials_to_convergence", "init", trials_to_convergence(E, I, p), "1", about)
    n = p["label_trials"]
    for population, rate in (("E", E), ("I", I)):
        about = f"mean rate of {population} over the last {n} trials"
        _put(ds, f"{population}_last", "init", rate[:, -n:].mean(1), "Hz", about)
    growth = _error(E[:, -n:].mean(1), I[:, -n:].mean(1), p) - _error(
        E[:, :n].mean(1), I[:, :n].mean(1), p
    )
    about = f"larger relative error of the rates, last {n} trials less first {n}"
    _put(ds, "error_growth", "init", growth, "1", about)
    _put_units_numbers(ds, p)
    _put_balance(ds, p, W)


def _put_units_numbers(ds, p):
    near = []
    for population in "EI":
        final = ds[f"{population}_final"].values
        near.append(abs(final / p[f"{population}_set"] - 1) <= p["tolerance"])
        if final.shape[1] > 1:
            about = f"standard deviation over units of the last rates of {population}"
            _put(ds, f"{population}_spread", "init", final.std(1, ddof=1), "Hz", about)
    about = f"share of units within {p['tolerance']:.0%} of their set-point at the end"
    _put(ds, "units_at_set_point", "init", np.concatenate(near, 1).mean(1), "1", about)


def _put_balance(ds, p, W):
    """Final weights against the line of B Eqs. (4), (5), and the slope over converged networks."""
    for post, free in (("E", "EE"), ("I", "IE")):
        inhibition, excitation = W[f"{post}I"].sum(-1), W[free].sum(-1)
        error = inhibition - neural.balanced(post, excitation, p)
        about = f"summed weight onto {post} from I less that of the balance line, "
        _put(ds, f"balance_error_{post}", "init", error.mean(1), "1", about + "mean over units")
        if error.shape[1] > 1:
            spread = error.std(1, ddof=1)
            _put(ds, f"balance_spread_{post}", "init", spread, "1", about + "spread over units")
        slopes = _slopes(excitation.mean(1), inhibition.mean(1), ds.converged.values == 1)
        about = f"balanced weight onto {post} from I, for `line` from E"
        line = neural.balanced(post, np.array(_line), p)
        _put(ds, f"line_{post}", "line", line, "1", about)
        about = (
            f"slope of the last summed weights onto {post}, I against E, over converged networks"
        )
        _put(ds, f"balance_slope_{post}", "share", slopes, "1", about)
    ds["line"] = ("line", np.array(_line), _one | {"long_name": "summed weight from E"})
    ds["share"] = (
        "share",
        np.arange(len(slopes)),
        _one | {"long_name": "share of the initialisations"},
    )


def _slopes(x, y, chosen):
    """Least-squares slope in each of at most ten shares of the initialisations: independent values."""
    slopes = np.full(max(1, min(10, len(x) // 4)), np.nan)
    for i, part in enumerate(np.array_split(np.arange(len(x)), len(slopes))):
        part = part[chosen[part]]
        if len(part) > 2:
            slopes[i] = np.polyfit(x[part], y[part], 1)[0]
    return slopes
