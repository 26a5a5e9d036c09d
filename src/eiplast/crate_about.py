"""What a crate says of the work as a whole: by whom, after which papers, by which workflow and software."""

import json

from rocrate.model import ContextEntity

from eiplast import publication

_profiles = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}


def add(crate, address, kind, **properties):
    """Add a contextual entity with the `@id` `address`; properties may be other entities."""
    entity = crate.add(ContextEntity(crate, address, {"@type": kind}))
    for name, value in properties.items():
        entity[name] = value
    return entity


def add_root(crate, scale, cited):
    """What the crate is, by whom, under which licence, and the papers."""
    root = crate.root_dataset
    root["name"] = f"{cited['title']}: results at {scale} scale"
    root["description"] = cited["abstract"]
    # Of the software: when this crate was made would make two runs of the same commit differ.
    root["datePublished"] = f"{cited['date-released']}"
    licence = f"https://spdx.org/licenses/{cited['license']}"
    root["license"] = add(crate, licence, "CreativeWork", name=cited["license"], url=licence)
    root["author"] = _add_authors(crate, cited)
    root["keywords"] = ", ".join(cited["keywords"])
    root["citation"] = [_add_paper(crate, reference) for reference in cited["references"]]
    root["conformsTo"] = [
        add(crate, address, "CreativeWork", name=name, version=version)
        for address, (name, version) in _profiles.items()
    ]


def _add_authors(crate, cited):
    """Entities of the authors of `cited`: people, or who has one name alone."""
    kinds = [
        "Person" if "family-names" in author else "Organization" for author in cited["authors"]
    ]
    authors = [
        add(crate, f"#{name.replace(' ', '-')}", kind, name=name)
        for name, kind in zip(publication.names(cited), kinds, strict=True)
    ]
    # A list of one is not how RO-Crate writes one.
    return authors if len(authors) > 1 else authors[0]


def _add_paper(crate, reference):
    return add(
        crate,
        f"https://doi.org/{reference['doi']}",
        "ScholarlyArticle",
        name=reference["title"],
        author=_add_authors(crate, reference),
        datePublished=str(reference["year"]),
        identifier=f"https://doi.org/{reference['doi']}",
    )


def add_workflow(crate, path, cited, runs):
    """The Snakefile at `path` as main entity, with the software that the attributes of the `runs` name."""
    workflow = crate.add_workflow(path, path.name, main=True, lang="snakemake")
    workflow["name"] = cited["title"]
    workflow["description"] = (
        "The root of the workflow; its rules and code are in the release of this version."
    )
    workflow["encodingFormat"] = "text/plain"
    workflow["version"] = cited["version"]
    if "repository-code" in cited:
        workflow["url"] = cited["repository-code"]
    workflow["license"] = crate.root_dataset["license"]
    workflow["author"] = crate.root_dataset["author"]
    workflow["softwareRequirements"] = [_add_software(crate, *one) for one in _software(runs)]
    return workflow


def _software(runs):
    """Pairs of name and version that the NetCDF attributes `versions` of the runs name, sorted."""
    named = [json.loads(run["versions"]) for run in runs if "versions" in run]
    pairs = {pair for versions in named for pair in versions.items() if pair[0] != "eiplast"}
    return sorted(pair for pair in pairs if pair[1] != "not installed")


def _add_software(crate, name, version):
    address = f"https://pypi.org/project/{name}/{version}/"
    if name == "python":
        address = f"https://www.python.org/downloads/release/python-{version.replace('.', '')}/"
    kind = "SoftwareApplication"
    return add(crate, address, kind, name=name, softwareVersion=version, url=address)


def add_scale(crate, workflow, scale):
    """The one parameter of the workflow as a whole, and its value."""
    parameter = add(crate, "#scale", "FormalParameter", name="scale", additionalType="Text")
    parameter["description"] = "paper, or a key of scales in config.yaml"
    parameter["defaultValue"] = "paper"
    parameter["conformsTo"] = add(
        crate,
        "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE",
        "CreativeWork",
        name="FormalParameter",
        version="1.0-RELEASE",
    )
    workflow["input"] = parameter
    value = add(crate, f"#scale-{scale}", "PropertyValue", name="scale", value=scale)
    value["exampleOfWork"] = parameter
    return value
