"""Tables in Markdown, for pages."""

import pandas as pd


def table(rows, aligned):
    """The table of `rows`, as `pandas.DataFrame` takes them, with their text as it is.

    aligned : ``left`` or ``right`` for each column
    """
    shown = pd.DataFrame(rows)
    return shown.to_markdown(index=False, disable_numparse=True, colalign=aligned) + "\n"
