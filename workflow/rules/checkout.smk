# Where this workflow's own code is: jobs run what lies in ROOT/src.

import io
import shutil
import sys
import tarfile
from pathlib import Path


def checkout(workflow):
    """Root of the checkout of this file; of a module that comes from a git host, a copy of its commit."""
    here = workflow.current_basedir
    if not hasattr(here, "ref"):
        return Path(here).parent.parent
    import git

    repo = git.Repo(here.repo_path) if hasattr(here, "repo_path") else here.hosted_repo.repo
    folder = Path(".snakemake/eiplast", repo.commit(here.ref).hexsha).absolute()
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        whole = io.BytesIO()
        repo.archive(
            whole, here.ref, path=["CITATION.cff", "config.yaml", "envs", "src", "workflow"]
        )
        whole.seek(0)
        with tarfile.open(fileobj=whole) as files:
            files.extractall(part, filter="data")
        part.rename(folder)
    return folder


ROOT = checkout(workflow)
# Nothing is imported from there, while Snakemake reads its files, but what Snakemake itself brings.
sys.path[:0] = [f"{ROOT}/workflow", f"{ROOT}/src"]
# Snakemake reads braces in this path as wildcards.
ENVIRONMENT = f"{ROOT}/envs/environment.yaml".replace("{", "{{").replace("}", "}}")
