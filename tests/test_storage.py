"""Without a shared file system, as clouds run Snakemake: every result goes to a storage and comes from there."""

import importlib.util
import shutil

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("snakemake_storage_plugin_fs") is None or not shutil.which("rsync"),
    reason="needs snakemake-storage-plugin-fs, and rsync, which it copies with",
)
targets = ["results/quick/figure/b_figS13.png", "results/quick/figure/b_fig1.png"]


def test_jobs_and_figures_in_a_storage(checkout, tmp_path_factory):
    remote = tmp_path_factory.mktemp("remote")
    storage = ["--default-storage-provider", "fs", "--default-storage-prefix", str(remote)]
    command = ["--cores", "2", "--shared-fs-usage", "none", *storage, *targets]
    done = checkout.snakemake(*command)
    assert done.returncode == 0, done.stdout[-3000:]
    made = {path.relative_to(remote).as_posix() for path in remote.rglob("*") if path.is_file()}
    assert {*targets, "results/quick/rate_simulate/paradoxical_current.nc"} <= made
    assert not list((checkout.folder / "results").rglob("*.nc"))
    assert "Nothing to be done" in checkout.snakemake(*command).stdout
