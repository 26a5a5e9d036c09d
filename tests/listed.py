"""What the workflow draws and lists, and what is published, for the tests of figures, tables and their layout."""

import ast
import functools
import subprocess
from pathlib import Path

_root = Path(__file__).parent.parent
_rules = _root / "workflow/rules/outputs.smk"


def listed(name):
    """The dict `name`, FIGURES or TABLES, of workflow/rules/outputs.smk: the runs of each by its name."""
    text = _rules.read_text("utf-8")
    block = text[text.index(f"{name} = {{") :]
    return ast.literal_eval(block[block.index("{") : block.index("\n}") + 2])


@functools.cache
def published():
    """Paths of the files below results/ that git keeps."""
    command = ["git", "ls-files", "results"]
    found = subprocess.run(command, cwd=_root, capture_output=True, text=True)
    return {_root / name for name in found.stdout.splitlines()}
