"""What both descriptions of a run for archives need: CITATION.cff as it stands, and the outputs in words."""

import functools
import importlib
from pathlib import Path

import yaml

from eiplast import report_items

_complete = ["completeness_a.yaml", "completeness_b.yaml"]


def citation(path):
    """The content of CITATION.cff at `path`, a dict; its ``references`` are papers A and B, in this order."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def names(cited):
    """Names of the authors of `cited`, the software or a reference: people in full, others as they are."""
    people = [(a.get("given-names"), a.get("family-names")) for a in cited["authors"]]
    return [
        " ".join(filter(None, person)) or author["name"]
        for person, author in zip(people, cited["authors"], strict=True)
    ]


def output(path):
    """Words of a figure or table from its `path` below results/<scale>, as in the report: title, claim, paper."""
    path = Path(path)
    module = importlib.import_module(f"eiplast.{path.parent.name}.{path.stem}")
    return report_items.words(module.__doc__, path.stem)


def printed_items(name):
    """Printed items that `name`, such as figure/a_fig3, holds, by the list of all that both papers print."""
    return [entry["item"] for entry in _entries() if name in entry.get("output", [])]


@functools.cache
def _entries():
    """Both lists in one: reading takes longer than all that an archive's description needs besides."""
    folder = Path(__file__).parent
    listed = (yaml.safe_load((folder / file).read_text(encoding="utf-8")) for file in _complete)
    return [entry for entries in listed for entry in entries]
