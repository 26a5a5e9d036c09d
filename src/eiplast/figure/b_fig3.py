"""B Fig. 3: the paradoxical effect constrains learning rules.

(A) A trial in the paradoxical regime; I fires below its set-point. (B) Raising W_IE from 10 to 12 lowers I:
homeostatic in intention, anti-homeostatic in effect. (C) Lowering W_IE raises I. The diagram that prints the
weights of (A) is not in the text; the weights are those of Fig. 1, which has the same step. Dots: mean and
standard deviation over trials with independent noise.
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
    _panel(axes[0], before, "A", _weights(raised))
    for left, right, ds, letter in ((*axes[1:3], raised, "B"), (*axes[3:], lowered, "C")):
        spec = json.loads(ds.attrs["spec"])
        _panel(left, ds, letter, rf"$W_{{IE}}$: {spec['W_IE']:g} $\to$ {spec['step']['W_IE']:g}")
        rates.before_and_during(right, ds)
        right.set_ylabel("")
        right.set_ylim(left.get_ylim())
    return figure


def _panel(ax, ds, letter, title):
    rates.trial(ax, ds)
    style.letter(ax, letter)
    ax.set_title(title)


def _weights(ds):
    spec = json.loads(ds.attrs["spec"])
    EE, EI, IE, II = (f"$W_{{{c}}}$ {spec[f'W_{c}']:g}" for c in ("EE", "EI", "IE", "II"))
    return f"{EE}, {EI}\n{IE}, {II}"
