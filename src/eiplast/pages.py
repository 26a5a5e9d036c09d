"""What pages say of the results in a folder: ``python -m eiplast.pages results/paper README.md docs/...``.

It stands between comments, ``<!-- headline -->`` and ``<!-- /headline -->``; nothing else there is touched.
"""

import re
import sys
from pathlib import Path

from eiplast import accuracies, atomic, costs, headline, outcome, program


def main(folder, *pages):
    """Write what the comparison and the costs in `folder` give into the files `pages`."""
    parts = made(Path(folder))
    for page in pages:
        text = inserted(Path(page).read_text("utf-8"), parts)
        with atomic.writing(page) as temporary:
            temporary.write_text(text, encoding="utf-8")


def made(folder):
    """Markdown of every part, by the name that its comments have."""
    rows = outcome.read(folder / "comparison.csv")
    return {
        "headline": headline.headline(rows),
        "accuracies": accuracies.table(rows),
        "tests": accuracies.tests(rows),
        "costs": costs.markdown(folder / "costs.csv"),
    }


def inserted(page, parts):
    """The text `page` with `parts` between their comments. Raises ValueError where it has a place for none."""
    between = re.compile(rf"(<!-- ({'|'.join(parts)}) -->\n).*?(<!-- /\2 -->)", re.S)
    if not between.search(page):
        raise ValueError(f"no place for {', '.join(parts)}: <!-- name --> and <!-- /name -->")
    return between.sub(lambda found: found[1] + parts[found[2]] + found[3], page)


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
