"""Without a shared file system, as clouds run Snakemake: every result goes to a storage and comes from there."""

import importlib.util
import os
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("snakemake_storage_plugin_fs") is None
        or not shutil.which("rsync"),
        reason="needs snakemake-storage-plugin-fs, and rsync, which it copies with",
    ),
]
runs = [
    "results/quick/rate_simulate/paradoxical_current.nc",
    "results/quick/stability_weight_sweep/weight_sweep.nc",
]
targets = ["results/quick/figure/b_figS13.png", runs[0]]


def _storage(remote):
    storage = ["--default-storage-provider", "fs", "--default-storage-prefix", str(remote)]
    return ["--cores", "2", "--shared-fs-usage", "none", *storage]


@pytest.fixture(scope="module")
def stored(tmp_path_factory, checkout_in):
    """A checkout, its storage, the command without targets, and what making the targets gave."""
    checkout = checkout_in(tmp_path_factory.mktemp("checkout"))
    remote = tmp_path_factory.mktemp("remote")
    done = checkout.snakemake(*_storage(remote), *targets)
    assert done.returncode == 0, done.stdout[-3000:]
    return SimpleNamespace(checkout=checkout, remote=remote, command=_storage(remote))


def test_jobs_and_figures_are_in_the_storage_alone(stored):
    made = {
        path.relative_to(stored.remote).as_posix()
        for path in stored.remote.rglob("*")
        if path.is_file()
    }
    assert {*targets, *runs} <= made
    assert not list((stored.checkout.folder / "results").rglob("*.nc"))


def test_second_run_does_nothing(stored):
    again = stored.checkout.snakemake(*stored.command, *targets)
    assert "Nothing to be done" in again.stdout, again.stdout[-3000:]


def test_comparison_so_far_sees_the_runs_in_the_storage(stored):
    done = stored.checkout.snakemake(*stored.command, "results/quick/so_far.csv")
    assert done.returncode == 0, done.stdout[-3000:]
    table = pd.read_csv(stored.remote / "results/quick/so_far.csv")
    assert table.reproduced.notna().any()


def test_results_copied_into_a_storage_outlive_newer_images(checkout, tmp_path_factory):
    remote = tmp_path_factory.mktemp("remote")
    trained = "results/quick/train/text/digits/backprop/hidden1.nc"
    for name in (trained, "results/quick/dataset/digits.nc"):
        (remote / name).parent.mkdir(parents=True)
        (remote / name).write_text("a result", encoding="utf-8")
    os.utime(remote / trained, (1e9, 1e9))
    plan = checkout.snakemake("-n", *_storage(remote), trained)
    assert "Nothing to be done" in plan.stdout, plan.stdout[-3000:]
