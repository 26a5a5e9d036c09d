"""Panels that the figures of paper B share: single trials, histories over trials, weights, final rates."""

import json

import numpy as np

from eiplast import names
from eiplast.figure import style

populations = (("E", style.E_colour), ("I", style.I_colour))
weight_colours = {"EE": "#1a9850", "EI": "#fdae61", "IE": "#4575b4", "II": "#d73027"}


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
        ax.plot(time, ds[population][record].mean(f"unit_{population}"), color=colour, lw=0.8)
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


def trials(axes, ds, draw=trial):
    """The recorded trials, one in each axes, counted from 1 as in the paper."""
    for i, ax in enumerate(axes):
        if i >= ds.sizes["record"]:
            ax.set_axis_off()
            continue
        draw(ax, ds, i)
        ax.set_title(f"trial {int(ds.record[i]) + 1}")
        if i:
            ax.set_ylabel("")


def history(rate_ax, weight_ax, ds, init=0):
    """Low-passed mean rates and summed weights of one network across trials."""
    x = ds.trial + 1
    for population, colour in populations:
        rate_ax.plot(x, ds[f"{population}_average"][init], color=colour, label=population)
    set_points(rate_ax, spec(ds))
    for c, colour in weight_colours.items():
        weight_ax.plot(x, ds[f"W_{c}"][init], color=colour, label=f"$W_{{{c}}}$")
    rate_ax.set(ylabel="average rate (Hz)", ylim=(0, None))
    weight_ax.set(xlabel="trial", ylabel="weight", ylim=(0, None))
    rate_ax.legend(loc="best", handlelength=1)
    weight_ax.legend(loc="best", handlelength=1, ncols=2, columnspacing=0.8)


def final_rates(ax, ds):
    """Mean rates at the end, each network a dot, with mean and standard error over networks."""
    jitter = np.random.default_rng(0).uniform(-0.2, 0.2, ds.sizes["init"])
    for i, (population, colour) in enumerate(populations):
        values = ds[f"{population}_last"].values
        ax.plot(i + jitter, values, ".", color=colour, ms=4, alpha=0.6, mew=0)
        sem = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else 0
        ax.errorbar(i, values.mean(), sem, color="black", marker="_", ms=12, capsize=4, lw=1)
        ax.plot(
            [i - 0.4, i + 0.4], [spec(ds)[f"{population}_set"]] * 2, color=colour, ls="--", lw=0.9
        )
    ax.set(xticks=(0, 1), xticklabels=("E", "I"), xlim=(-0.6, 1.6), ylabel="final rate (Hz)")
    ax.set_xlabel(outcomes(ds), fontsize=6)


def outcomes(ds):
    """How many networks end in which way, in words."""
    ends = ds.outcome.attrs["flag_meanings"].split()
    counts = np.bincount(ds.outcome.values.ravel(), minlength=len(ends))
    words = [f"{n} {names.printed(end)}" for end, n in zip(ends, counts, strict=True) if n]
    return "\n".join(";  ".join(words[i : i + 2]) for i in range(0, len(words), 2))


def weight_changes(axes, ds, lines=True):
    """Summed weight from I against that from E: first values, last (circles), balance line."""
    for ax, post, colour in zip(axes, "EI", (style.E_colour, style.I_colour), strict=True):
        x, y = ds[f"W_{post}E"].values, ds[f"W_{post}I"].values
        if lines:
            ax.plot(x[:, [0, -1]].T, y[:, [0, -1]].T, color="0.75", lw=0.5, zorder=1)
        else:
            ax.plot(x[:, 0], y[:, 0], "o", color="#3b6fb6", ms=2.5, mew=0, label="first")
        ax.plot(x[:, -1], y[:, -1], "o", color=colour, ms=2.5, mew=0, zorder=2, label="last")
        bottom = ax.get_ylim()[0]
        balance_line(ax, ds, post, label="balance")
        ax.set_ylim(bottom=bottom)


def balance_line(ax, ds, post, colour="#3b6fb6", **keywords):
    """The weights that balance class `post` at the set-points, within the x limits of `ax`."""
    x = np.clip(ax.get_xlim(), ds.line.values.min(), ds.line.values.max())
    y = np.interp(x, ds.line, ds[f"line_{post}"])
    ax.plot(x, y, color=colour, lw=0.8, zorder=1.5, **keywords)
    ax.set(xlim=x, xlabel=f"$W_{{{post}E}}$", ylabel=f"$W_{{{post}I}}$")
