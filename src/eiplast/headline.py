"""The headline of the README, from a comparison: ``python -m eiplast.headline README.md COMPARISON.csv``.

It stands between two comments of the README; nothing else there is touched.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from eiplast import atomic, outcome, program

_between = re.compile(r"(<!-- headline -->\n).*?(<!-- /headline -->)", re.S)


def main(readme, comparison):
    """Write the headline of the table `comparison` into the file `readme`."""
    text = inserted(Path(readme).read_text("utf-8"), headline(outcome.read(comparison)))
    with atomic.writing(readme) as temporary:
        temporary.write_text(text, encoding="utf-8")


def inserted(readme, text):
    """The README with `text` between its comments. Raises ValueError where it has none."""
    if not _between.search(readme):
        raise ValueError("no place for the headline: <!-- headline --> and <!-- /headline -->")
    return _between.sub(lambda found: found[1] + text + found[2], readme)


def headline(rows):
    """Markdown: how many hold, paper by paper, and why others differ. rows : of `outcome.read`."""
    claims = outcome.claims(rows)
    counts = outcome.count(claims)
    said = [f"{n} {outcome.outcomes[name]}" for name, n in counts.items() if n]
    alone = len(outcome.by_rounding(claims))
    lines = [f"Of {len(claims)} printed numbers and claims {', '.join(said)}."]
    lines += [f"{alone} hold in a set-up only because the print is rounded.", ""]
    lines += ["| paper | " + " | ".join(outcome.short.values()) + " |"]
    lines += ["| --- |" + " ---: |" * len(counts)]
    for paper, own in sorted(outcome.by_paper(claims).items()):
        lines.append(f"| {paper} | " + " | ".join(map(str, outcome.count(own).values())) + " |")
    lines += ["", "Rows that differ, by the reason that a run of ours shows:", ""]
    for reason, of in outcome.by_reason(rows).items():
        where = Counter(f"{row['paper']} {outcome.group(row['item'])}" for row in of)
        places = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in sorted(where.items()))
        lines.append(f"- {places}: {reason}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with program.in_one_line():
        main(*sys.argv[1:])
