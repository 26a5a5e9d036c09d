"""B Fig. S13: the paradoxical effect in the neural fixed point.

E_up (top) and I_up (bottom), SI Eq. (18), while one weight varies and the others rest. E moves as expected; I
falls when W_IE grows and rises when W_II grows, both paradoxical. Thick: neurally stable; thin: not. Pale
dashes: where the determinant vanishes.
"""

import json

import matplotlib.pyplot as plt

from eiplast.figure import rates

# The sign that one expects of dI_up/dW from the synapse alone: B SI section 2.2.4.
_expected = {"W_IE": 1, "W_II": -1}


def plot(ds):
    """Both panels."""
    figure, axes = plt.subplots(2, 1, figsize=(4.8, 4.8), layout="constrained", sharex=True)
    for ax, name, letter in zip(axes, ("E_up", "I_up"), ("top", "bottom"), strict=True):
        for varied in ds.varied.values:
            colour = rates.weight_lines[str(varied)[2:]]["color"]
            _curve(ax, ds.sel(varied=varied), name, colour)
        population = name[0]
        ax.set(ylabel=rf"${population}_{{up}}$ (Hz)", ylim=(0, 20))
        ax.set_title(letter, loc="left", fontweight="bold")
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    spec = json.loads(ds.attrs["spec"])
    axes[1].set(xlabel="weight", xlim=spec["range"][:2])
    rest = ", ".join(f"$W_{{{c}}}$ = {spec[f'W_{c}']:g}" for c in ("EE", "EI", "IE", "II"))
    axes[0].set_title(f"at rest: {rest}", fontsize=7, loc="right")
    return figure


def _curve(ax, ds, name, colour):
    varied = str(ds.varied.values)
    paradoxical = name == "I_up" and float(ds.slope_I) * _expected.get(varied, 0) < 0
    label = f"${varied.replace('_', '_{')}}}$" + (" (paradoxical)" if paradoxical else "")
    # The line must not run through the pole.
    values = ds[name].where(abs(ds.value - ds.asymptote) > 2 * float(ds.value[1] - ds.value[0]))
    ax.plot(ds.value, values, color=colour, lw=0.6)
    ax.plot(ds.value, values.where(ds.neural_stable), color=colour, lw=1.8, label=label)
    ax.axvline(float(ds.asymptote), color=colour, lw=0.7, ls="--", alpha=0.4)
