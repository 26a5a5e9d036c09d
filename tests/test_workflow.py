"""The workflow as a user runs it: from nothing, again, after a kill, after damage, with bad input."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from eiplast import compare, verdict
from listed import published

root = Path(__file__).parent.parent

trained = "results/quick/train/text/digits/backprop/hidden1"
# All that occur, each tried in UDUNITS 2.2.28.
units = {"1", "%", "s", "ms", "1/ms", "1/ms^2", "Hz", "Hz2", "mV", "pA", "nA"}
provenance = {
    "spec",
    "versions",
    "git_commit",
    "git_dirty",
    "command",
    "wall_time_s",
    "cpu_time_s",
    "peak_memory_mb",
    "device",
    "seed",
    "job",
    "environment",
}


def _files(checkout, pattern="**/*.nc"):
    """Results by name; what a killed job had half written is none, and goes once no job can be writing it."""
    results = checkout.folder / "results"
    found = [path for path in sorted(results.glob(pattern)) if not path.name.startswith(".")]
    return {str(path.relative_to(results)): path for path in found}


@pytest.fixture(params=["begun", pytest.param("finished", marks=pytest.mark.slow)])
def made(request):
    """A checkout with results: a few, and the whole of quick scale."""
    return request.getfixturevalue(request.param)


def test_every_netcdf_explains_itself(made):
    files = _files(made)
    assert len(files) >= 3
    for name, path in files.items():
        ds = xr.open_dataset(path)
        assert provenance <= set(ds.attrs), name
        json.loads(ds.attrs["spec"])
        for variable in ds.variables.values():
            assert {"units", "long_name"} <= set(variable.attrs), (name, variable.name)
            assert variable.attrs["units"] in units, (name, variable.attrs["units"])
        with netCDF4.Dataset(path) as raw:
            arrays = [v for v in raw.variables.values() if v.ndim and v.dtype is not str]
            assert all(v.filters()["zlib"] for v in arrays), name


def test_figures_and_tables_say_that_they_are_quick(made):
    results = made.folder / "results/quick"
    svgs = list(results.glob("figure/*.svg"))
    assert svgs
    for path in svgs:
        assert "quick scale" in path.read_text(), path.name
        assert path.with_suffix(".pdf").stat().st_size > 5_000
        assert path.with_suffix(".png").stat().st_size > 10_000
    for path in results.glob("table/*.csv"):
        assert set(pd.read_csv(path).scale) == {"quick"}
        assert "Quick scale" in path.with_suffix(".md").read_text()
        assert "Quick scale" in path.with_suffix(".tex").read_text()


def _assert_compared(path):
    """The table in `path`, which has the agreed columns and verdicts."""
    table = pd.read_csv(path)
    assert list(table.columns) == compare.columns
    assert set(table.verdict) <= set(verdict.verdicts)
    # Quick scale trains on digits: no printed accuracy may be judged by it.
    assert set(table[table["item"] == "Table 1"].verdict) == {"not computed"}
    return table


def _assert_one_file(path):
    """The page in `path` has figures and links to nothing."""
    page = path.read_text("utf-8")
    assert "<img" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


@pytest.mark.slow
def test_comparison_has_the_agreed_columns_and_verdicts(finished):
    _assert_compared(finished.folder / "results/quick/comparison.csv")


@pytest.mark.slow
def test_report_is_one_file_without_links(finished):
    _assert_one_file(finished.folder / "results/quick/report.html")


@pytest.mark.slow
def test_second_run_of_the_whole_does_nothing(finished):
    started = time.monotonic()
    again = finished.snakemake("--cores", "2")
    assert "Nothing to be done" in again.stdout
    assert time.monotonic() - started < 60
    assert len(_files(finished)) >= 8
    assert len(_files(finished, "quick/figure/*.svg")) >= 3


def test_second_run_does_nothing_and_a_dry_run_agrees(begun):
    assert "Nothing to be done" in begun.snakemake("--cores", "2", *begun.few).stdout
    assert "Nothing to be done" in begun.snakemake("-n", *begun.few).stdout


@pytest.mark.slow
def test_same_seed_same_numbers(finished, checkout):
    """One job of every kind, run again, gives identical variables."""
    before = _files(finished)
    largest_first = sorted(before, key=lambda name: -before[name].stat().st_size)
    one_of_each = {name.split("/")[1]: name for name in largest_first}
    # Without its images every training would be made again.
    images = one_of_each.pop("dataset")
    checkout.bring(finished.folder)
    for names in (one_of_each.values(), [images]):
        for name in names:
            (checkout.folder / "results" / name).unlink()
        done = checkout.snakemake("--cores", "2", *(f"results/{name}" for name in names))
        assert done.returncode == 0, done.stdout[-2000:]
    for name in (*one_of_each.values(), images):
        again = _files(checkout)[name]
        assert again.stat().st_mtime > before[name].stat().st_mtime
        xr.testing.assert_equal(xr.load_dataset(again), xr.load_dataset(before[name]))


@pytest.mark.slow
def test_a_part_has_its_comparison_and_its_report(checkout, finished):
    checkout.bring(finished.folder, "results/quick/single_synapse", "results/quick/figure")
    for name in ("so_far.csv", "report_so_far.html"):
        done = checkout.snakemake("--cores", "1", f"results/quick/{name}")
        assert done.returncode == 0, done.stdout[-3000:]
    table = _assert_compared(checkout.folder / "results/quick/so_far.csv")
    assert set(table[table.verdict != "not computed"].paper) == {"A"}
    _assert_one_file(checkout.folder / "results/quick/report_so_far.html")


@pytest.mark.slow
def test_scales_never_mix(finished):
    assert not (finished.folder / "results/paper").exists()
    plan = finished.snakemake("-n", scale="paper").stdout
    assert "results/quick" not in plan


@pytest.mark.slow
def test_a_file_cut_in_half_is_made_again(checkout, finished):
    checkout.bring(finished.folder)
    path = checkout.folder / "results/quick/single_synapse/isolated.nc"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done = checkout.snakemake("--cores", "2", *checkout.part)
    assert done.returncode == 0
    assert "isolated.nc is cut short" in done.stdout
    xr.load_dataset(path)


@pytest.mark.slow
def test_editing_a_figure_runs_no_simulation(finished):
    source = finished.folder / "src/eiplast/figure/b_figS1.py"
    before = source.read_text("utf-8")
    assert before.count("figsize=(") == 1
    source.write_text(before.replace("figsize=(", "figsize=(1.01 * "), "utf-8")
    plan = finished.snakemake("-n", *finished.part).stdout
    source.write_text(before, "utf-8")
    jobs = plan[plan.index("Job stats") : plan.index("total")]
    assert "figure" in jobs
    assert "rate_simulate" not in jobs
    assert "train" not in jobs


@pytest.mark.slow
def test_killed_in_the_middle_then_the_same_command(checkout):
    """kill -9 of Snakemake and its jobs: only the interrupted jobs repeat, nothing is corrupt."""
    process = subprocess.Popen(
        checkout.command("--cores", "2", *checkout.few),
        cwd=checkout.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while len(_files(checkout)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished_before = {name: path.stat().st_mtime_ns for name, path in _files(checkout).items()}
    assert len(finished_before) >= 2
    again = checkout.snakemake("--cores", "2", *checkout.few)
    assert again.returncode == 0, again.stdout[-2000:]
    # Two cores: at most two jobs had written their file without Snakemake having noted it.
    repeated = [
        n for n, t in finished_before.items() if _files(checkout)[n].stat().st_mtime_ns != t
    ]
    assert len(repeated) <= 2
    for path in _files(checkout).values():
        xr.load_dataset(path)
    assert not list((checkout.folder / "results").rglob(".*.nc.*"))


@pytest.mark.slow
def test_a_failure_does_not_stop_the_rest(checkout):
    """No data set: training fails and says why; all that needs no images is made all the same."""
    text = (checkout.folder / "config.yaml").read_text()
    settings, scales = text.split("\nscales:")
    text = f"{settings}\nscales:{scales.replace('digits', 'mnist')}"
    # A file in the way of the folder: nothing is downloaded.
    text = text.replace('tfds_dir: ""', 'tfds_dir: "Snakefile"')
    (checkout.folder / "config.yaml").write_text(text)
    done = checkout.snakemake(
        "--cores", "2", trained.replace("digits", "mnist") + ".nc", *checkout.few
    )
    assert done.returncode != 0
    results = checkout.folder / "results/quick"
    log = (results / "dataset/mnist.log").read_text()
    assert "error: no prepared data set 'mnist'" in log.splitlines()[-1]
    assert all((checkout.folder / name).exists() for name in checkout.few)


@pytest.mark.parametrize(
    "bad",
    [
        "scale=quikc",
        pytest.param("n_seeds=3", marks=pytest.mark.slow),
        pytest.param("datasets=mnist", marks=pytest.mark.slow),
    ],
)
def test_bad_command_line_is_one_line(checkout, bad):
    done = subprocess.run(
        [*checkout.command("-n")[:-1], bad],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("config: ")]
    assert len(lines) == 1
    assert bad.split("=")[0] in lines[0]


def test_a_name_that_config_does_not_have_is_a_target_of_no_rule(checkout):
    done = checkout.snakemake("-n", "results/quick/rate_simulate/cross_brod.nc")
    assert done.returncode != 0
    assert "No rule to produce results/quick/rate_simulate/cross_brod.nc" in done.stdout


def test_results_that_cannot_be_written(checkout):
    (checkout.folder / "results").write_text("in the way")
    done = checkout.snakemake("--cores", "1")
    assert done.returncode != 0
    assert "cannot be written" in done.stdout
    assert "Traceback" not in done.stdout


def test_paper_scale_is_planned_quickly_and_whole(checkout):
    started = time.monotonic()
    plan = checkout.snakemake("-n", scale="paper")
    assert plan.returncode == 0
    assert time.monotonic() - started < 60
    assert "train/authors/mnist/backprop/hidden3.nc" in plan.stdout
    assert "results/quick" not in plan.stdout


@pytest.fixture
def cloned(checkout):
    """A checkout with all that is published."""
    for path in published():
        target = checkout.folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return checkout


def test_nothing_published_is_of_other_code_or_settings(cloned):
    """A clone takes as done, at paper scale, every data set, training, simulation and analysis that is there."""
    plan = cloned.snakemake("-n", scale="paper").stdout
    assert "rule figure:" in plan
    why = re.findall(r"^results/paper/\S+ was made with other .*", plan, re.MULTILINE)
    made = re.findall(r"^    output: (results/paper/(?!aggregate)\S+\.nc)", plan, re.MULTILINE)
    names = {str(path.relative_to(root)) for path in published()}
    assert (why, names & set(made)) == ([], set())


def test_an_edit_of_a_rule_makes_its_published_runs_again_and_no_others(cloned):
    path = cloned.folder / "src/eiplast/homeostasis/plasticity.py"
    before = path.read_text("utf-8")
    after = before.replace('p["E_set"] - E', 'p["E_set"] - 2 * E')
    assert after != before
    path.write_text(after, "utf-8")
    plan = cloned.snakemake("-n", scale="paper").stdout
    older = re.findall(r"^results/paper/(\w+)/\S+ was made with other code", plan, re.MULTILINE)
    assert {"rate_simulate", "stability_map"} <= set(older)
    assert not {"train", "single_synapse", "student_teacher", "dataset"} & set(older)


def test_lint(checkout):
    assert checkout.snakemake("--lint").returncode == 0


def test_slurm_profile_plans_without_slurm(checkout):
    plan = checkout.snakemake("-n", "--profile", "slurm")
    assert plan.returncode == 0
    assert "slurm_partition=gpu" in plan.stdout


@pytest.mark.slow
def test_processes_hold_to_their_threads(finished):
    """A training job pinned to one thread uses about one core, not all of them."""
    benchmark = pd.read_csv(finished.folder / f"{trained}.benchmark.tsv", sep="\t")
    assert np.isfinite(benchmark["s"]).all()
    assert (benchmark["mean_load"] < 140).all()


def _run(folder, *args, **environ):
    """`snakemake` in a folder; stdout and stderr as one text."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *args],
        cwd=folder,
        env=os.environ | environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


_alone = """
import sys

# The Slurm plugin brings numpy and pandas.
ours = {"netCDF4", "xarray", "scipy", "jax", "numba", "brian2", "matplotlib", "tqdm", "diffrax", "optax",
    "sklearn", "tensorflow_datasets"}


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ours:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Blocker())
"""


@pytest.mark.parametrize("args", ["-n", "--lint"])
def test_parses_where_snakemake_is_alone(checkout, tmp_path_factory, args):
    """Plan and lint import nothing that Snakemake does not bring, with published results to judge."""
    shutil.copytree(
        root / "results/paper/student_teacher", checkout.folder / "results/paper/student_teacher"
    )
    hook = tmp_path_factory.mktemp("hook")
    (hook / "sitecustomize.py").write_text(_alone, "utf-8")
    done = _run(checkout.folder, args, PYTHONPATH=str(hook))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "made with other" not in done.stdout
    assert "cannot be read" not in done.stdout


_caller = """
module eiplast:
    snakefile: {snakefile!r}
    config: {{"scale": "quick"}}

use rule * from eiplast as b_*

rule mine:
    default_target: True
    input: "results/quick/figure/b_figS13.png"
    output: "mine.png"
    shell: "cp {{input}} {{output}}"
"""


@pytest.mark.slow
@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_rules_for_another_workflow_in_another_folder(checkout, tmp_path_factory, snakefile):
    folder = tmp_path_factory.mktemp("caller")
    text = _caller.format(snakefile=str(checkout.folder / snakefile))
    (folder / "Snakefile").write_text(text, "utf-8")
    done = _run(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout[-3000:]
    assert (folder / "mine.png").stat().st_size > 10_000
    assert not (checkout.folder / "results").exists()


@pytest.mark.slow
def test_rules_from_a_commit_of_a_git_repository(checkout, tmp_path_factory):
    """As snakedeploy writes it: no checkout at hand, only the name of a repository and a version."""
    git = ["git", "-C", checkout.folder, "-c", "user.name=A", "-c", "user.email=a@b.c"]
    for command in (["init"], ["add", "."], ["commit", "-m", "Begin"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("caller")
    text = _caller.format(snakefile=f"git+file://{checkout.folder}/workflow/Snakefile@v1")
    (folder / "Snakefile").write_text(text, "utf-8")
    done = _run(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout[-3000:]
    assert (folder / "mine.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out", "a b's $HOME {c} (d); ü"])
def test_in_another_folder(checkout, tmp_path_factory, name):
    """`-s elsewhere/Snakefile --directory out`: results go there, from a path of any kind."""
    folder = tmp_path_factory.mktemp("elsewhere")
    there = shutil.copytree(checkout.folder, folder / name / "checkout")
    out = folder / name / "results of mine"
    done = _run(
        folder,
        *["-s", there / "Snakefile", "--directory", out, "--cores", "2"],
        *["--config", "scale=quick", "--", "results/quick/figure/b_figS13.png"],
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert (out / "results/quick/figure/b_figS13.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["C", "de_DE.ISO-8859-1"])
def test_files_are_utf8_whatever_the_locale_says(checkout, locale):
    """Greek letters come out right, and what one locale made is done in another."""
    table = "results/quick/table/b_errata.csv"
    plain = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = _run(checkout.folder, "--cores", "1", table, "--config", "scale=quick", **plain)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "α_EE" in (checkout.folder / table).read_text("utf-8-sig")
    assert "Nothing to be done" in checkout.snakemake("-n", table).stdout


@pytest.mark.slow
def test_what_is_not_ours_stays(checkout, finished):
    """A NetCDF 3 file and a file that no rule makes stay as they are; a link to a folder is followed."""
    checkout.bring(finished.folder)
    results = checkout.folder / "results/quick"
    mine = results / "rate_simulate/mine.nc"
    xr.Dataset({"x": ("t", [1.0])}).to_netcdf(mine, format="NETCDF3_64BIT")
    (results / "mine").mkdir()
    (results / "mine/notes.nc").write_bytes(b"no NetCDF")
    elsewhere = checkout.folder / "elsewhere"
    shutil.move(results / "single_synapse", elsewhere)
    (results / "single_synapse").symlink_to(elsewhere)
    cut = elsewhere / "isolated.nc"
    whole, before = cut.read_bytes(), mine.read_bytes()
    cut.write_bytes(whole[:1000])
    shutil.copy(results / "comparison.csv", results / "so_far.csv")
    plan = checkout.snakemake("-n", *checkout.part).stdout
    assert "single_synapse/isolated.nc is cut short" in plan
    assert "mine.nc" not in plan
    assert "notes.nc" not in plan
    assert mine.read_bytes() == before
    assert (results / "comparison.csv").exists()
    assert (results / "so_far.csv").exists()
    assert cut.read_bytes() == whole[:1000]
