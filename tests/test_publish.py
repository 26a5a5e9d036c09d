"""What goes to archives: codecheck.yml by its specification, a crate by the validator of its profile."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rocrate
import xarray as xr
import yaml

from eiplast import codecheck, compare, crate, netcdf, publication

root = Path(__file__).parent.parent
citation = root / "CITATION.cff"


def _save(path, **attrs):
    path.parent.mkdir(parents=True, exist_ok=True)
    rate = xr.Variable("init", np.ones(3), {"units": "Hz", "long_name": "rate"})
    spec = {"dataset": "digits", "method": "backprop"}
    given = {"job": "homeostasis.simulate", "seed": "0", "device": "cpu", "wall_time_s": 1.5}
    netcdf.save(xr.Dataset({"rate": rate}), path, spec, **given | attrs)


@pytest.fixture
def folder(tmp_path):
    """A folder of results at quick scale: three runs, two figures, a table, comparison and report."""
    folder = tmp_path / "results/quick"
    for name in ("a", "b", "c"):
        _save(folder / f"simulate/{name}.nc")
    for name in ("figure/a_fig3.pdf", "figure/b_fig7.svg", "table/a_table1.csv", "report.html"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    rows = pd.DataFrame(columns=compare.columns)
    rows["verdict"] = ["reproduced", "reproduced", "differs", "not computed"]
    rows.to_csv(folder / "comparison.csv", index=False)
    return folder


def _files(folder):
    named = ("Snakefile", "config.yaml", "ro-crate-metadata.json")
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in named)


def _codecheck(folder):
    items = [folder / "figure/a_fig3.pdf", folder / "table/a_table1.csv"]
    output = folder / "codecheck.yml"
    codecheck.main("quick", output, citation, folder / "comparison.csv", *map(str, items))
    return output


def _crate(folder):
    output = folder / "ro-crate-metadata.json"
    sources = citation, root / "workflow/Snakefile", root / "config.yaml"
    crate.main("quick", output, *sources, *map(str, _files(folder)))
    return {entity["@id"]: entity for entity in json.loads(output.read_text("utf-8"))["@graph"]}


def test_codecheck_has_the_part_of_the_authors_and_claims_no_more(folder):
    text = _codecheck(folder).read_text(encoding="utf-8")
    assert text.startswith("%YAML 1.1\n---\n")
    content = yaml.safe_load(text)
    assert content["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    assert not {"codechecker", "report", "check_time", "certificate"} & set(content)
    assert not re.search("FIXME|TODO|XXX", text)
    assert (
        "reproduced: 2, differs: 1, undecided: 0, print unreadable: 0, not computed: 1"
        in content["summary"]
    )
    assert "of 4 printed numbers" in content["summary"]
    for paper in content["paper"]:
        assert paper["title"]
        assert all(set(author) == {"name"} for author in paper["authors"])
        assert paper["reference"].startswith("https://doi.org/10.")


def test_codecheck_names_files_that_exist_and_the_printed_items(folder):
    output = _codecheck(folder)
    manifest = yaml.safe_load(output.read_text(encoding="utf-8"))["manifest"]
    files = [entry["file"] for entry in manifest]
    assert files == ["figure/a_fig3.pdf", "table/a_table1.csv", "comparison.csv"]
    assert all((output.parent / file).exists() for file in files)
    assert manifest[0]["comment"].startswith("Paper A, Fig. 3: ")
    assert "Printed items: Fig. 3a, Fig. 3b, Fig. 3c." in manifest[0]["comment"]
    assert all(len(entry["comment"]) > 30 for entry in manifest)


def test_every_figure_and_table_has_words():
    """As `words` names them; what a print has is found in the list of everything printed."""
    for kind in ("figure", "table"):
        for path in sorted((root / f"src/eiplast/{kind}").glob("[ab]_*.py")):
            words = publication.output(Path(kind, path.name))
            assert words["title"], path
            assert words["claim"], path
            if re.match("[ab]_(fig|table)", path.stem):
                assert publication.printed_items(f"{kind}/{path.stem}"), path


def test_crate_describes_the_run(folder):
    entities = _crate(folder)
    action = next(e for e in entities.values() if e["@type"] == "CreateAction")
    results = {one["@id"] for one in action["result"]}
    assert results == {path.relative_to(folder).as_posix() for path in _files(folder)}
    assert all(len(entities[name]["sha256"]) == 64 for name in results)
    used = {one["@id"] for one in action["object"]}
    assert {"config.yaml", "#scale-quick", crate._images["digits"]} == used
    assert entities["./"]["mainEntity"] == action["instrument"] == {"@id": "Snakefile"}
    assert "Snakefile" in entities["Snakefile"]["@id"]
    assert (folder / "Snakefile").read_text() == (root / "workflow/Snakefile").read_text()
    software = {one["@id"] for one in entities["Snakefile"]["softwareRequirements"]}
    assert f"https://pypi.org/project/numpy/{np.__version__}/" in software
    assert len(entities["./"]["citation"]) == 2
    assert "endTime" not in action


def test_the_same_files_give_the_same_crate(folder):
    _crate(folder)
    first = (folder / "ro-crate-metadata.json").read_bytes()
    _crate(folder)
    assert (folder / "ro-crate-metadata.json").read_bytes() == first


def _context(url):
    """What stands at the two addresses that a crate names, without a network: ro-crate-py brings the large one.

    It brings that of RO-Crate 1.3, which means the same by all other terms that a crate has here.
    """
    if "workflow-run" in url:
        terms = "https://w3id.org/ro/terms/workflow-run#"
        return {"@context": {name: terms + name for name in ("sha256", "environment")}}
    path = Path(rocrate.__file__).parent / "data/ro-crate.jsonld"
    context = json.loads(path.read_text(encoding="utf-8"))
    types = "ComputationalWorkflow", "FormalParameter"
    context["@context"] |= {name: f"https://bioschemas.org/{name}" for name in types}
    inside = "https://bioschemas.org/ComputationalWorkflow#"
    context["@context"] |= {name: inside + name for name in ("input", "output")}
    return context


def _answer(requester, url, **kwargs):
    import requests

    response = requests.Response()
    response.url, response.status_code = url, 200
    response.headers["Content-Type"] = "application/ld+json"
    response._content = json.dumps(_context(url)).encode()
    return response


@pytest.fixture
def issues(monkeypatch, tmp_path):
    """A function from a folder to what roc-validator finds in it: a list of severity and message."""
    models = pytest.importorskip("rocrate_validator.models")
    from rocrate_validator import services
    from rocrate_validator.utils import http

    monkeypatch.setattr(http.HttpRequester, "get", _answer, raising=False)
    given = {"profile_identifier": "workflow-run-crate", "offline": True}
    given |= {"requirement_severity": models.Severity.RECOMMENDED, "cache_path": tmp_path / "cache"}

    def find(folder):
        result = services.validate(models.ValidationSettings(rocrate_uri=str(folder), **given))
        return [(issue.severity.name, issue.message) for issue in result.get_issues()]

    return find


@pytest.mark.slow
def test_validator_of_the_profile_finds_nothing_that_is_required(folder, issues):
    _crate(folder)
    found = issues(folder)
    assert [message for severity, message in found if severity == "REQUIRED"] == []


@pytest.mark.slow
def test_validator_notices_what_is_missing(folder, issues):
    _crate(folder)
    path = folder / "ro-crate-metadata.json"
    path.write_text(path.read_text("utf-8").replace('"instrument"', '"tool"'), encoding="utf-8")
    assert "REQUIRED" in {severity for severity, _ in issues(folder)}
