"""Fixtures: the checked settings, and a private copy of the checkout to run the workflow in."""

import contextlib
import copy
import shutil
import subprocess
import sys
from pathlib import Path

import jaxtyping
import psutil
import pytest
import yaml

from eiplast import settings

# The shapes that the annotations of these modules say are held at every call.
jaxtyping.install_import_hook("eiplast.disinhibition", "beartype.beartype")

root = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def schema():
    return yaml.safe_load((root / "workflow/schemas/config.schema.yaml").read_text())


@pytest.fixture
def config():
    return yaml.safe_load((root / "config.yaml").read_text())


@pytest.fixture(scope="session")
def paper(schema):
    """Settings of paper scale; a test that changes them makes its own copy."""
    return settings.load(yaml.safe_load((root / "config.yaml").read_text()), schema)["paper"]


@pytest.fixture
def rate_spec(paper):
    """The block `rate` of config.yaml, to put a run on top."""
    return copy.deepcopy(paper["homeostasis"]["rate"])


class Checkout:
    """A copy of the checkout in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        for name in ("src", "workflow", "envs", "profiles", "slurm"):
            shutil.copytree(root / name, folder / name, ignore=ignored)
        for name in ("Snakefile", "config.yaml", "CITATION.cff"):
            shutil.copy(root / name, folder)

    def command(self, *args, scale="quick"):
        return [sys.executable, "-m", "snakemake", *args, "--config", f"scale={scale}"]

    def snakemake(self, *args, scale="quick"):
        """Run `snakemake` there to its end; stdout and stderr come back as one text."""
        return subprocess.run(
            self.command(*args, scale=scale),
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def jobs(self):
        """Processes of the jobs that run there, whoever started them."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                module = process.cmdline()[1:3]
                if process.cwd() == str(self.folder) and module[:1] == ["-m"]:
                    found += [process] if module[1].startswith("eiplast.") else []
        return found


@pytest.fixture(scope="session")
def checkout_in():
    """A function of a folder that makes a checkout there."""
    return Checkout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A checkout in which quick scale has run to its end."""
    checkout = Checkout(tmp_path_factory.mktemp("finished"))
    done = checkout.snakemake("--cores", "2")
    assert done.returncode == 0, done.stdout[-3000:]
    return checkout


@pytest.fixture(scope="module")
def spiking_spec(paper):
    """The printed spiking network, small and in numpy: 40 E and 16 I units, trials of 200 ms; to be copied."""
    homeostasis = copy.deepcopy(paper["homeostasis"])
    small = {"n_E": 40, "n_I": 16, "n_kicked": 10, "p_conn": 0.5, "duration": 200.0, "t_kick": 20.0}
    few = {"n_trials": 3, "n_late": 2, "record_trials": [1], "compile": False}
    return homeostasis["spiking"] | homeostasis["spiking_runs"]["example"] | small | few


@pytest.fixture(scope="session")
def single_synapse_runs(paper):
    """Every run of A Figs. 3 and S2, a Dataset by name."""
    import jax

    from eiplast.disinhibition import single_synapse

    block = paper["disinhibition"]
    with jax.enable_x64(True):
        return {
            name: single_synapse.run(block["single_synapse"] | run)
            for name, run in block["single_synapse_runs"].items()
        }
