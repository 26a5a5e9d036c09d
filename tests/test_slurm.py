"""The pipeline on a real Slurm of virtual nodes (slurm/cluster.sh): all of it, and what the scheduler kills."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import xarray as xr

script = Path(__file__).parent.parent / "slurm/cluster.sh"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="starting a Slurm needs root"),
    pytest.mark.skipif(
        not shutil.which("slurmctld") and not shutil.which("apt-get"),
        reason="no Slurm, and no apt-get to install one",
    ),
    pytest.mark.skipif(
        Path("/etc/slurm/slurm.conf").exists(), reason="this machine has a Slurm already"
    ),
]
# A job of seconds.
target = "results/quick/single_synapse/isolated.nc"


@pytest.fixture(scope="module", autouse=True)
def cluster():
    subprocess.run([script, "up"], check=True)
    yield
    subprocess.run([script, "down"], check=True)


@pytest.fixture(scope="module")
def expected(tmp_path_factory, checkout_in):
    """The target as made without Slurm."""
    checkout = checkout_in(tmp_path_factory.mktemp("local"))
    assert checkout.snakemake("--cores", "1", target).returncode == 0
    return xr.load_dataset(checkout.folder / target)


@pytest.fixture
def checkout(tmp_path, checkout_in):
    """A checkout in a folder whose name has a blank and a letter that is not of ASCII."""
    folder = tmp_path / "a checkout für Slurm"
    folder.mkdir()
    return checkout_in(folder)


class Submitted:
    """`snakemake --profile slurm` in the background; nodes here have two cores."""

    def __init__(self, checkout, *args, scale="quick"):
        self.checkout = checkout
        self.log = checkout.folder / "snakemake.txt"
        profile = ["--profile", "slurm", "--max-threads", "2"]
        prompt = ["--slurm-init-seconds-before-status-checks", "2"]
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                checkout.command(*profile, *prompt, *args, scale=scale),
                cwd=checkout.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ends(self, within):
        """Its exit code and what it printed."""
        code = self.process.wait(within)
        return code, self.log.read_text("utf-8")

    def jobs(self, rule=""):
        """What Slurm knows of its jobs, of one rule if named, in the order of their submission."""
        shown = subprocess.run(
            ["scontrol", "show", "job", "--details", "--oneliner"],
            check=True,
            capture_output=True,
            text=True,
        )
        # A folder may have blanks.
        pairs = re.compile(r"(\S+?)=(.*?)(?= [\w:/]+=|\s*$)")
        jobs = [dict(pairs.findall(line)) for line in shown.stdout.splitlines()]
        return [
            job
            for job in jobs
            if job.get("WorkDir") == str(self.checkout.folder)
            and job["Comment"].startswith(f"rule_{rule}")
        ]

    def running(self):
        """Its only job, and that job's process, once it computes."""
        _wait_for(self.checkout.jobs, 90)
        [job] = self.jobs()
        assert job["JobState"] == "RUNNING"
        return job, self.checkout.jobs()[0]


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.2)


def _states(jobs):
    return [job["JobState"] for job in jobs]


def test_second_slurm_is_refused_and_the_first_goes_on():
    again = subprocess.run([script, "up"], capture_output=True, text=True)
    assert again.returncode == 3
    assert "has a Slurm already" in again.stderr
    assert subprocess.run([script, "status"], timeout=10).returncode == 0


def test_quick_scale_runs_to_its_end(checkout):
    run = Submitted(checkout)
    code, printed = run.ends(within=2400)
    assert code == 0, printed[-3000:]
    assert "Nothing to be done" in checkout.snakemake("-n").stdout
    jobs = run.jobs()
    planned = int(re.search(r"^total +(\d+)$", printed, re.MULTILINE)[1])
    assert len(jobs) == planned - 1  # the rule all is no job
    assert set(_states(jobs)) == {"COMPLETED"}
    on_gpu = {"train", "ablation"}
    for job in jobs:
        rule = job["Comment"].removeprefix("rule_").split("_wildcards")[0]
        if rule in on_gpu:
            assert (job["Partition"], job["NodeList"]) == ("gpu", "gpu1")
            assert job["TresPerJob"] == "gres:gpu:1"
        else:
            assert job["Partition"] == "cpu"
            assert "TresPerJob" not in job
    assert {job["Partition"] for job in jobs} == {"cpu", "gpu"}


def test_cancelled_job_is_tried_again_with_more(checkout, expected):
    run = Submitted(checkout, target)
    job, _ = run.running()
    subprocess.run(["scancel", job["JobId"]], check=True)
    code, printed = run.ends(within=180)
    assert code == 0, printed[-3000:]
    assert "SLURM status is: 'CANCELLED'" in printed
    first, second = run.jobs()
    assert _states([first, second]) == ["CANCELLED", "COMPLETED"]
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("1000M", "2000M")
    assert (first["TimeLimit"], second["TimeLimit"]) == ("00:10:00", "00:20:00")
    xr.testing.assert_equal(xr.load_dataset(checkout.folder / target), expected)


def test_job_that_hangs_ends_at_its_time_limit_and_is_tried_again(checkout, expected):
    run = Submitted(checkout, target, "--set-resources", "single_synapse:runtime=1 * attempt")
    _, process = run.running()
    process.send_signal(signal.SIGSTOP)
    code, printed = run.ends(within=300)
    assert code == 0, printed[-3000:]
    assert "SLURM status is: 'TIMEOUT'" in printed
    assert _states(run.jobs()) == ["TIMEOUT", "COMPLETED"]
    assert [job["TimeLimit"] for job in run.jobs()] == ["00:01:00", "00:02:00"]
    xr.testing.assert_equal(xr.load_dataset(checkout.folder / target), expected)


def test_job_killed_for_memory_is_tried_again_with_more(checkout, expected):
    run = Submitted(checkout, target, "--set-resources", "single_synapse:mem_mb=100 * attempt ** 3")
    code, printed = run.ends(within=180)
    assert code == 0, printed[-3000:]
    first, second = run.jobs()
    # Without cgroups Slurm kills for memory and says so in the job's output only.
    assert _states([first, second]) == ["FAILED", "COMPLETED"]
    assert "exceeded memory limit" in Path(first["StdOut"]).read_text(encoding="utf-8")
    assert first["StdOut"] in printed
    assert second["MinMemoryNode"] == "800M"
    xr.testing.assert_equal(xr.load_dataset(checkout.folder / target), expected)


def test_job_on_a_node_that_dies_runs_on_another(checkout, expected):
    run = Submitted(checkout, target)
    job, _ = run.running()
    node = job["NodeList"]
    try:
        _kill_node(node, job["JobId"])
        code, printed = run.ends(within=240)
    finally:
        subprocess.run([script, "start", node], check=True)
    assert code == 0, printed[-3000:]
    [requeued] = run.jobs()
    assert (requeued["JobState"], requeued["Restarts"]) == ("COMPLETED", "1")
    assert requeued["NodeList"] != node
    xr.testing.assert_equal(xr.load_dataset(checkout.folder / target), expected)


def _kill_node(node, job_id):
    """End the daemon of a node and all that its job runs, as if the power had gone."""
    steps = [p for p in psutil.process_iter() if f"[{job_id}." in " ".join(_command(p)[:2])]
    daemons = [p for p in psutil.process_iter() if _command(p) == ["slurmd", "-N", node]]
    assert steps
    assert daemons
    family = [child for step in steps for child in step.children(recursive=True)]
    for process in daemons + steps + family:
        process.kill()


def test_jobs_that_fail_for_good_are_named_and_stop_nothing_else(checkout):
    text = (checkout.folder / "config.yaml").read_text()
    # A file in the way of the folder: nothing is downloaded.
    (checkout.folder / "config.yaml").write_text(
        text.replace('tfds_dir: ""', 'tfds_dir: "Snakefile"')
    )
    hopeless = [
        "results/quick/stability_weight_sweep/weight_sweep.nc",
        "results/quick/dataset/mnist.nc",
    ]
    independent = "results/quick/stability_errata/errata.nc"
    # Two jobs at a time, the hopeless ones first: the other is submitted only if the run goes on.
    first = ["--jobs", "2", "--prioritize", *hopeless]
    little = ["--set-resources", "stability_weight_sweep:mem_mb=50"]
    run = Submitted(checkout, *hopeless, independent, *first, *little)
    code, printed = run.ends(within=600)
    assert code == 1
    assert (checkout.folder / independent).exists()
    assert run.jobs()[-1]["Comment"].startswith("rule_stability_errata")
    for path in hopeless:
        rule = Path(path).parent.name
        jobs = run.jobs(rule)
        assert _states(jobs) == ["FAILED"] * 3, rule
        report = printed[printed.rindex(f"Error in rule {rule}:") :]
        report = report[: report.index("external_jobid")]
        assert "SLURM status is: 'FAILED'" in report
        assert path.replace(".nc", ".log") in report
        assert jobs[-1]["StdOut"] in report
    assert "exceeded memory limit" in Path(
        run.jobs("stability_weight_sweep")[-1]["StdOut"]
    ).read_text(encoding="utf-8")
    log = checkout.folder / "results/quick/dataset/mnist.log"
    assert "error: no prepared data set 'mnist'" in log.read_text().splitlines()[-1]


def test_long_run_gets_the_cores_of_the_profile_and_an_interrupt_cancels_it(checkout):
    run = Submitted(checkout, "results/paper/rate_simulate/cross_units_batch.nc", scale="paper")
    job, process = run.running()
    assert job["NumCPUs"] == "2"
    threads = process.cmdline()[4]
    assert threads == "2"
    run.process.send_signal(signal.SIGINT)
    code, _ = run.ends(within=60)
    assert code != 0
    _wait_for(lambda: _states(run.jobs()) == ["CANCELLED"], 30)
    _wait_for(lambda: not process.is_running(), 30)
