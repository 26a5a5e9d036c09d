"""What pages say of a comparison: ``python -m eiplast.pages COMPARISON.csv README.md docs/reproduced.md``.

It stands between comments, ``<!-- headline -->`` and ``<!-- /headline -->``; nothing else there is touched.
"""

import re
import sys
from pathlib import Path

from eiplast import accuracies, atomic, headline, outcome, program

# What stands between the comments of that name: functions of the rows of `outcome.read` that return Markdown.
_parts = {
    "headline": headline.headline,
    "accuracies": accuracies.table,
    "tests": accuracies.tests,
}


def main(comparison, *pages):
    """Write what the table `comparison` gives into the files `pages`."""
    rows = outcome.read(comparison)
    for page in pages:
        text = inserted(Path(page).read_text("utf-8"), rows)
        with atomic.writing(page) as temporary:
            temporary.write_text(text, encoding="utf-8")


def inserted(page, rows):
    """The text `page` with its parts made anew. Raises ValueError where it has no comments for any."""
    between = re.compile(rf"(<!-- ({'|'.join(_parts)}) -->\n).*?(<!-- /\2 -->)", re.S)
    if not between.search(page):
        raise ValueError("no place for anything: <!-- headline --> and <!-- /headline -->")
    return between.sub(lambda found: found[1] + _parts[found[2]](rows) + found[3], page)


if __name__ == "__main__":
    with program.in_one_line():
        main(*sys.argv[1:])
