"""B Fig. 7 with the parameters that the paper prints: the two-term rule in a sparse spiking network.

(B) Spikes of a tenth of the units, population rates and membrane potentials of one E and one I unit (spikes
drawn as bars) at four stages of training. (C) Population rates, moving average over five trials. (D) Mean weights.
(E) Final weights among the first tenth of the units, inhibition negative. (F, G) Summed inhibitory against
excitatory weight onto each E and each I unit before training, (J, K) after it. (H) Rates of the units in the last
trial; dashed: set-points. (I) Rate of the I units while a current enters all of them (grey), mean over the trials
that stay active; in the legend how many fell silent. (L) Mean squared error of unit rates before and after
training from other initial weights. (A) of the paper is a drawing.
"""

import itertools
import json

import matplotlib.pyplot as plt
import numpy as np

from eiplast.figure import rates, style

_colours = {"E": style.E_colour, "I": style.I_colour}


def plot(trained, paradox, robustness):
    """Panels B to L."""
    figure = plt.figure(figsize=(7.4, 9.6), layout="constrained")
    stages, courses, matrix, results = figure.subfigures(4, 1, height_ratios=(4, 1.9, 2.1, 2.1))
    stages.suptitle(_parameters(trained), fontsize=7)
    _stages(stages, trained)
    left, right = courses.subplots(1, 2)
    _rates(left, trained)
    _weights(right, trained)
    axes = matrix.subplots(1, 4)
    _matrix(axes[0], trained)
    _balance(axes[1], trained, "E", "initial", "F")
    _balance(axes[2], trained, "I", "initial", "G")
    _distribution(axes[3], trained)
    axes = results.subplots(1, 4)
    _paradox(axes[0], paradox)
    _balance(axes[1], trained, "E", "final", "J")
    _balance(axes[2], trained, "I", "final", "K")
    _errors(axes[3], robustness)
    return figure


def _parameters(ds):
    """The parameters in which the paper's figure and its text differ."""
    p = json.loads(ds.attrs["spec"])
    bounds = f"{p['W_min']:g} to {p['W_max']:g} pA" if p["W_max"] else f"{p['W_min']:g} pA or more"
    periods = f"refractory periods {p['tau_ref_E']:g} and {p['tau_ref_I']:g} ms"
    return rf"{periods}; $\alpha$ = {p['alpha']:g} pA/Hz$^2$; weights {bounds}"


def _stages(figure, ds):
    n = max(ds.sizes["record"] - 1, 1)
    axes = figure.subplots(3, n, sharex=True, sharey="row", squeeze=False, height_ratios=(3, 2, 2))
    for column in range(n):
        raster, rate, potential = axes[:, column]
        raster.set_title(f"trial {ds.record.values[column]}")
        _raster(raster, ds, column)
        _psth(rate, ds, column)
        _potential(potential, ds, column)
        potential.set_xlabel("time (s)")
    axes[0, 0].set_title("B", loc="left", fontweight="bold", fontsize=10, x=-0.15)
    axes[0, 0].set_ylabel("units")
    axes[0, 0].set_yticks([])
    axes[1, 0].set_ylabel("rate (Hz)")
    axes[2, 0].set_ylabel("V (mV)")


def _spikes(ds, x, record):
    chosen = ds[f"spike_record_{x}"].values == record
    return ds[f"spike_unit_{x}"].values[chosen], ds[f"spike_time_{x}"].values[chosen] / 1e3


def _raster(ax, ds, record):
    base = 0
    for x in "IE":
        units, times = _spikes(ds, x, record)
        shown = units % 10 == 0
        ax.plot(
            times[shown],
            base + units[shown] // 10,
            ".",
            ms=1.6,
            mew=0,
            color=_colours[x],
            rasterized=True,
        )
        base += ds.sizes[f"unit_{x}"] // 10
    ax.set_ylim(-1, base)


def _psth(ax, ds, record):
    edges = np.arange(0, json.loads(ds.attrs["spec"])["duration"] / 1e3 + 0.001, 0.01)
    for x in "EI":
        counts = np.histogram(_spikes(ds, x, record)[1], edges)[0]
        ax.plot(
            edges[:-1] + 0.005, counts / 0.01 / ds.sizes[f"unit_{x}"], color=_colours[x], lw=0.7
        )


def _potential(ax, ds, record):
    for x, shift in (("E", 0), ("I", 40)):
        units, times = _spikes(ds, x, record)
        trace = ds[f"v_{x}"][record] + shift
        ax.plot(ds.time / 1e3, trace, color=_colours[x], lw=0.5, rasterized=True)
        ax.vlines(times[units == 0], 20 + shift, 34 + shift, color=_colours[x], lw=0.5)
    ax.set_yticks([0, 20, 40, 60], ["0", "20", "0", "20"])


def _rates(ax, ds):
    spec = json.loads(ds.attrs["spec"])
    for x in "EI":
        smooth = np.convolve(ds[f"{x}_mean"], np.full(5, 0.2), "valid")
        ax.plot(
            ds.trial[2 : 2 + len(smooth)],
            smooth,
            color=_colours[x],
            lw=0.8,
            label=x,
            rasterized=True,
        )
        ax.axhline(spec[f"{x}_set"], color=_colours[x], ls="--", lw=0.7)
    ax.set(xlabel="trial", ylabel="rate (Hz)", ylim=(0, None))
    ax.legend(loc="center left")
    style.letter(ax, "C")


def _weights(ax, ds):
    for c, line in rates.weight_lines.items():
        ax.plot(ds.trial, ds[f"W_{c}"], label=f"$W_{{{c}}}$", **line)
    ax.set(xlabel="trial", ylabel="mean weight (pA)", ylim=(0, None))
    ax.legend(loc="upper left", ncols=4, columnspacing=0.8, handlelength=1)
    ax.set_ylim(0, ax.get_ylim()[1] * 1.15)
    style.letter(ax, "D")


def _matrix(ax, ds):
    n = {x: ds.sizes[f"unit_{x}"] // 10 for x in "EI"}
    start = {"E": 0, "I": n["E"]}
    W = np.zeros((n["E"] + n["I"],) * 2)
    for c in rates.weight_lines:
        post, pre = ds[f"post_{c}"].values, ds[f"pre_{c}"].values
        shown = (post < n[c[0]]) & (pre < n[c[1]])
        sign = 1 if c[1] == "E" else -1
        W[start[c[0]] + post[shown], start[c[1]] + pre[shown]] = sign * ds[f"w_{c}"].values[shown]
    limit = np.abs(W).max()
    image = ax.imshow(W, cmap=style.weights_map, vmin=-limit, vmax=limit, interpolation="nearest")
    ax.set(xticks=[n["E"] / 2, n["E"] + n["I"] / 2], xticklabels=["E", "I"], xlabel="from")
    ax.set(yticks=[n["E"] / 2, n["E"] + n["I"] / 2], yticklabels=["E", "I"], ylabel="onto")
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label="pA", location="bottom")
    style.letter(ax, "E")


def _balance(ax, ds, x, stage, letter):
    E, I = (ds[f"sum_{x}{pre}"].sel(stage=stage) for pre in "EI")
    r2 = float(ds[f"balance_r2_{x}"].sel(stage=stage))
    ax.plot(E, I, ".", ms=1, color=_colours[x], alpha=0.6, rasterized=True)
    ax.set(xlabel=f"E onto {x} (nA)", ylabel=f"I onto {x} (nA)")
    ax.set_title(f"{stage}, $r^2$ = {r2:.2f}", fontsize=7)
    style.letter(ax, letter)


def _distribution(ax, ds):
    spec = json.loads(ds.attrs["spec"])
    rates_E, rates_I = (ds[f"rate_{x}"][-1].values for x in "EI")
    # A unit fires whole spikes: bins of another width would hold one or two rates by turns.
    step = np.diff(np.unique(np.r_[rates_E, rates_I].round(3))).min(initial=1)
    edges = np.arange(-0.5, max(30, rates_E.max(), rates_I.max()) / step + 1) * step
    for x, values in (("E", rates_E), ("I", rates_I)):
        ax.hist(values, edges, density=True, color=_colours[x], alpha=0.6)
        ax.axvline(spec[f"{x}_set"], color=_colours[x], ls="--", lw=0.8)
    ax.set(xlabel="rate (Hz)", ylabel="density", xlim=(0, 30))
    style.letter(ax, "H")


def _paradox(ax, ds):
    spec = json.loads(ds.attrs["spec"])
    time = (ds.time.values + spec["bin"] / 2) / 1e3
    start, stop = spec["step_start"] / 1e3, spec["step_stop"] / 1e3
    shown_s = start - (stop - start), min(stop + (stop - start), spec["duration"] / 1e3)
    inside = (time >= shown_s[0]) & (time <= shown_s[1])
    shown = ds.isel(adaptation=0)
    for k, colour in enumerate(plt.cm.Reds(np.linspace(0.35, 1, ds.sizes["current"]))):
        active = shown.silent[k].values == 0
        label = f"{ds.current.values[k]:g} pA"
        if not active.all():
            label += f" ({(~active).sum()} of {active.size} silent)"
        mean = shown.I[k].values[active].mean(0) if active.any() else np.full(len(time), np.nan)
        ax.plot(time[inside], mean[inside], color=colour, lw=0.6, label=label)
    ax.axvspan(start, stop, color="0.92", zorder=0)
    ax.set(xlim=shown_s, xlabel="time (s)", ylabel="rate of I (Hz)")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + (high - low) * 0.7)  # room for the legend
    ax.legend(loc="upper left", fontsize=6, handlelength=1)
    words = "with" if ds.adaptation.values[0] else "without"
    ax.set_title(f"{words} adaptation", fontsize=7)
    style.letter(ax, "I")


def _errors(ax, ds):
    colours = plt.cm.viridis(np.linspace(0, 0.85, len(ds.network)))
    errors = np.stack([ds.MSE_initial, ds.MSE_final]).astype(float)
    heights = _apart(errors[1], np.log(errors.max() / errors.min()) / 12)
    for name, colour, values, height in zip(
        ds.network.values, colours, errors.T, heights, strict=True
    ):
        ax.plot((0, 1), values, "o-", ms=3, lw=0.8, color=colour)
        value = values[1]
        label = name.removeprefix("network_").replace("_", " ")
        ax.plot((1, 1.35), (value, height), ":", lw=0.5, color=colour)
        ax.text(1.4, height, label, color=colour, fontsize=6, va="center")
    ax.set(xticks=(0, 1), xticklabels=("initial", "final"), xlim=(-0.3, 2), yscale="log")
    ax.set_ylabel("MSE (Hz$^2$)")
    style.letter(ax, "L")


def _apart(values, gap):
    """Heights near values, on a logarithmic axis, of labels that do not cover each other."""
    heights = np.log(values)
    order = np.argsort(heights)
    for below, above in itertools.pairwise(order):
        heights[above] = max(heights[above], heights[below] + gap)
    return np.exp(heights)
