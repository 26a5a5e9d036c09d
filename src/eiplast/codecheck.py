"""The authors' part of a CODECHECK.

``python -m eiplast.codecheck SCALE OUTPUT CITATION.cff COMPARISON.csv FILE ...``: OUTPUT follows
https://codecheck.org.uk/spec/config/1.0/ and names every FILE, a figure or table beside it, with the printed
items that it rebuilds. Nobody has codechecked this: codechecker, report, check_time and certificate are left to
those who do.
"""

import sys
from pathlib import Path

import pandas as pd
import yaml

from eiplast import atomic, program, publication, verdict

version = "https://codecheck.org.uk/spec/config/1.0/"
_head = """\
%YAML 1.1
---
# The part of those who wrote the workflow. There is no CODECHECK of it yet: whoever makes one adds codechecker,
# report, check_time and certificate, and a summary of their own.
"""


def main(scale, output, citation, comparison, *files):
    """Write codecheck.yml of one scale."""
    bundle, cited = Path(output).parent, publication.citation(citation)
    content = {
        "version": version,
        "manifest": [*(entry(Path(file), bundle) for file in files), compared(comparison, bundle)],
        "paper": [paper(reference) for reference in cited["references"]],
        "summary": summary(scale, comparison),
    }
    if "repository-code" in cited:
        content["repository"] = cited["repository-code"]
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    with atomic.writing(output) as temporary:
        temporary.write_text(_head + text, encoding="utf-8")


def entry(path, bundle):
    """A figure or table in the manifest of the folder `bundle`: its file, and in words what it is and rebuilds."""
    words = publication.output(path)
    comment = f"Paper {words['paper'].upper()}, {words['title']}: {words['claim'].rstrip('.')}."
    items = publication.printed_items(f"{path.parent.name}/{path.stem}")
    if items:
        comment += f" Printed items: {', '.join(items)}."
    return {"file": path.relative_to(bundle).as_posix(), "comment": comment}


def compared(comparison, bundle):
    """The comparison in the manifest of the folder `bundle`."""
    comment = (
        "Every printed number beside ours, with its 95 % interval and verdict; in neither paper."
    )
    return {"file": Path(comparison).relative_to(bundle).as_posix(), "comment": comment}


def paper(reference):
    """A paper as the specification wants it, from a reference of CITATION.cff."""
    authors = [{"name": name} for name in publication.names(reference)]
    address = f"https://doi.org/{reference['doi']}"
    return {"title": reference["title"], "authors": authors, "reference": address}


def summary(scale, comparison):
    """What the table `comparison` comes to, in a sentence."""
    counts = pd.read_csv(comparison).verdict.value_counts()
    verdicts = ", ".join(f"{one}: {counts.get(one, 0)}" for one in verdict.verdicts)
    return (
        f"Not of a certificate: the workflow's own comparison. At {scale} scale, of {counts.sum()} printed "
        f"numbers, {verdicts}. comparison.csv gives each with its reason."
    )


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
