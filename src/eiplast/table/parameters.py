"""Hyperparameter tables of paper A, rendered from the specifications of the runs themselves."""

import pandas as pd

from eiplast.errors import JobError


def table(specs, rows):
    """One row a parameter: symbol, description, value as it ran, unit.

    specs : list of dict;  rows : list of (key, symbol, description, unit, factor from the unit of config.yaml)
    Raises JobError where the runs do not agree on a value.
    """
    lines = []
    for key, symbol, description, unit, factor in rows:
        values = {spec[key] for spec in specs}
        if len(values) > 1:
            raise JobError(f"the runs of this table have different {key}: {sorted(values)}")
        lines.append(
            {
                "parameter": symbol,
                "description": description,
                "value": round(values.pop() * factor, 12),
                "unit": unit,
            }
        )
    return pd.DataFrame(lines)


def layout(numbers):
    """Value and unit in one column, as printed."""
    values = [f"{row['value']:g} {row['unit']}".strip() for _, row in numbers.iterrows()]
    return pd.DataFrame(
        {"Parameter": numbers.parameter, "Description": numbers.description, "Value": values}
    )
