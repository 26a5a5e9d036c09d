"""Panels that the figures of paper B share: single trials, histories over trials, weights, final rates."""

import json

import numpy as np

from eiplast import finite, names
from eiplast.figure import style

populations = (("E", style.E_colour), ("I", style.I_colour))
# Weights from I are dashed: their colours are not the only cue.
weight_lines = {
    "EE": {"color": style.E_colour, "ls": "-"},
    "EI": {"color": "#fdae61", "ls": (0, (5, 1))},
    "IE": {"color": "#4575b4", "ls": "-"},
    "II": {"color": style.I_colour, "ls": (0, (5, 1))},
}
# Of many networks or units: one image in an SVG, not an element each.
dots = {"ls": "", "marker": "o", "ms": 2.5, "mew": 0, "rasterized": True}
active_above = 1  # Hz; mean rate of E in a trial that is not silent


def spec(ds):
    """Parameters of a run, or of the one variant that `ds` holds."""
    found = json.loads(ds.attrs["spec"])
    if "variant" in ds.coords and ds.variant.ndim == 0:
        found |= found["variants"][str(ds.variant.values)]
    return found


def trial(ax, ds, record=0):
    """Rates of E and I over one trial, time counted from the pulse, with the set-points dashed."""
    p = spec(ds)
    time = (ds.time - p["pulse_start"]) / 1000
    for population, colour in populations:
        rate = ds[population][record].mean(f"unit_{population}")
        ax.plot(time, rate, color=colour, lw=0.8, rasterized=True)
    set_points(ax, p)
    if p.get("step"):
        start, stop = ((p["step"][key] - p["pulse_start"]) / 1000 for key in ("start", "stop"))
        ax.axvspan(start, stop, color="0.9", zorder=0)
    ax.set(xlabel="time from the pulse (s)", ylabel="rate (Hz)", ylim=(0, None))


def set_points(ax, p, vertical=False):
    """Both set-points, dashed."""
    for population, colour in populations:
        line = ax.axvline if vertical else ax.axhline
        line(p[f"{population}_set"], color=colour, ls="--", lw=0.7, zorder=0.5)


def before_and_during(ax, ds, labels=("before", "during")):
    """Mean rates before and late in the step, mean and standard deviation over trials."""
    for population, colour in populations:
        values = [ds[f"{population}_{when}"].values.ravel() for when in ("before", "during")]
        mean, spread = np.mean(values, 1), np.std(values, 1, ddof=1)
        ax.errorbar((0, 1), mean, spread, color=colour, marker="o", ms=3, capsize=2)
    set_points(ax, spec(ds))
    ax.set(xticks=(0, 1), xticklabels=labels, xlim=(-0.4, 1.4), ylim=(0, None), ylabel="rate (Hz)")


def stepped(left, right, ds):
    """One trial with its step, which the title names, and beside it all trials before and during the step."""
    trial(left, ds)
    left.set_title(_step(spec(ds)))
    before_and_during(right, ds)
    right.set(ylabel="", ylim=left.get_ylim(), title=f"{ds.sizes['trial']} trials")


def _step(p):
    """What the step of a run changes, in symbols."""
    changed = {key: value for key, value in p["step"].items() if key not in ("start", "stop")}
    ((key, value),) = changed.items()
    if key.startswith("I_ext"):
        return f"current of {value:g} into {key[-1]}"
    return rf"$W_{{{key[2:]}}}$: {p[key]:g} $\to$ {value:g}"


def trials(axes, ds, draw=trial, seeds=None):
    """The recorded trials, one in each axes, counted from 1 as in the paper.

    seeds : the same network with many realisations of the noise; each title says how many are active.
    """
    for i, ax in enumerate(axes):
        if i >= ds.sizes["record"]:
            ax.set_axis_off()
            continue
        draw(ax, ds, i)
        title = f"trial {int(ds.record[i]) + 1}"
        if seeds is not None:
            active = seeds.E_mean.sel(trial=ds.record[i]) > active_above
            title += f"\nactive: {int(active.sum())} of {active.size}"
        ax.set_title(title)
        if i:
            ax.set_ylabel("")


def history(rate_ax, weight_ax, ds, init=0, seeds=None):
    """Low-passed mean rates and summed weights of one network across trials.

    seeds : the same network with many realisations of the noise, the middle half of which is a band.
    """
    x = ds.trial + 1
    for population, colour in populations:
        name = f"{population}_average"
        width = 0.6 if seeds is not None else 1.2
        rate_ax.plot(x, ds[name][init], color=colour, lw=width, label=population, rasterized=True)
        _band(rate_ax, seeds, name, colour)
    set_points(rate_ax, spec(ds))
    for c, line in weight_lines.items():
        weight_ax.plot(x, ds[f"W_{c}"][init], label=f"$W_{{{c}}}$", **line)
        _band(weight_ax, seeds, f"W_{c}", line["color"])
    rate_ax.set(ylabel="average rate (Hz)", ylim=(0, None))
    _cut_off(rate_ax, spec(ds))
    weight_ax.set(xlabel="trial", ylabel="weight", ylim=(0, None))
    style.legend_right(rate_ax)
    style.legend_right(weight_ax)


def _cut_off(ax, p):
    """An explosion would flatten all the rest; the title says how high it goes."""
    highest = max(np.max(line.get_ydata()) for line in ax.lines)
    if highest > 3 * p["I_set"]:
        ax.set_ylim(0, 3 * p["I_set"])
        ax.set_title(f"cut off; highest {highest:.0f} Hz", fontsize=6)


def _band(ax, seeds, name, colour):
    if seeds is not None:
        values = seeds[name]
        # To leave numbers out numpy goes from trial to trial, which takes seconds.
        low, high = values.quantile([0.25, 0.75], "init", skipna=bool(values.isnull().any()))
        area = {"alpha": 0.25, "lw": 0, "rasterized": True}
        ax.fill_between(seeds.trial + 1, low, high, color=colour, **area)


def errors(ax, ds):
    """Larger relative error of the mean rates of every network in each trial (grey), and their mean (black)."""
    p = spec(ds)
    off = [abs(ds[f"{name}_mean"] / p[f"{name}_set"] - 1) for name in "EI"]
    larger = 100 * np.maximum(*off)
    ax.plot(ds.trial + 1, larger.T, color="0.7", lw=0.5, rasterized=True)
    ax.plot(ds.trial + 1, larger.mean("init"), color="black")
    ax.set(xlabel="trial", ylabel="larger error (%)")


def final_rates(ax, ds):
    """Mean rates at the end of each network, E beside I, and below how the networks end."""
    for i, (population, colour) in enumerate(populations):
        ends(ax, i, ds, population, colour)
    ax.set(xticks=(0, 1), xticklabels=("E", "I"), xlim=(-0.6, 1.6), ylabel="final rate (Hz)")
    ax.set_xlabel(outcomes(ds), fontsize=6)


def ends(ax, x, ds, population, colour):
    """Mean rates of one population at the end about `x`, each finite network a dot; mean, standard error."""
    values = ds[f"{population}_last"][~finite.lost(ds)].values
    jitter = np.random.default_rng(0).uniform(-0.2, 0.2, values.size)
    ax.plot(x + jitter, values, color=colour, alpha=0.6, **dots)
    sem = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else 0
    ax.errorbar(x, values.mean(), sem, color="black", marker="_", ms=12, capsize=4, lw=1)
    set_point = spec(ds)[f"{population}_set"]
    ax.plot([x - 0.4, x + 0.4], [set_point] * 2, color=colour, ls="--", lw=0.9)


def outcomes(ds):
    """How many networks end in which way, in words."""
    ends = [*ds.outcome.attrs["flag_meanings"].split(), "lost"]
    labels = ds.outcome.where(~finite.lost(ds), len(ends) - 1).astype(int)
    counts = np.bincount(labels.values.ravel(), minlength=len(ends))
    words = [f"{n} {names.printed(end)}" for end, n in zip(ends, counts, strict=True) if n]
    return "\n".join(";  ".join(words[i : i + 2]) for i in range(0, len(words), 2))


def weight_changes(axes, ds, lines=True):
    """Summed weight from I against that from E: first values, last (circles), balance line."""
    for ax, post, colour in zip(axes, "EI", (style.E_colour, style.I_colour), strict=True):
        x, y = ds[f"W_{post}E"].values, ds[f"W_{post}I"].values
        if lines:
            ax.plot(x[:, [0, -1]].T, y[:, [0, -1]].T, color="0.75", lw=0.5, zorder=1)
        else:
            ax.plot(x[:, 0], y[:, 0], color=style.before_colour, label="first", **dots)
        ax.plot(x[:, -1], y[:, -1], color=colour, zorder=2, label="last", **dots)
        bottom = ax.get_ylim()[0]
        balance_line(ax, ds, post, label="balance")
        ax.set_ylim(bottom=bottom)


def balance_line(ax, ds, post, colour=style.before_colour, **keywords):
    """The weights that balance class `post` at the set-points, within the x limits of `ax`."""
    x = np.clip(ax.get_xlim(), ds.line.values.min(), ds.line.values.max())
    y = np.interp(x, ds.line, ds[f"line_{post}"])
    ax.plot(x, y, color=colour, lw=0.8, zorder=1.5, **keywords)
    ax.set(xlim=x, xlabel=f"$W_{{{post}E}}$", ylabel=f"$W_{{{post}I}}$")
