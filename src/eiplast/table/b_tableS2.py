"""B SI Table S2: parameters of the synapses by presynaptic class, as they ran.

Delays are uniform up to the value given, which the paper calls their mean.
"""

import json

import pandas as pd


def table(ds):
    """One row a parameter, with the values of synapses from E and from I units."""
    p = json.loads(ds.attrs["spec"])
    rows = [
        ("Rise time", "tau_r"),
        ("Fall time", "tau_d"),
        ("Largest synaptic delay", "tau_l"),
    ]
    return pd.DataFrame(
        [
            {"parameter": name, "symbol": s, "E": p[f"{s}_E"], "I": p[f"{s}_I"], "unit": "ms"}
            for name, s in rows
        ]
    )
