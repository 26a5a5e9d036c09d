"""Colours and matplotlib settings that all figures share."""

import matplotlib
from matplotlib import ticker

E_colour = "#1a9850"
I_colour = "#d73027"
targets = ["#1b7f79", "#5ab4ac"]
greens = ["#1a7f37", "#8fce9d"]
blues = ["#c6dbef", "#9ecae1", "#4292c6", "#08306b"]
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


def letter(ax, text):
    """A panel letter at the upper left of `ax`."""
    ax.set_title(text, loc="left", fontweight="bold", fontsize=10)


def legend_below(ax, **kwargs):
    """A legend under the label of the x axis, where it covers no curve."""
    where = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.28), "fontsize": 6, "ncols": 2}
    ax.legend(**where | {"handlelength": 1, "columnspacing": 0.8} | kwargs)


def log_ticks(axis, subs):
    """Plain numbers at `subs` times the powers of ten: matplotlib's own crowd an axis of about a decade."""
    axis.set_major_locator(ticker.LogLocator(subs=subs))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(ticker.NullFormatter())
