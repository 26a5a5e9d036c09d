"""B SI Table S1: parameters of the units, as they ran."""

import json

import pandas as pd


def table(ds):
    """One row a parameter, with the values of E and I units."""
    p = json.loads(ds.attrs["spec"])
    rows = [
        ("Resting potential", "E_L", "mV"),
        ("Reset potential", "V_reset", "mV"),
        ("Spike threshold", "V_thresh", "mV"),
        ("Refractory period", "tau_ref", "ms"),
        ("Membrane capacitance", "C_m", "pF"),
        ("Leak conductance", "g_L", "nS"),
        ("Membrane time constant", "tau_m", "ms"),
        ("Adaptation strength", "beta", "nA ms"),
        ("Adaptation time constant", "tau_adapt", "ms"),
        ("Noise standard deviation", "sigma", "mV"),
    ]
    # pF/nS is ms. The adaptation of I units has no time constant in print because its strength is zero.
    derived = {f"tau_m_{x}": p[f"C_m_{x}"] / p[f"g_L_{x}"] for x in "EI"}
    derived |= {f"tau_adapt_{x}": p["tau_adapt"] if p[f"beta_{x}"] else None for x in "EI"}
    p |= derived
    return pd.DataFrame(
        [
            {"parameter": name, "symbol": s, "E": p[f"{s}_E"], "I": p[f"{s}_I"], "unit": unit}
            for name, s, unit in rows
        ]
    )


def layout(numbers):
    """As printed: n/a where a parameter does not apply."""
    return numbers.astype({"I": object}).fillna("n/a")
