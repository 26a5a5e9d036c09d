"""Not printed: where the quasi-steady state holds.

Fraction of the neurally stable region with positive weights in which the full six-dimensional system, neurons
and weights together, has the stability that the quasi-steady-state weights have, against the time that one
update of the weights takes; learning rates as in config.yaml. Right of each plateau, weights are slow enough.
"""

import json

import matplotlib.pyplot as plt

from eiplast import names
from eiplast.figure import style

_columns = 4
_markers = "osD^v<>PX*"


def plot(*runs):
    """One panel for each run, one line for each case; a case looks the same in all panels."""
    rows = -(-(len(runs) + 1) // _columns)
    size = {"figsize": (8, 2.1 * rows), "layout": "constrained"}
    figure, axes = plt.subplots(rows, _columns, sharex=True, sharey=True, squeeze=False, **size)
    looks = _looks(runs)
    for ax, ds in zip(axes.flat, runs, strict=False):
        _panel(ax, ds, looks)
    for i, ax in enumerate(axes.flat):
        if i >= len(runs):
            ax.axis("off")
        elif i + _columns >= len(runs):
            ax.tick_params(labelbottom=True)
    lines = [plt.Line2D([], [], **look) for look in looks.values()]
    axes[-1, -1].legend(lines, [names.printed(case) for case in looks], loc="center", fontsize=7)
    figure.supxlabel("time of an update (ms)", fontsize=8)
    figure.supylabel("agreement with the quasi-steady state", fontsize=8)
    return figure


def _looks(runs):
    """Colour and marker of every case."""
    cases = dict.fromkeys(str(case) for ds in runs for case in ds.case.values)
    return {
        case: {
            "color": style.many[i % len(style.many)],
            "marker": _markers[i % len(_markers)],
            "ms": 3.5,
            "lw": 1,
        }
        for i, case in enumerate(cases)
    }


def _panel(ax, ds, looks):
    for case in ds.case.values:
        ax.semilogx(ds.interval, ds.full_agreement.sel(case=case), **looks[str(case)])
    ax.set_title(names.printed(json.loads(ds.attrs["spec"])["rule"]), fontsize=7)
    ax.axhline(1, color="0.8", lw=0.6, zorder=0)
