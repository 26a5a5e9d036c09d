"""Colours and matplotlib settings that all figures share."""

import matplotlib
import numpy as np
from matplotlib import ticker

# Green and red as in the papers, a light and a dark one: hue is not the only cue.
E_colour = "#2ca25f"
I_colour = "#a50f15"
before_colour = "#3b6fb6"
# Matrices of weights: excitatory green, inhibitory pink.
weights_map = "PiYG"
targets = ["#1b7f79", "#5ab4ac"]
greens = ["#1a7f37", "#8fce9d"]
blues = ["#9ecae1", "#6baed6", "#2171b5", "#08306b"]
# Classes without a colour of their own; Okabe and Ito (2008).
many = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000", "#999999"]
methods = {
    "backprop": "black",
    "exact_inverse": "#1b7f79",
    "linear_threshold": "#d95f02",
    "exact_inverse_avg_J": "#7fc8bf",
    "linear_threshold_avg_J": "#fdb06d",
}

settings = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.2,
    "figure.dpi": 150,
    "savefig.dpi": 200,
    # The same data give the same bytes.
    "svg.hashsalt": "eiplast",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


def use():
    """Apply the settings to matplotlib's own, whatever the user's file says; no screen is needed."""
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    matplotlib.rcParams.update(settings)


def letter(ax, text, pad=None):
    """A panel letter at the upper left of `ax`, `pad` points above it."""
    ax.set_title(text, loc="left", fontweight="bold", fontsize=10, pad=pad)


def marks(ax, places, letters="abcd"):
    """Letters over `ax` at `places` on its x axis, which other panels show; two that are close part."""
    width = np.diff(ax.get_xlim())[0] / 20
    for i, (x, text) in enumerate(zip(places, letters, strict=False)):
        near = [other - x for other in places if 0 < abs(other - x) < width]
        side = "center" if not near else "right" if min(near) > 0 else "left"
        words = {"ha": side, "va": "bottom", "fontsize": 8, "color": before_colour}
        where = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points"}
        ax.annotate(text, (x, 1), (0, 4), **words, **where)
        place = {"transform": ax.get_xaxis_transform(), "clip_on": False}
        ax.plot(x, 1.02, "v", ms=3, color=before_colour, label=f"_mark_{i}", **place)


def legend_below(ax, **kwargs):
    """A legend under the label of the x axis, where it covers no curve."""
    where = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.28), "fontsize": 6, "ncols": 2}
    ax.legend(**where | {"handlelength": 1, "columnspacing": 0.8} | kwargs)


def legend_right(ax, **kwargs):
    """A legend beside `ax`, where it covers no curve."""
    where = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "fontsize": 7}
    ax.legend(**where | {"handlelength": 1.3, "borderaxespad": 0.3} | kwargs)


def of_seeds(ds):
    """In words, of how many seeds the cells of `ds` are, and how many trainings diverged."""
    lost = int(ds.diverged.sum())
    return f"n = {ds.sizes['seed']}" + (f", {lost} diverged" if lost else "")


def not_computed(ax):
    """Words in place of the axes of a cell that has not been computed."""
    ax.set_axis_off()
    ax.set_title("not computed")


def lay_out(figure):
    """Lay out the whole of `figure` once and keep that: matplotlib would draw twice what any engine lays out."""
    if figure.get_layout_engine():
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        for part in _parts(figure):
            part.bbox_relative.set_points(rounded(part.bbox_relative.get_points()))
        for ax in figure.axes:
            ax.set_position(rounded(ax.get_position(original=True).bounds))


def _parts(figure):
    """All figures within `figure`, those within them too."""
    for part in figure.subfigs:
        yield part
        yield from _parts(part)


def rounded(places):
    """`places` without their last digits, which depend on the processor, and with them all that is drawn.

    In binary fractions, which processors multiply and add without error.
    """
    return np.round(np.multiply(places, 2**17)) / 2**17


def log_ticks(axis, subs):
    """Plain numbers at `subs` times the powers of ten: matplotlib's own crowd an axis of about a decade."""
    axis.set_major_locator(ticker.LogLocator(subs=subs))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(ticker.NullFormatter())
