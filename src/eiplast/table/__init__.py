"""One module per printed table, each with ``table(*datasets) -> pandas.DataFrame``."""
