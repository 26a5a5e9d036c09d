"""Panels that the figures of the many-unit model share: units over trials, their weights, batches."""

import numpy as np

from eiplast.figure import rates, style


def history(ax, ds, n=20):
    """Average rate of the first `n` units of each class across trials (thin) and of all (thick)."""
    for population, colour in rates.populations:
        units = ds[f"{population}_units"]
        ax.plot(ds.trial + 1, units[:, :n], color=colour, lw=0.4, alpha=0.6, rasterized=True)
        ax.plot(ds.trial + 1, units.mean(f"unit_{population}"), color=colour, lw=1.8)
    p = rates.spec(ds)
    rates.set_points(ax, p)
    # The first trials of a saturated network would flatten all that follows.
    ax.set(xlabel="trial", ylabel="average rate (Hz)", ylim=(0, 3 * p["I_set"]))


def trial(ax, ds, record):
    """Rates of two units of each class, solid and dotted, over one trial."""
    p = rates.spec(ds)
    time = (ds.time - p["pulse_start"]) / 1000
    for population, colour in rates.populations:
        for unit, style_ in ((0, "-"), (1, ":")):
            rate = ds[population][record, :, unit]
            ax.plot(time, rate, style_, color=colour, lw=0.8, rasterized=True)
    rates.set_points(ax, p)
    ax.set(xlabel="time from the pulse (s)", ylabel="rate (Hz)", ylim=(0, None))


def balance(axes, ds, snapshot, when):
    """Summed weight onto each unit, from I against from E, with the balance line of the set-points."""
    for ax, post, colour in zip(axes, "EI", (style.E_colour, style.I_colour), strict=True):
        ax.set_title(f"{when}, onto {post}")
        x = ds[f"W_{post}E_units"][snapshot].sum("pre_E")
        y = ds[f"W_{post}I_units"][snapshot].sum("pre_I")
        ax.plot(x, y, color=colour, **rates.dots)
        rates.balance_line(ax, ds, post)
        ax.set(xlabel=rf"$\Sigma W_{{{post}E}}$", ylabel=rf"$\Sigma W_{{{post}I}}$")


def matrix(ax, ds, snapshot, top):
    """All weights, excitatory green and inhibitory pink, rows postsynaptic."""
    rows = [
        np.concatenate([ds[f"W_{post}E_units"][snapshot], -ds[f"W_{post}I_units"][snapshot]], 1)
        for post in "EI"
    ]
    image = ax.imshow(
        np.concatenate(rows), cmap=style.weights_map, vmin=-top, vmax=top, interpolation="none"
    )
    n_E = ds.sizes["unit_E"]
    ticks = {"ticks": (n_E / 2, n_E + ds.sizes["unit_I"] / 2), "labels": ("E", "I")}
    ax.set_xticks(**ticks)
    ax.set_yticks(**ticks)
    ax.set(xlabel="from", ylabel="onto")
    return image


def largest(ds, share=0.99):
    """A weight that `share` of all weights of network 0 do not exceed, for the colours of matrices."""
    weights = [ds[f"W_{c}_units"].values.ravel() for c in rates.weight_lines]
    return float(np.quantile(np.concatenate(weights), share))


def final_rates(ax, ds):
    """Average final rate of the networks: `rates.final_rates`, with the spread over units beside it."""
    rates.final_rates(ax, ds)
    spread = [float(ds[f"{population}_spread"].mean()) for population in "EI"]
    about = f"SD over units: {spread[0]:.2g}, {spread[1]:.2g} Hz"
    ax.set_xlabel(f"{rates.outcomes(ds)}\n{about}", fontsize=6)


def start_and_end(ax, ds, hide_saturated=True):
    """Mean rates of each network in the first trial (blue) and at the end (black)."""
    E, I = ds.E_mean[:, 0], ds.I_mean[:, 0]
    shown = ds.starts_saturated == 0 if hide_saturated else ds.starts_saturated >= 0
    ax.plot(
        I[shown], E[shown], color=style.before_colour, alpha=0.6, label="first trial", **rates.dots
    )
    ax.plot(ds.I_last, ds.E_last, color="black", label="end", **rates.dots)
    p = rates.spec(ds)
    ax.axvline(p["I_set"], color=style.I_colour, ls=":", lw=0.8)
    ax.axhline(p["E_set"], color=style.E_colour, ls=":", lw=0.8)
    hidden = int((~shown).sum())
    if hidden:
        ax.set_title(f"{hidden} of {ds.sizes['init']} begin saturated, not shown", fontsize=6)
    ax.set(xlabel="I (Hz)", ylabel="E (Hz)")
    style.legend_right(ax)


def course(figure, ds, letters):
    """Network 0 across trials and in single ones. letters : of the two."""
    axes = figure.subplot_mosaic([["all", "all", "0", "1"], ["all", "all", "2", "3"]])
    history(axes["all"], ds)
    rates.trials([axes[name] for name in "0123"], ds, trial)
    for name, letter in zip(("all", "0"), letters, strict=True):
        style.letter(axes[name], letter)


def weights(figure, ds, letters):
    """Network 0: balance of its units and matrices, first and last. letters : of both balances, the matrices."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.2, 1.8))
    axes = upper.subplots(1, 4)
    balance(axes[:2], ds, 0, "before")
    balance(axes[2:], ds, -1, "after")
    matrices, top = lower.subplots(1, 2), largest(ds)
    for ax, when, snapshot in zip(matrices, ("before", "after"), (0, -1), strict=True):
        image = matrix(ax, ds, snapshot, top)
        ax.set_title(f"{when} plasticity")
    lower.colorbar(image, ax=matrices, label="weight (inhibition negative)")
    for ax, letter in zip((axes[0], axes[2], matrices[0]), letters, strict=True):
        style.letter(ax, letter)


def batch(axes, ds, letters, hide_saturated=True):
    """Many networks: final rates, and mean rates in the first trial and at the end."""
    final_rates(axes[0], ds)
    start_and_end(axes[1], ds, hide_saturated)
    for ax, letter in zip(axes, letters, strict=True):
        style.letter(ax, letter)
