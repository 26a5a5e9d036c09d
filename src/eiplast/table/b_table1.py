"""B SI Table 1: parameters of the excitatory and the inhibitory population, as the stability analysis ran."""

import json

import pandas as pd


def table(ds):
    """One row a parameter, with the values of E and I."""
    p = json.loads(ds.attrs["spec"])
    rows = [
        ("Gain", "g", ""),
        ("Threshold", "theta", ""),
        ("Time constant", "tau", "ms"),
        ("Set-point", "set", "Hz"),
    ]
    return pd.DataFrame(
        [
            {"parameter": name, "symbol": s, "E": _of(p, s, "E"), "I": _of(p, s, "I"), "unit": unit}
            for name, s, unit in rows
        ]
    )


def _of(p, symbol, population):
    return p[f"{population}_set" if symbol == "set" else f"{symbol}_{population}"]
