"""The house rules that a reader relies on: one-way imports, one name for one thing."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from eiplast import netcdf, ours, printed, record, source
from listed import listed, published

root = Path(__file__).parent.parent
package = root / "src/eiplast"
sys.path.insert(0, str(root / "workflow"))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


rooms = ("rate", "stability", "spiking")
# (folder, what its modules must not import)
forbidden = [
    (f"homeostasis/{room}", rf"eiplast\.homeostasis\.({'|'.join(sorted({*rooms} - {room}))})")
    for room in rooms
] + [
    ("disinhibition", r"eiplast\.(homeostasis|figure|table)"),
    ("homeostasis", r"eiplast\.(disinhibition|figure|table)"),
    ("figure", r"eiplast\.(disinhibition|homeostasis|table)|jax|numba|brian2"),
    ("table", r"eiplast\.(disinhibition|homeostasis)|jax|numba|brian2"),
]


@pytest.mark.parametrize(("folder", "pattern"), forbidden)
def test_imports_go_one_way(folder, pattern):
    paths = list((package / folder).rglob("*.py"))
    assert paths
    for path in paths:
        wrong = [name for name in _imports(path) if re.match(pattern, name)]
        assert not wrong, f"{path.name} imports {wrong}"


def test_rooms_share_only_what_stands_above_them():
    """A line of one room touches no other; rules of plasticity and the two populations are for all."""
    above = {path.stem for path in (package / "homeostasis").glob("*.py")}
    assert above == {"__init__", "plasticity", "neural"}
    folders = {path.name for path in (package / "homeostasis").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(rooms)
    # Their tests stand in rooms of the same names.
    assert {path.name for path in (root / "tests/homeostasis").iterdir()} >= set(rooms)
    for path in (root / "tests").glob("test_*.py"):
        assert not [n for n in _imports(path) if re.match(r"eiplast\.homeostasis\.\w+\.", n)], path


def _rules():
    """Name, shell command and output of every rule, from the rule files."""
    for path in sorted((root / "workflow/rules").glob("*.smk")):
        for name, text in re.findall(
            r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text("utf-8"), re.M | re.S
        ):
            yield name, text, path.stem


def test_rule_module_and_folder_have_one_name():
    """`rate_simulate` is homeostasis/rate/simulate.py and results/{scale}/rate_simulate/; `train` is train.py."""
    jobs = [(name, text) for name, text, _ in _rules() if "eiplast.job" in text]
    assert len(jobs) > 12
    for name, text in jobs:
        (module,) = re.findall(r"eiplast\.job ([\w.]+)", text)
        if name != "ablation":  # trains with other settings
            assert name == "_".join(module.split(".")[1:] or [module])
        assert re.search(rf'source\.digest\(\s*"{re.escape(module)}"', text), name
        assert f'"results/{{scale}}/{name}/' in text


def test_printed_parameters_stand_once():
    """No number of B SI Table 1 is written in the package, and no formula of the fixed point twice."""
    text = "".join(path.read_text("utf-8") for path in (package / "homeostasis").rglob("*.py"))
    for value in (r"4\.8", r"25\.0", r"14\.0"):
        assert not re.search(rf"(?<![\w.]){value}(?![\w.])", text), value
    for name in ("fixed_point", "balanced", "threshold_E", "velocity"):
        assert len(re.findall(rf"^def _?{name}\(", text, re.M)) == 1, name


@pytest.mark.parametrize(("folder", "dictionary"), [("figure", "FIGURES"), ("table", "TABLES")])
def test_every_output_has_its_module_and_caption(folder, dictionary):
    made = listed(dictionary)
    for name in made:
        module = ast.parse((package / folder / f"{name}.py").read_text())
        assert len(ast.get_docstring(module)) > 40
    files = {path.stem for path in (package / folder).glob("*.py")}
    assert {name for name in files if re.match("[ab]_(fig|table)", name)} <= set(made)


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
    """What git keeps below results/ is tables, figures, and NetCDF files below 5 MB, 80 MB together."""
    assert not [path for path in published() if path.stat().st_size > 5e6]
    assert sum(path.stat().st_size for path in published()) <= 80e6
    assert {path.suffix for path in published()} <= {".md", ".csv", ".svg", ".nc", ".json"}


def test_no_number_of_paper_b_needs_a_simulation():
    """Every run that a row of its comparison names, for the number or for its reason, is published."""
    of_b = [row for row in printed.rows() if row["paper"] == "B"]
    sources = {
        entry.get("source")
        for row in of_b
        for entry in (row, ours.reference(row), row.get("reason") or {})
    }
    named = {root / "results/paper" / source for source in sources - {None}}
    assert len(named) > 30
    assert named <= published()


def test_a_job_that_is_tried_again_gets_more():
    """Each rule's memory and run time grow with the attempt, as do the profile's defaults."""
    lines = [
        line
        for path in [*(root / "workflow/rules").glob("*.smk"), root / "slurm/config.yaml"]
        for line in path.read_text().splitlines()
        if re.match(r" +(mem_mb|runtime)[=:]", line)
    ]
    assert len(lines) > 20
    assert not [line for line in lines if "* attempt" not in line]


def test_published_results_are_what_their_records_say():
    """A record is no claim: the file says the same, or the commit that made it has code of the same meaning."""
    files = sorted((root / "results/paper").rglob("*.nc"))
    kept = [path for path in files if path in published()]
    assert kept
    for path in kept:
        found, attrs = record.read(path)[0], netcdf.attributes(path)
        assert not record.is_cut_short(path, found)
        assert found["spec"] == json.loads(attrs["spec"]), path
        assert attrs["git_dirty"] == "no", path
        assert found["code"] == attrs["code"] or found["code"] == _then(attrs, found), path


def test_links_of_the_pages_lead_somewhere():
    pages = [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("*/README.md")]
    assert len(pages) > 10
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page}: {link}"


def _then(attrs, found):
    """Digest of the code of the commit that made the file; where history is not at hand, what the record says."""
    then = source.digest_at(attrs["git_commit"], attrs["job"], spec=attrs["spec"])
    return then or found["code"]


def test_catalog_finds_what_it_looks_for():
    """The files of Snakemake's catalog and of snakedeploy; what is deployed is what is documented."""
    assert (root / "workflow/Snakefile").exists()
    about = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text("utf-8"))
    assert about["usage"]["software-stack-deployment"]["conda"] is True
    assert (root / "config/README.md").exists()
    assert (root / "config/config.yaml").samefile(root / "config.yaml")
