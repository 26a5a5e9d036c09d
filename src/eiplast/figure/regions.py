"""Panels of regions of stability over W_EE and W_IE: B Figs. 2F-I, 4H, S1, S2, S8-S12.

Areas come from eigenvalues: green, the neural subsystem is stable with positive weights (pale: stable, but W_EI
or W_II would be negative); hatched, the plasticity rule is stable, where the neural determinant is positive:
elsewhere no quasi-steady state is followed. Lines are the paper's closed forms.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from eiplast.figure import style

neural_colour, unphysical_colour, hatch_colour = "#8fd19e", "#e3f3e6", "0.35"
_lines = {
    "determinant": {"color": "#1a7f37", "ls": "-", "lw": 1.1},
    "trace": {"color": "#1a7f37", "ls": "--", "lw": 1.1},
    "W_EI": {"color": "#2166ac", "ls": "-", "lw": 0.9},
    "W_II": {"color": "#2166ac", "ls": "--", "lw": 0.9},
    "paradoxical": {"color": "#c51b8a", "ls": "-", "lw": 0.9},
    "border": {"color": "#4393c3", "ls": "-", "lw": 2.6},
    "printed": {"color": "black", "ls": "-", "lw": 1.3},
    "printed_2": {"color": "black", "ls": "--", "lw": 1.3},
}
_labels = {
    "determinant": "det = 0, SI (22): stable on the green side",
    "trace": "tr = 0, SI (23): stable above",
    "W_EI": "$W_{EI}$ = 0, SI (25): positive on the right",
    "W_II": "$W_{II}$ = 0, SI (26): positive above",
    "paradoxical": "$W_{EE}g_E$ = 1, SI (27): paradoxical on the right",
    "border": "$W_{EE}g_E$ = 1, SI (27): paradoxical on the right",
    "printed": "printed condition of the rule; ticks: where it holds",
    "printed_2": "its second printed condition; ticks: where it holds",
}


def supplementary_figure(ds, cases, columns):
    """A figure like B Figs. S8-S12. cases : the panel's place in print for each case."""
    rows = -(-len(cases) // columns)
    size = 3.3 * max(columns, 1.4), 2.6 * rows + 1.2
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for ax, (case, place) in zip(axes.flat, cases.items(), strict=False):
        supplementary(ax, ds, case)
        ax.set_title(title(ds, case), fontsize=7)
        ax.set_title(place, loc="left", fontweight="bold")
    for ax in axes.flat[len(cases) :]:
        ax.axis("off")
    n_lines = sum(
        _changes(ds.printed.sel(case=list(cases))[:, i]) for i in range(ds.sizes["condition"])
    )
    names = [*_lines][:5] + ["printed", "printed_2"][:n_lines]
    legend(figure, names)
    return figure


def supplementary(ax, ds, case):
    """Areas and every printed line, as in B Figs. S8-S12."""
    areas(ax, ds, case)
    chosen = ds.sel(case=case)
    for name in ("determinant", "trace"):
        _zero(ax, chosen, chosen[name], name)
    ax.axvline(np.interp(0, chosen.W_EI, chosen.W_EE), **_lines["W_EI"])
    ax.axhline(np.interp(0, chosen.W_II, chosen.W_IE), **_lines["W_II"])
    ax.axvline(1 / chosen.g_E, **_lines["paradoxical"])
    conditions(ax, ds, case)


def main(ax, ds, case, paradoxical=False, point=None):
    """Areas and the printed condition of the rule, as in B Figs. 2F-I, 4H, S2F-G."""
    areas(ax, ds, case)
    chosen = ds.sel(case=case)
    if paradoxical:
        # Wide and below: the printed condition may run along it.
        ax.axvline(1 / chosen.g_E, **_lines["border"], zorder=1.5)
    conditions(ax, ds, case)
    if point is not None:
        here = chosen.sel(point=point)
        ax.plot(here.point_W_EE, here.point_W_IE, "*", color="#2166ac", ms=8, clip_on=False)


def areas(ax, ds, case):
    """The two regions, without lines."""
    chosen = ds.sel(case=case)
    neural = chosen.neural_stable.astype(float) * (1 + chosen.positive)
    colours = [unphysical_colour, neural_colour]
    area = ax.contourf(ds.W_EE, ds.W_IE, neural, levels=[0.5, 1.5, 2.5], colors=colours)
    # Outlines from cell to cell would be most of the file.
    area.set_rasterized(True)
    _hatch(ax, ds, (chosen.rule_stable & (chosen.determinant > 0)).astype(float))
    limits = json.loads(ds.attrs["spec"])
    ax.set(xlim=limits["W_EE"][:2], ylim=limits["W_IE"][:2])
    ax.locator_params(nbins=5)
    ax.set(xlabel="$W_{EE}$", ylabel="$W_{IE}$")


def conditions(ax, ds, case):
    """Where each printed condition of the rule changes its truth."""
    printed = ds.printed.sel(case=case)
    lines = (printed[i] for i in range(ds.sizes["condition"]) if _changes(printed[i]))
    for line, name in zip(lines, ("printed", "printed_2"), strict=False):
        _zero(ax, ds, line, name)


def legend(figure, names=(), **kwargs):
    """One legend below all panels of `figure`, or of a part of one; drawn last. names : lines to explain."""
    handles = [
        Patch(fc=neural_colour, label="neurons stable, weights positive"),
        Patch(fc=unphysical_colour, label="neurons stable, a weight negative"),
        Patch(
            fc="none",
            ec=hatch_colour,
            hatch="////",
            label="rule stable (eigenvalues), shown where det > 0",
        ),
    ]
    handles += [Line2D([], [], **_lines[name], label=_labels[name]) for name in names]
    style_of = {"loc": "outside lower center", "ncols": 2, "fontsize": 6.5} | kwargs
    drawn = figure.legend(handles=handles, **style_of)
    # A legend outside moves with the saved area, onto a stamp below; so the layout is done here and kept.
    style.lay_out(figure.canvas.figure)
    drawn.set_bbox_to_anchor((0, 0, 1, 1), figure.transSubfigure)


def title(ds, case):
    """Learning rates, current and gain of a case, those that the run states."""
    values = json.loads(ds.attrs["spec"])["cases"][case]
    rates = {key: value for key, value in values.items() if key not in ("I_ext", "g_E")}
    onto = {"E": ("alpha_EE", "alpha_EI"), "I": ("alpha_IE", "alpha_II")}
    for population, names in onto.items():
        pair = {rates.get(name) for name in names}
        if len(pair) == 1 and None not in pair:
            rates = {key: value for key, value in rates.items() if key not in names}
            rates[f"alpha_{population}"] = pair.pop()
    if "alpha_E" in rates and rates.get("alpha_E") == rates.get("alpha_I"):
        rates = {"alpha_XY": rates["alpha_E"]}
    words = [f"{_symbol(key)} = {value:g}" for key, value in rates.items()]
    words += [f"{_symbol(key)} = {values[key]:g}" for key in ("I_ext", "g_E") if key in values]
    lines = [", ".join(words[i : i + 2]) for i in range(0, len(words), 2)]
    return "\n".join(lines)


def _symbol(key):
    name, _, index = key.partition("_")
    name = rf"\{name}" if name in ("alpha", "beta") else name
    return f"${name}_{{{index}}}$" if index else f"${name}$"


def _zero(ax, ds, values, name):
    if not _changes(values):
        return
    kept = _lines[name]
    drawn = ax.contour(
        ds.W_EE,
        ds.W_IE,
        values,
        levels=[0],
        colors=kept["color"],
        linestyles=kept["ls"],
        linewidths=kept["lw"],
    )
    if name.startswith("printed"):
        # Contours keep larger values on their left, which is the side of the ticks: the condition holds there.
        ticks = patheffects.withTickedStroke(angle=90, spacing=9, length=0.35, linewidth=0.7)
        drawn.set(path_effects=[ticks])


def _changes(values):
    return bool((values > 0).any() and (values < 0).any())


def _hatch(ax, ds, stable):
    if not stable.any():
        return
    drawn = ax.contourf(
        ds.W_EE, ds.W_IE, stable, levels=[0.5, 1.5], colors="none", hatches=["////"]
    )
    drawn.set(edgecolor=hatch_colour, linewidth=0, rasterized=True)
