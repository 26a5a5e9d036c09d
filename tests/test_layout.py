"""The house rules that a reader relies on: one-way imports, one name for one thing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).parent.parent
package = root / "src/eiplast"
sys.path.insert(0, str(root / "workflow"))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


# (folder, what its modules must not import)
forbidden = [
    ("disinhibition", r"eiplast\.(homeostasis|figure|table)"),
    ("homeostasis", r"eiplast\.(disinhibition|figure|table)"),
    ("figure", r"eiplast\.(disinhibition|homeostasis|table)|jax|numba|brian2"),
    ("table", r"eiplast\.(disinhibition|homeostasis)|jax|numba|brian2"),
]


@pytest.mark.parametrize(("folder", "pattern"), forbidden)
def test_imports_go_one_way(folder, pattern):
    for path in (package / folder).glob("*.py"):
        wrong = [name for name in _imports(path) if re.match(pattern, name)]
        assert not wrong, f"{path.name} imports {wrong}"


def _listed(name):
    """Keys of the dict `name` in workflow/outputs.smk."""
    text = (root / "workflow/outputs.smk").read_text()
    block = text[text.index(f"{name} = {{") :]
    return ast.literal_eval(block[block.index("{") : block.index("\n}") + 2])


@pytest.mark.parametrize(("folder", "dictionary"), [("figure", "FIGURES"), ("table", "TABLES")])
def test_every_output_has_its_module_and_caption(folder, dictionary):
    listed = _listed(dictionary)
    for name in listed:
        module = ast.parse((package / folder / f"{name}.py").read_text())
        assert len(ast.get_docstring(module)) > 40
    files = {path.stem for path in (package / folder).glob("*.py")}
    assert {name for name in files if re.match("[ab]_(fig|table)", name)} <= set(listed)


def test_public_functions_say_what_they_do():
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_modules_stay_short():
    for path in package.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 300, path


def test_published_results_are_small():
    """What git keeps below results/ is tables, figures, and NetCDF files below 5 MB."""
    listed = subprocess.run(
        ["git", "ls-files", "results"], cwd=root, capture_output=True, text=True
    )
    published = [root / name for name in listed.stdout.splitlines()]
    assert not [path for path in published if path.stat().st_size > 5e6]
    assert {path.suffix for path in published} <= {".md", ".csv", ".svg", ".nc"}


def test_a_job_that_is_tried_again_gets_more():
    """Each rule's memory and run time grow with the attempt, as do the profile's defaults."""
    lines = [
        line
        for path in [*(root / "workflow").glob("*.smk"), root / "slurm/config.yaml"]
        for line in path.read_text().splitlines()
        if re.match(r" +(mem_mb|runtime)[=:]", line)
    ]
    assert len(lines) > 20
    assert not [line for line in lines if "* attempt" not in line]
