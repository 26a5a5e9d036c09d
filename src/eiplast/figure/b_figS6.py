"""B Fig. S6: an imprinted memory survives two-term cross-homeostatic plasticity.

(A) Left, average rate of 20 E and 20 I units of one network across trials (thin) and of all (thick); at the grey
line the weights among the first E units are multiplied. Dashed: set-points; higher rates are cut off. Letters:
when the weights of (B) are taken. Right, the mean weight among these units over that of all others, of each
network (grey) and their mean (black). (B) Weights of one network, excitatory green, inhibitory pink: a) at the
start, b) at the set-points, c) with the memory, d) after plasticity has restored the rates.
"""

import matplotlib.pyplot as plt

from eiplast.figure import rates, style, units


def plot(run):
    """Panels A and B."""
    figure = plt.figure(figsize=(7.2, 4.6), layout="constrained")
    upper, lower = figure.subfigures(2, 1)
    left, right = upper.subplots(1, 2, width_ratios=(2, 1))
    units.history(left, run)
    right.plot(run.trial + 1, run.memory_contrast.T, color="0.7", lw=0.5)
    right.plot(run.trial + 1, run.memory_contrast.mean("init"), color="black")
    right.set(xlabel="trial", ylabel="memory / other weights")
    memory = rates.spec(run)["imprint"]
    for ax in (left, right):
        ax.axvline(memory["trial"] + 1, color="0.7", zorder=0)
    style.letter(left, "A", pad=14)
    right.set_title(f"memory: {memory['n_units']} E units, {run.sizes['init']} networks")
    style.marks(left, run.snapshot.values[:4] + 1)
    axes = lower.subplots(1, 4)
    top = units.largest(run)
    for i, (ax, name) in enumerate(zip(axes, "abcd", strict=True)):
        image = units.matrix(ax, run, i, top)
        trial = int(run.snapshot[i])
        after = trial == run.sizes["trial"]
        ax.set_title(f"{name}, " + ("after the last" if after else f"trial {trial + 1}"))
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    style.letter(axes[0], "B")
    return figure
