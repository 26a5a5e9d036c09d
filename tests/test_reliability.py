"""What happens to long runs: kills, full disks, two users, read-only folders, clocks, older results."""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import xarray as xr

# What makes a mount of one's own, where the system allows it.
private = ["unshare", "--map-root-user", "--mount"]


def _may_mount():
    try:
        return subprocess.run([*private, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


mounts = pytest.mark.skipif(not _may_mount(), reason="the system allows no mounts of one's own")


def _start(checkout, *targets):
    return subprocess.Popen(
        checkout.command("--cores", "2", *targets),
        cwd=checkout.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _kill(checkout, process, what):
    """kill -9 of Snakemake with its jobs, of one job, or of Snakemake alone, whose jobs then live on."""
    if what == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif what == "job":
        for job in checkout.jobs()[:1]:
            job.kill()
    else:
        process.kill()


# What the jobs of a plan write.
_outputs = re.compile(r"^    output: .*\n", re.MULTILINE)


def _names(folder):
    suffixes = {".nc", ".csv", ".svg"}
    return {p.relative_to(folder) for p in folder.rglob("*") if p.suffix in suffixes}


def _assert_same(folder, reference):
    """What is below `folder` is below `reference`, NetCDF variables and tables to the last digit.

    Of figures only the names: matplotlib's layout varies in the last digit of a place.
    """
    ours = _names(folder)
    assert ours <= _names(reference)
    assert len(ours) >= 3
    for name in ours:
        if name.suffix == ".nc":
            pair = (xr.load_dataset(f / name).drop_attrs() for f in (folder, reference))
            xr.testing.assert_identical(*pair)
        elif name.suffix == ".csv" and name.name != "costs.csv":
            assert (folder / name).read_bytes() == (reference / name).read_bytes(), name


def _disturb(checkout, targets, n_kills, longest, seed):
    """Start, kill after a random time, start again, `n_kills` times; then run to the end."""
    moments = random.Random(seed)
    process = _start(checkout, *targets)
    kills = 0
    while kills < n_kills:
        time.sleep(moments.uniform(0.5, longest))
        if process.poll() is not None:
            # It ended before this moment: one of its jobs was killed, or all was done and there is none to kill.
            if process.returncode == 0:
                shutil.rmtree(checkout.folder / "results")
            process = _start(checkout, *targets)
            continue
        what = moments.choice(["all", "job", "snakemake"])
        _kill(checkout, process, what)
        kills += 1
        if what != "job":
            process.wait()
            process = _start(checkout, *targets)
    process.wait()
    while checkout.jobs():
        time.sleep(0.2)
    last = checkout.snakemake("--cores", "2", *targets)
    assert last.returncode == 0, last.stdout[-3000:]
    # What a killed job had half written goes once no job can be writing it any more.
    for part_file in (checkout.folder / "results").rglob(".*.part.*"):
        os.utime(part_file, (0, 0))
    assert "Nothing to be done" in checkout.snakemake("--cores", "2", *targets).stdout


@pytest.mark.slow
def test_killed_at_random_the_end_is_the_same(checkout, finished):
    _disturb(checkout, checkout.part, n_kills=4, longest=8, seed=0)
    ours, theirs = checkout.folder / "results", finished.folder / "results"
    plan = checkout.snakemake("-n", "--forceall", *checkout.part).stdout
    made = re.findall(r"results/(quick/\S+\.(?:nc|csv|svg))\b", "".join(_outputs.findall(plan)))
    assert _names(ours) == set(map(Path, made))
    _assert_same(ours, theirs)


@pytest.mark.slow
def test_twenty_kills_of_the_whole_quick_scale(checkout, finished):
    _disturb(checkout, [], n_kills=20, longest=30, seed=1)
    ours, theirs = checkout.folder / "results", finished.folder / "results"
    assert _names(ours) == _names(theirs)
    _assert_same(ours, theirs)


@pytest.mark.slow
def test_two_at_once(checkout, finished):
    """The second is told that the folder is in use; the first ends as if alone."""
    first = _start(checkout, *checkout.few)
    while not list(checkout.folder.glob(".snakemake/locks/*.lock")):
        assert first.poll() is None
        time.sleep(0.1)
    os.killpg(first.pid, signal.SIGSTOP)
    second = checkout.snakemake("--cores", "2", *checkout.few)
    os.killpg(first.pid, signal.SIGCONT)
    assert second.returncode != 0
    assert "lock" in second.stdout.lower()
    assert first.wait() == 0
    _assert_same(checkout.folder / "results", finished.folder / "results")


def _in_private_mounts(checkout, script):
    return subprocess.run(
        [*private, "bash", "-c", script],
        cwd=checkout.folder,
        env=os.environ | {"SNAKEMAKE": " ".join(checkout.command("--cores", "2", *checkout.few))},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
@mounts
def test_full_disk(checkout, finished):
    """One line that says so, no half file; with room the same command ends the work."""
    whole = checkout.folder / "whole"
    script = """
        mkdir results && mount -t tmpfs -o size=150k none results
        $SNAKEMAKE && echo unexpected
        cat results/quick/*/*.log
        find results -name '.*.part.*' -o -name '*.damaged'
        mount -o remount,size=200m results
        $SNAKEMAKE || echo unexpected
        cp -r results whole
    """
    done = _in_private_mounts(checkout, script)
    assert "unexpected" not in done.stdout, done.stdout[-3000:]
    assert "cannot be written" in done.stdout
    assert "Make room and run the same command again" in done.stdout
    assert ".part." not in done.stdout
    _assert_same(whole, finished.folder / "results")


@pytest.mark.slow
@mounts
def test_read_only_inputs(checkout, finished):
    """Sources and settings that nobody may write are no hindrance."""
    script = """
        for name in src workflow config.yaml Snakefile profiles; do
            mount --bind $name $name && mount -o remount,ro,bind $name || exit 9
        done
        touch src/eiplast/x config.yaml && exit 8
        $SNAKEMAKE
    """
    done = _in_private_mounts(checkout, script)
    assert done.returncode == 0, done.stdout[-3000:]
    _assert_same(checkout.folder / "results", finished.folder / "results")


def _planned(checkout, *targets):
    """Rules that would run, from a dry run."""
    plan = checkout.snakemake("-n", *(targets or checkout.part)).stdout
    if "Nothing to be done" in plan:
        return set()
    stats = plan[plan.index("Job stats") : plan.index("total")].splitlines()[3:]
    return {line.split()[0] for line in stats if line.strip()}


def _edit(checkout, name, old, new):
    path = checkout.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


rule_of_the_paper = ("src/eiplast/homeostasis/plasticity.py", 'p["E_set"] - E', 'p["E_set"] - 2*E')
parameter = (
    "config.yaml",
    "homeostatic_regions: {n_init: 4, n_trials: 600",
    "homeostatic_regions: {n_init: 4, n_trials: 601",
)


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-1e9, +1e7])
def test_an_edit_counts_though_the_clock_jumped(checkout, finished, jump):
    """Results from the past or the future: an edit of the source re-runs its dependants all the same."""
    checkout.bring(finished.folder)
    for path in (checkout.folder / "results").rglob("*"):
        os.utime(path, (time.time() + jump,) * 2)
    _edit(checkout, *rule_of_the_paper)
    planned = _planned(checkout)
    assert {"rate_simulate", "stability_map", "figure"} <= planned
    assert "single_synapse" not in planned


@pytest.mark.slow
def test_touching_a_source_runs_nothing(checkout, finished):
    checkout.bring(finished.folder)
    for path in (checkout.folder / "src").rglob("*.py"):
        path.touch()
    assert _planned(checkout) == set()


@pytest.mark.slow
def test_results_that_came_without_memory_stay_if_they_are_the_same(checkout, finished):
    """As from a checkout: no .snakemake, files of any age, and figures that are missing."""
    checkout.bring(finished.folder)
    shutil.rmtree(checkout.folder / ".snakemake")
    for path in (checkout.folder / "results").rglob("*.nc"):
        path.touch()
    shutil.rmtree(checkout.folder / "results/quick/figure")
    assert _planned(checkout) == {"figure", "table"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "word", "again"),
    [
        (
            rule_of_the_paper,
            "code",
            {"rate_simulate", "stability_map", "stability_errata", "figure", "table"},
        ),
        (parameter, "settings (n_trials)", {"rate_simulate", "figure"}),
    ],
)
def test_older_results_are_recognised_and_made_again(checkout, finished, edit, word, again):
    checkout.bring(finished.folder)
    shutil.rmtree(checkout.folder / ".snakemake")
    _edit(checkout, *edit)
    assert f"homeostatic_regions.nc was made with other {word}" in checkout.snakemake("-n").stdout
    assert _planned(checkout) == again
    # A plan changes nothing: with the edit undone, all is as it was.
    _edit(checkout, edit[0], edit[2], edit[1])
    assert _planned(checkout) == set()


@pytest.mark.slow
def test_results_of_a_version_that_wrote_no_digest(checkout, finished):
    checkout.bring(finished.folder)
    shutil.rmtree(checkout.folder / ".snakemake")
    path = checkout.folder / "results/quick/stability_map/homeostatic.nc"
    ds = xr.load_dataset(path)
    del ds.attrs["code"]
    ds.to_netcdf(path)
    path.with_suffix(".json").unlink()
    assert _planned(checkout) == {"stability_map", "figure"}


@pytest.mark.slow
def test_cells_that_came_stay_though_the_images_of_others_are_read(checkout, finished):
    """As in a clone: results without images, of which some are missing."""
    checkout.bring(finished.folder)
    shutil.rmtree(checkout.folder / ".snakemake")
    shutil.rmtree(checkout.folder / "results/quick/dataset")
    came = checkout.part[-1]
    missing = came.replace("hidden1", "hidden3")
    (checkout.folder / missing).unlink()
    plan = checkout.snakemake("-n", came, missing).stdout
    assert re.search(r"^train +1$", plan, re.M), plan
    assert re.search(r"^dataset +1$", plan, re.M), plan
    assert _planned(checkout, "--force", came) == {"dataset", "train"}
    _edit(checkout, "src/eiplast/disinhibition/network.py", "def loss(", "def loss (")
    assert _planned(checkout, came) == set()


@pytest.mark.slow
def test_what_is_missing_is_trained_when_images_are_read_anew(checkout):
    cell = "results/quick/train/text/digits/backprop/hidden1.nc"
    images = checkout.snakemake("--cores", "1", "results/quick/dataset/digits.nc")
    assert images.returncode == 0, images.stdout[-3000:]
    assert _planned(checkout, cell) == {"train"}
    _edit(
        checkout, "src/eiplast/dataset.py", "n_test = len(order) // 5", "n_test = len(order) // 4"
    )
    assert _planned(checkout, cell) == {"dataset", "train"}
