"""What our choices and those of the authors' code change in paper B's two-population networks (not in the paper).

Variant minus the run as printed, from the same initial weights and noise: mean over networks, or over seeds of the
noise of one network (B Figs. 2B, 4B), with its 95 % interval.
code_euler steps E first, so that I sees the new E; no_noise has none; no_rate_floor has no floor of 1 Hz under the
rates that the rule sees; code_W_II starts the examples of B Figs. 2B, 4B with W_II = 1.5 in place of 2; code has
besides E stepped first and a pulse of 101 steps, as the authors' code; half_alpha halves the learning rate.
"""

import pandas as pd

from eiplast.table import effect

_printed = "paper"
_named = {
    "E_last_effect": ("final mean E", "Hz"),
    "I_last_effect": ("final mean I", "Hz"),
    "converged_effect": ("share of networks that reach both set-points", "1"),
}


def table(choices, homeostatic, cross):
    """One row a variant and quantity: mean of the differences over networks, its interval, n."""
    runs = {"Fig. 4E": choices, "Fig. 2B": homeostatic, "Fig. 4B": cross}
    return pd.DataFrame(
        {"item": item, "variant": variant, "quantity": quantity, "unit": unit}
        | effect.size(ds[name].sel(variant=variant).values)
        for item, ds in runs.items()
        for variant in ds.variant.values
        if variant != _printed
        for name, (quantity, unit) in _named.items()
    )


def layout(numbers):
    """Difference and interval as one text."""
    sizes = [
        f"{effect.words(row.difference, row.ci_low, row.ci_high, '.2g')} (n = {row.n})"
        for row in numbers.itertuples()
    ]
    return numbers.assign(difference=sizes)[["item", "variant", "quantity", "unit", "difference"]]
