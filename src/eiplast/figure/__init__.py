"""One module per printed figure, each with ``plot(*datasets) -> matplotlib.figure.Figure``."""

import os

# A backend of the user's shell, such as a notebook's, need not be there; matplotlib reads this on import.
os.environ["MPLBACKEND"] = "agg"
