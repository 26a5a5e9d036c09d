"""B Fig. 3: the paradoxical effect constrains learning rules.

(A) A trial in the paradoxical regime; I fires below its set-point (dashed). (B) Raising W_IE lowers I:
homeostatic in intention, anti-homeostatic in effect. (C) Lowering W_IE raises I. Left, one trial; grey: the
step. Right, mean and standard deviation over trials with independent noise, before and late in the step. The
diagram that prints the weights of (A) is not in the text; the weights are those of Fig. 1, which has the same
step.
"""

import json

import matplotlib.pyplot as plt

from eiplast.figure import rates, style


def plot(raised, lowered):
    """Panels A to C."""
    figure, axes = plt.subplots(
        1, 5, figsize=(8.4, 2.2), layout="constrained", width_ratios=(2.2, 2.4, 1.2, 2.4, 1.2)
    )
    before = raised.sel(time=raised.time < json.loads(raised.attrs["spec"])["step"]["start"])
    before.attrs["spec"] = json.dumps({**json.loads(raised.attrs["spec"]), "step": None})
    rates.trial(axes[0], before)
    axes[0].set_title(_weights(raised))
    style.letter(axes[0], "A")
    for left, right, ds, letter in ((*axes[1:3], raised, "B"), (*axes[3:], lowered, "C")):
        rates.stepped(left, right, ds)
        style.letter(left, letter)
    axes[0].plot([], [], color=style.E_colour, label="E")
    axes[0].plot([], [], color=style.I_colour, label="I")
    style.legend_below(axes[0])
    return figure


def _weights(ds):
    spec = json.loads(ds.attrs["spec"])
    EE, EI, IE, II = (f"$W_{{{c}}}$ {spec[f'W_{c}']:g}" for c in ("EE", "EI", "IE", "II"))
    return f"{EE}, {EI}\n{IE}, {II}"
