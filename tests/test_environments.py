"""The pins of each Python and the environment of the jobs: within the bounds, in step, and enough to run a job."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import netCDF4
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

root = Path(__file__).parent.parent
pythons = ["3.11", "3.12", "3.13"]
project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
direct = [*project["dependencies"], *project["optional-dependencies"]["test"]]
conda = yaml.safe_load((root / "envs/environment.yaml").read_text(encoding="utf-8"))
# What conda reads: named packages of named channels, and at most one list for pip.
conda_schema = {
    "type": "object",
    "required": ["dependencies"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "channels": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "dependencies": {
            "type": "array",
            "items": {
                "oneOf": [
                    {"type": "string", "pattern": r"^[a-z0-9_.-]+( ?[=<>!~].+)?$"},
                    {
                        "type": "object",
                        "required": ["pip"],
                        "additionalProperties": False,
                        "properties": {"pip": {"type": "array", "items": {"type": "string"}}},
                    },
                ]
            },
        },
        "variables": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def _markers(python, system):
    full = f"{python}.0"
    return {"python_version": python, "python_full_version": full, "sys_platform": system}


def _lines(python):
    text = (root / f"envs/constraints-{python}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _pins(lines, python, system):
    """Version by name of the lines that hold there."""
    parsed = [Requirement(line) for line in lines]
    here = [p for p in parsed if not p.marker or p.marker.evaluate(_markers(python, system))]
    assert len({canonicalize_name(p.name) for p in here}) == len(here)
    return {canonicalize_name(p.name): str(p.specifier).removeprefix("==") for p in here}


def _of_jobs():
    """Python and the lines for pip of environment.yaml."""
    python = next(d for d in conda["dependencies"] if str(d).startswith("python "))
    return python.removeprefix("python ="), conda["dependencies"][-1]["pip"]


@pytest.mark.parametrize("python", pythons)
def test_lines_are_exact_pins_without_an_index(python):
    pattern = r"[a-z0-9._-]+==[a-z0-9.]+( ; sys_platform [!=]= 'darwin')?"
    assert not [line for line in _lines(python) if not re.fullmatch(pattern, line)]


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("python", pythons)
def test_pins_cover_every_dependency_within_its_bounds(python, system):
    pins = _pins(_lines(python), python, system)
    wanted = [Requirement(line) for line in direct]
    wanted = [w for w in wanted if not w.marker or w.marker.evaluate(_markers(python, system))]
    assert len(wanted) > 20
    for requirement in wanted:
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin, prereleases=True), requirement


def test_every_python_is_one_that_the_project_supports():
    supported = Requirement(f"python{project['requires-python']}").specifier
    assert all(supported.contains(python) for python in pythons)
    files = sorted(path.name for path in (root / "envs").glob("constraints*.txt"))
    assert files == [f"constraints-{python}.txt" for python in pythons]


def test_environment_is_one_that_conda_reads():
    jsonschema.validate(conda, conda_schema)
    assert {"cxx-compiler", "make", "pip"} < {
        d for d in conda["dependencies"] if isinstance(d, str)
    }


def test_environment_names_no_file():
    """Snakemake reads a copy of it in another folder."""
    _, lines = _of_jobs()
    assert not [line for line in lines if re.search(r"[/\\@]|^-|^\.", line)]


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_environment_agrees_with_the_constraints(system):
    python, lines = _of_jobs()
    ours, locked = _pins(lines, python, system), _pins(_lines(python), python, system)
    assert ours.items() <= locked.items()
    needed = [Requirement(line) for line in project["dependencies"]]
    names = {canonicalize_name(n.name) for n in needed}
    of_snakemake = {name for name in names if name.startswith("snakemake")}
    assert names - of_snakemake <= set(ours)
    assert not [name for name in ours if name.startswith(("snakemake", "pytest"))]


def _interpreter(python):
    """An interpreter of that version on this machine, or None."""
    named = shutil.which(f"python{python}")
    known = sorted(Path.home().glob(f".pyenv/versions/{python}.*/bin/python"))
    for path in filter(None, [sys.executable, named, *known]):
        done = subprocess.run([path, "--version"], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.startswith(f"Python {python}."):
            return path
    return None


@pytest.mark.slow
def test_jobs_run_with_what_the_environment_lists(checkout, tmp_path_factory):
    """As under `--sdm conda`: the jobs find this Python first, with no Snakemake in it and no eiplast."""
    python, lines = _of_jobs()
    interpreter = _interpreter(python)
    if not interpreter:
        pytest.skip(f"needs Python {python}")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "requirements.txt").write_text("\n".join(lines), encoding="utf-8")
    subprocess.run([interpreter, "-m", "venv", "venv"], cwd=elsewhere, check=True)
    # Most of what is installed is never imported, and need not be compiled.
    install = ["venv/bin/python", "-m", "pip", "install", "-q", "--no-compile"]
    subprocess.run([*install, "-r", "requirements.txt"], cwd=elsewhere, check=True)
    # jax, numba and Brian2's compiled network; a figure and a table.
    items = ["figure/a_fig3.png", "figure/b_fig1.png", "table/b_tableS1.csv"]
    targets = [f"results/quick/{item}" for item in items]
    path = f"{elsewhere}/venv/bin:{os.environ['PATH']}"
    found = {"PATH": path, "EIPLAST_PYTHON": f"{elsewhere}/venv/bin/python"}
    done = subprocess.run(
        checkout.command("--cores", "2", *targets),
        cwd=checkout.folder,
        env=os.environ | found,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    files = list((checkout.folder / "results/quick").rglob("*.nc"))
    assert len(files) >= 6
    for file in files:
        with netCDF4.Dataset(file) as ds:
            versions = json.loads(ds.versions)
        assert versions["python"].startswith(python)
        assert versions["eiplast"] == "not installed"
