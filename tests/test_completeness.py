"""The list of everything printed: nothing left out, and every entry points to code, tests and outputs that exist.

It fails where an equation, panel or table has no entry or two, where an entry says neither how it is done nor why
not, where a function, test, figure or table that it names has gone or was renamed, where a caption lacks the
letter of a panel that the figure claims, and where a figure or table of a print is in no entry.
"""

import ast
import collections
import re
from pathlib import Path

import pytest
import yaml

from listed import listed

root = Path(__file__).parent.parent
package = root / "src/eiplast"
entries = [
    entry
    for paper in "ab"
    for entry in yaml.safe_load((package / f"completeness_{paper}.yaml").read_text("utf-8"))
]
keys = {"paper", "item", "about", "code", "tests", "output", "not_ours"}

# What the papers print, by its last number or letter; panels without letters by their place.
equations = [("A", "Eq.", 31), ("B", "Eq.", 18), ("B", "SI Eq.", 57)]
tables = {"A": ["1", "S1", "S2", "S3"], "B": ["1", "S1", "S2", "S3"]}
lettered = {
    "A": {"1": "c", "3": "d", "4": "c", "S1": "g"},
    "B": {"1": "C", "2": "I", "3": "C", "4": "H", "5": "H", "6": "H", "7": "L"}
    | {"S1": "B", "S2": "G", "S3": "B", "S4": "F", "S5": "I", "S6": "B", "S7": "B"},
}
three = [" top left", " top right", " bottom left"]
placed = {
    "A": {"2": [""], "S2": [f" column {k}" for k in range(1, 5)]},
    "B": {"S8": [" top", " bottom"], "S9": [""], "S10": three, "S11": three, "S12": three}
    | {"S13": [" top", " bottom"]},
}


outputs = {"figure": set(listed("FIGURES")), "table": set(listed("TABLES"))}


def _defined(path):
    """Names at the top level of a module: functions, classes and what is assigned."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _module(name):
    return package / (name.replace(".", "/") + ".py")


def _name(entry):
    return f"{entry['paper']} {entry['item']}"


def _letters(last):
    first = "a" if last.islower() else "A"
    return [chr(code) for code in range(ord(first), ord(last) + 1)]


@pytest.mark.parametrize("entry", entries, ids=_name)
def test_entry_is_whole(entry):
    assert set(entry) <= keys
    assert entry["paper"] in ("A", "B")
    assert all(entry[key].strip() for key in {"item", "about", "not_ours"} & set(entry))
    assert {"item", "about"} <= set(entry)
    done = {"code", "tests"} <= set(entry)
    assert ("not_ours" in entry) + done == 1
    if "not_ours" in entry:
        assert not {"code", "tests", "output"} & set(entry)
    elif re.match("Fig|Table", entry["item"]):
        assert entry.get("output")


@pytest.mark.parametrize("entry", entries, ids=_name)
def test_entry_points_somewhere(entry):
    for name in entry.get("code", []):
        module, attribute = name.rsplit(".", 1)
        assert _module(name).exists() or attribute in _defined(_module(module)), name
    for name in entry.get("tests", []):
        file, function = name.split("::")
        assert function.startswith("test_"), name
        assert function in _defined(root / "tests" / file), name
    for name in entry.get("output", []):
        folder, output = name.split("/")
        assert output in outputs[folder], name


@pytest.mark.parametrize("entry", [e for e in entries if "output" in e], ids=_name)
def test_caption_names_the_panel(entry):
    panel = re.fullmatch(r"Fig\. S?\d+([a-zA-Z])", entry["item"])
    if not panel:
        return
    figures = [name for name in entry["output"] if name.startswith("figure/")]
    captions = [
        ast.get_docstring(ast.parse(_module(f.replace("/", ".")).read_text())) for f in figures
    ]
    named = {
        letter
        for caption in captions
        for group in re.findall(r"\(([A-Za-z](?:, [A-Za-z])*|[A-Za-z] to [A-Za-z])\)", caption)
        for letter in group.split(", ")
    }
    assert panel[1] in named


def test_nothing_is_listed_twice():
    counts = collections.Counter(_name(entry) for entry in entries)
    assert not [name for name, n in counts.items() if n > 1]


@pytest.mark.parametrize(("paper", "sequence", "last"), equations)
def test_equations_are_gapless(paper, sequence, last):
    # B prints the number 13 twice, told apart by a word.
    pattern = re.escape(sequence) + r" (\d+)(?:(?<=13) \((?:adaptation|current)\))?"
    found = [re.fullmatch(pattern, e["item"]) for e in entries if e["paper"] == paper]
    numbers = sorted(int(match[1]) for match in found if match)
    twice = [13] if (paper, sequence) == ("B", "Eq.") else []
    assert numbers == sorted([*range(1, last + 1), *twice])


@pytest.mark.parametrize("paper", ["A", "B"])
def test_panels_and_tables_are_gapless(paper):
    expected = {f"Table {name}" for name in tables[paper]}
    expected |= {f"Fig. {n}{x}" for n, last in lettered[paper].items() for x in _letters(last)}
    expected |= {f"Fig. {n}{place}" for n, places in placed[paper].items() for place in places}
    items = {e["item"] for e in entries if e["paper"] == paper}
    assert {item for item in items if re.match("Fig|Table", item)} == expected


def test_every_output_of_a_print_is_in_an_entry():
    named = {name for entry in entries for name in entry.get("output", [])}
    printed = {
        f"{folder}/{name}"
        for folder, names in outputs.items()
        for name in names
        if re.match("[ab]_(fig|table)", name)
    }
    assert len(printed) > 30
    assert printed <= named
