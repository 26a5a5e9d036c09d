"""B SI Table S3: mean initial weights (pA) of the networks of B Fig. 7L, as they ran, and what became of them.

MSE: mean squared error of unit rates (Hz²), in the first trial and the mean of the last ones. Runaway: E above
ten times its set-point.
"""

import json

import pandas as pd


def table(ds):
    """One row a network: weights, squared errors before and after training, outcome."""
    specs = json.loads(ds.attrs["specs"])
    return pd.DataFrame(
        [
            {"network": name.removeprefix("network_")}
            | {f"W_{c}": p[f"W_{c}"] for c in ("EE", "IE", "EI", "II")}
            | {
                "MSE_initial": float(ds.MSE_initial[k]),
                "MSE_final": float(ds.MSE_final[k]),
                "runaway_trials": int(ds.runaway_trials[k]),
                "outcome": str(ds.outcome.values[k]),
            }
            for k, (name, p) in enumerate(zip(ds.network.values, specs, strict=True))
        ]
    )
