"""Fixtures: the checked settings, and a private copy of the checkout to run the workflow in."""

import contextlib
import copy
import ctypes
import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jaxtyping
import psutil
import pytest
import yaml
from xdist.scheduler import LoadScopeScheduling

from eiplast import jax_cache, settings

# Before anything imports jax.
jax_cache.prepare(os.environ)
# Of the GNU C library, in the processes started from here: what one thread gives back another takes, and what is
# larger than so many bytes goes back to the system.
os.environ.setdefault("MALLOC_ARENA_MAX", "1")
os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", "262144")
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", "262144")

root = Path(__file__).parent.parent

# What annotations say of arrays is held at every call, in modules that are imported from here on; of a dict, what
# they say of its first array. Not where numba compiles functions: it cannot compile the check around them.
models = [
    path.relative_to(root / "src").with_suffix("")
    for room in ("disinhibition", "homeostasis")
    for path in (root / "src/eiplast" / room).rglob("*.py")
    if "import numba" not in path.read_text(encoding="utf-8")
]
jaxtyping.install_import_hook([".".join(path.parts) for path in models], "beartype.beartype")

# In one process, in this order: the browser, what shares a checkout in which the workflow has run, and what leaves
# most in memory.
workflows = [f"tests/test_{name}.py" for name in ("report", "reliability", "workflow", "figures")]


class Share(LoadScopeScheduling):
    """The tests of a file go to one process and share what is made there.

    So do those of all `workflows`, unless EIPLAST_FINISHED spares them the making.
    """

    def _split_scope(self, nodeid):
        file = nodeid.split("::")[0]
        shared = file in workflows and "EIPLAST_FINISHED" not in os.environ
        return "workflows" if shared else file


def pytest_xdist_make_scheduler(config, log):
    return Share(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest first, and beside its browser the small files."""

    def order(item):
        file = item.path.relative_to(root).as_posix()
        place = workflows.index(file) if file in workflows else len(workflows)
        return place, file.count("/")

    items.sort(key=order)


def pytest_collection_finish():
    """What is imported by now stays: Brian2 collects garbage in every trial, and need not look through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def forget(_full):
    """What fills memory after a test: programs that jax has compiled, figures that refer to themselves."""
    yield
    memory = psutil.Process().memory_info
    if memory().rss < _full["at"]:
        return
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    gc.collect()
    # Of the GNU C library alone, which returns nothing by itself.
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    # What stays is needed; programs are compiled anew where they are forgotten after every test.
    _full["at"] = max(_full["at"], memory().rss + 50e6)


@pytest.fixture(scope="session")
def _full():
    """Bytes of memory at which tests forget."""
    return {"at": 500e6}


@pytest.fixture(scope="session")
def schema():
    return yaml.safe_load((root / "workflow/schemas/config.schema.yaml").read_text())


@pytest.fixture(scope="session")
def _config():
    return yaml.safe_load((root / "config.yaml").read_text())


@pytest.fixture
def config(_config):
    return copy.deepcopy(_config)


@pytest.fixture(scope="session")
def paper(_config, schema):
    """Settings of paper scale; a test that changes them makes its own copy."""
    return settings.load(copy.deepcopy(_config), schema)["paper"]


@pytest.fixture
def rate_spec(paper):
    """The block `rate` of config.yaml, to put a run on top."""
    return copy.deepcopy(paper["homeostasis"]["rate"])


class Checkout:
    """A copy of the checkout in a folder of its own."""

    # A job of each paper, a figure and a table; seconds.
    few = (
        "results/quick/single_synapse/isolated.nc",
        "results/quick/figure/b_figS13.svg",
        "results/quick/table/b_errata.csv",
    )
    # Cheap jobs of every kind that the slow tests of the workflow look at, of both papers.
    part = (
        "results/quick/figure/a_fig3.svg",
        "results/quick/figure/b_figS1.svg",
        "results/quick/figure/b_figS13.svg",
        "results/quick/table/b_errata.csv",
        "results/quick/train/text/digits/backprop/hidden1.nc",
    )

    def __init__(self, folder):
        self.folder = folder
        # With what Python and numba have compiled already.
        ignored = shutil.ignore_patterns("*.egg-info")
        for name in ("src", "workflow", "envs", "profiles", "slurm"):
            shutil.copytree(root / name, folder / name, ignore=ignored)
        for name in ("Snakefile", "config.yaml", "CITATION.cff"):
            shutil.copy(root / name, folder)

    def bring(self, folder, *names):
        """Bring results and memory of the checkout in `folder`, or of them what has these names."""
        for name in names or ("results", ".snakemake"):
            shutil.copytree(Path(folder, name), self.folder / name, dirs_exist_ok=True)

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
    """A checkout in which quick scale has run to its end, for slow tests: minutes.

    Less where EIPLAST_FINISHED names a checkout in which it just has: Snakemake makes only what is missing or old.
    """
    checkout = Checkout(tmp_path_factory.mktemp("finished"))
    if known := os.environ.get("EIPLAST_FINISHED"):
        checkout.bring(known, "results/quick", ".snakemake/metadata")
    done = checkout.snakemake("--cores", "2")
    assert done.returncode == 0, done.stdout[-3000:]
    return checkout


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """A checkout in which a run, a figure and a table have been made: what the default tests can wait for."""
    checkout = Checkout(tmp_path_factory.mktemp("begun"))
    done = checkout.snakemake("--cores", "1", *checkout.few)
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
