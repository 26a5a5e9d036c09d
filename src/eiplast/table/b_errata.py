"""Formulas of paper B that are wrong as printed or hold in a part of their domain only: the printed formula, the
right one, the test that proves it, and both evaluated at one point beside a number computed without either.
"""

import pandas as pd

_texts = ("equation", "printed_formula", "right_formula", "quantity")
_numbers = ("printed", "right", "witness", "printed_error", "right_error")


def table(ds):
    """One row for each erratum."""
    return pd.DataFrame({name: ds[name].values for name in (*_texts, *_numbers, "proof")})


def layout(numbers):
    """Numbers with four digits; the verdict is in the errors."""
    shown = numbers.drop(columns=["printed_error", "right_error"])
    return shown.assign(**{c: [f"{v:.4g}" for v in shown[c]] for c in _numbers[:3]})
