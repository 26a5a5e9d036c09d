"""A Fig. 4: online learning under dis-inhibitory control in a student-teacher task.

(b) An output neuron of teacher (black) and student (colour) before and after learning, over the same window;
control is on in the shaded half. (c) Open-loop loss L and control loss H over training, for the exact rule (A
Eq. 10) and the linear threshold (A Eq. 11) as printed, and for the rule of that name in the authors' code with
its other settings. Thick: median over the networks that the legend counts; band: their middle half, from the
lower to the upper quartile; thin: the network of (b). Dashed: the median for the printed linear threshold in
networks drawn as the authors' code draws them. Panel (a) of the paper is a drawing.
"""

import matplotlib.pyplot as plt

from eiplast import names
from eiplast.figure import style

_colours = {rule: style.methods[rule] for rule in ("exact_inverse", "linear_threshold")}
_colours["linear_threshold_code"] = "0.55"


def plot(exact, linear, code, wide):
    """Panels b (three rules, before and after) and c."""
    figure = plt.figure(figsize=(7.2, 4.6), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.15, 1))
    runs = dict(zip(_colours, (exact, linear, code), strict=True))
    grid = top.subplots(2, 3, sharex=True, sharey="col")
    for column, (rule, ds) in zip(grid.T, runs.items(), strict=True):
        column[0].set_title(names.printed(rule))
        for ax, when in zip(column, ds.when.values, strict=True):
            _example(ax, ds.sel(when=when), _colours[rule])
        column[1].set_xlabel("time (s)")
    for ax, when in zip(grid[:, 0], ("before", "after"), strict=True):
        ax.set_ylabel(f"{when}\nreadout $r_L$")
    style.letter(grid[0, 0], "b")
    left, right = bottom.subplots(1, 2)
    for ax, loss, label in (
        (left, "L", "open-loop loss $L$"),
        (right, "H", "control loss $H$"),
    ):
        for rule, ds in runs.items():
            _loss(ax, ds, loss, _counted(ds, rule), _colours[rule])
        colour = _colours["linear_threshold"]
        name = _counted(wide, "linear_threshold_wide")
        ax.plot(wide.window, wide[loss].median("seed"), "--", color=colour, label=name)
        ax.set(xlabel="time (s)", ylabel=label, yscale="log")
    bottom.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=6
    )
    style.letter(left, "c")
    return figure


def _example(ax, ds, colour):
    time = ds.time / 1000
    ax.axvspan(float(time[-1]) / 2, float(time[-1]), color="#fff2b3", zorder=0)
    ax.plot(time, ds.r_L.sel(network="teacher", output=1), color="black", lw=1)
    ax.plot(time, ds.r_L.sel(network="student", output=1), color=colour, lw=1)


def _counted(ds, rule):
    return f"{names.printed(rule)} (n = {int((~ds.diverged).sum())})"


def _loss(ax, ds, loss, label, colour):
    low, middle, high = ds[loss].quantile([0.25, 0.5, 0.75], "seed").values
    ax.plot(ds.window, middle, color=colour, label=label)
    ax.fill_between(ds.window, low, high, color=colour, alpha=0.25, lw=0)
    ax.plot(ds.window, ds[loss][0], color=colour, lw=0.5)
