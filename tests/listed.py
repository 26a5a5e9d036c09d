"""What the workflow draws and lists, for the tests of figures, tables and their layout."""

import ast
from pathlib import Path

_rules = Path(__file__).parent.parent / "workflow/rules/outputs.smk"


def listed(name):
    """The dict `name`, FIGURES or TABLES, of workflow/rules/outputs.smk: the runs of each by its name."""
    text = _rules.read_text("utf-8")
    block = text[text.index(f"{name} = {{") :]
    return ast.literal_eval(block[block.index("{") : block.index("\n}") + 2])
