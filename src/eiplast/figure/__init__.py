"""One module per printed figure, each with ``plot(*datasets) -> matplotlib.figure.Figure``."""
