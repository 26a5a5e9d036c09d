"""Whose locks are dead, and which results are today's: what happens before Snakemake plans."""

import copy
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr

from eiplast import netcdf, record

sys.path.insert(0, str(Path(__file__).parent.parent / "workflow"))
import guard
import wiring


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a lock of Snakemake's that somebody left."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.output.lock").touch()
    return tmp_path


def _sign(folder, **changes):
    """A sign in the folder, of this living process unless changed."""
    (folder / ".snakemake/eiplast").mkdir(exist_ok=True)
    who = guard._who(os.getpid()) | changes
    path = folder / f".snakemake/eiplast/{who['host']}.{who['pid']}.json"
    path.write_text(json.dumps(who), "utf-8")
    return path


def _dead():
    """Process number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _locked(folder):
    return bool(list((folder / ".snakemake/locks").glob("*.lock")))


def test_locks_of_a_killed_run_go(folder, capsys):
    sign = _sign(folder, pid=_dead())
    guard.join_folder()
    assert not _locked(folder)
    assert not sign.exists()
    assert "left by a run that was killed" in capsys.readouterr().err


@pytest.mark.parametrize("age", [0, 7200])
def test_half_written_files_go_once_nobody_can_be_writing(folder, age):
    """Also where the run that was killed has left no other trace."""
    part = folder / "results/quick/.12.part.run.nc"
    part.parent.mkdir(parents=True)
    part.touch()
    os.utime(part, (time.time() - age,) * 2)
    guard.join_folder()
    assert part.exists() == (age == 0)


def test_a_zombie_is_dead(folder):
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        _sign(folder, **guard._who(process.pid))
        process.stdin.close()
        while guard._who(process.pid).get("start"):
            pass
        guard.join_folder()
    assert not _locked(folder)


def test_locks_from_before_a_restart_go(folder):
    _sign(folder, pid=1, boot="another")
    guard.join_folder()
    assert not _locked(folder)


def test_a_process_number_that_was_given_again_is_another(folder):
    _sign(folder, pid=os.getppid(), start="1")
    guard.join_folder()
    assert not _locked(folder)


@pytest.mark.parametrize("changes", [{}, {"pid": os.getppid()} | guard._who(os.getppid())])
def test_locks_of_a_living_run_stay(folder, changes):
    if changes:
        _sign(folder, pid=_dead())
    sign = _sign(folder, **changes)
    guard.join_folder()
    assert _locked(folder)
    assert sign.exists()


@pytest.mark.parametrize("changes", [{"host": "node7"}, {"pids": "pid:[1]"}])
def test_of_another_host_only_a_person_can_know(folder, capsys, changes):
    """A file system whose locks hold on one node only: the run there may be alive."""
    sign = _sign(folder, pid=12345, **changes)
    guard.join_folder()
    assert _locked(folder)
    assert sign.exists()
    said = capsys.readouterr().err
    assert "ps -p 12345" in said
    assert "snakemake --unlock" in said


def test_locks_that_nobody_signed_stay(folder):
    """Those of another workflow in the same folder."""
    guard.join_folder()
    assert _locked(folder)


def test_a_folder_that_takes_no_sign_is_no_reason_to_stop(folder, capsys):
    (folder / ".snakemake/eiplast").write_text("in the way", "utf-8")
    guard.join_folder()
    assert _locked(folder)
    assert "notice" in capsys.readouterr().err


class Rule:
    """Stands for a rule of Snakemake's."""

    shellcmd = "python -m eiplast.job x"

    def __init__(self, name, code, spec, inputs=()):
        self.name, self.inputs = name, inputs
        self.params = {"code": code, "spec": lambda wildcards: json.dumps(spec)}

    def expand_input(self, wildcards):
        return self.inputs, None

    def is_producer(self, path):
        return path.startswith(f"results/paper/{self.name}/")

    def get_wildcards(self, path):
        return {"run": Path(path).stem}


@pytest.fixture
def made(folder):
    """A result that came with a checkout, its record beside it."""
    path = Path("results/paper/train/one.nc")
    path.parent.mkdir(parents=True)
    netcdf.save(xr.Dataset(), path, {"a": 1}, job="train", code="today")
    record.write(path, "train", "today", {"a": 1})
    return path


def _marked():
    return len(list(Path(".snakemake/incomplete").iterdir()))


@pytest.mark.parametrize(
    ("code", "spec", "said"),
    [
        ("today", {"a": 1}, ""),
        ("tomorrow", {"a": 1}, "was made with other code"),
        (lambda wildcards: "today", {"a": 1}, ""),
        (lambda wildcards: "tomorrow", {"a": 1}, "was made with other code"),
        ("today", {"a": 2}, "was made with other settings (a)"),
    ],
)
def test_what_came_is_judged_by_its_record(made, capsys, code, spec, said):
    guard.judge_results([Rule("train", code, spec)])
    assert said in capsys.readouterr().err
    assert _marked() == bool(said)
    # What is right again is no longer marked, and a mark is all there is.
    guard.judge_results([Rule("train", "today", {"a": 1})])
    assert _marked() == 0
    assert made.exists()


def test_without_a_record_the_file_itself_is_read(made):
    record.path_of(made).unlink()
    guard.judge_results([Rule("train", "today", {"a": 1})])
    assert _marked() == 0
    guard.judge_results([Rule("train", "tomorrow", {"a": 1})])
    assert _marked() == 1


def test_what_cannot_be_read_now_is_left(made, capsys, monkeypatch):
    """A lock that is refused, a file that a notebook holds: no verdict."""

    def refuse(path):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(netcdf, "attributes", refuse)
    record.path_of(made).unlink()
    guard.judge_results([Rule("train", "tomorrow", {"a": 1})])
    assert "cannot be read now" in capsys.readouterr().err
    assert _marked() == 0


def test_a_cut_file_is_known_by_its_size(made, capsys):
    made.write_bytes(made.read_bytes()[:-1])
    guard.judge_results([Rule("train", "today", {"a": 1})])
    assert "is cut short" in capsys.readouterr().err
    assert _marked() == 1


def test_what_no_rule_makes_is_not_judged(made):
    Path("results/paper/mine.nc").write_bytes(b"\x89HDF")
    Path("results/paper/train/old.nc").write_bytes(b"CDF\x01" + bytes(60))
    guard.judge_results([Rule("train", "today", {"a": 1})])
    assert _marked() == 0


def test_links_are_followed(made):
    Path("elsewhere").mkdir()
    made.parent.rename("elsewhere/train")
    Path("results/paper/train").symlink_to(Path("elsewhere/train").resolve())
    guard.judge_results([Rule("train", "tomorrow", {"a": 1})])
    assert _marked() == 1


def test_a_link_to_a_folder_above_it_ends(made):
    (made.parent / "loop").symlink_to(Path("results").resolve())
    found = list(guard._made_by([Rule("train", "today", {"a": 1})]))
    assert [path for path, _ in found] == [made]


@pytest.fixture
def merged(made):
    """A result made from another, and dated before it, as a checkout may leave them."""
    path = Path("results/paper/aggregate/all.nc")
    path.parent.mkdir()
    path.write_bytes(made.read_bytes())
    record.write(path, "train", "today", {"a": 1})
    os.utime(path, (1e9, 1e9))
    return path


def _rules(made):
    spec = "today", {"a": 1}
    return [Rule("train", *spec), Rule("aggregate", *spec, inputs=[made])]


def test_no_result_is_older_than_what_it_was_made_from(made, merged):
    before = made.stat().st_mtime
    guard.judge_results(_rules(made))
    # Neither of them dates from 1970: scratch disks purge by age.
    assert made.stat().st_mtime == merged.stat().st_mtime == before
    os.utime(merged, (before + 60, before + 60))
    guard.judge_results(_rules(made))
    assert merged.stat().st_mtime == before + 60


def test_a_file_of_another_users_keeps_its_time(made, merged, capsys, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(guard.os, "utime", refuse)
    guard.judge_results(_rules(made))
    assert "belongs to another user" in capsys.readouterr().err


def test_a_run_that_a_figure_shows_is_missed(paper):
    """Only of rules whose runs have names in config.yaml, whatever else the reader's own figures show."""
    less = copy.deepcopy(paper)
    del less["homeostasis"]["rate_runs"]["cross_broad"], less["homeostasis"]["spiking_runs"]["eq15"]
    made_from = {
        "b_figS3": ["rate_simulate/cross_batch.nc", "rate_simulate/cross_broad.nc"],
        "a_figS1": ["explicit_error/panels.nc"],
        "mine": ["train/text/mnist/backprop/hidden1.nc", "dataset/mnist.nc"],
        "b_eq15": ["spiking_train/eq15.nc"],
    }
    wiring.check_runs(made_from, paper)
    with pytest.raises(SystemExit) as stopped:
        wiring.check_runs(made_from, less)
    do = "put the run back, or take {} out of workflow/rules/outputs.smk"
    assert str(stopped.value).splitlines() == [
        f"config: no run makes rate_simulate/cross_broad.nc, which b_figS3 shows: {do.format('b_figS3')}",
        f"config: no run makes spiking_train/eq15.nc, which b_eq15 shows: {do.format('b_eq15')}",
    ]
    # What is gone is compared with nothing.
    names = {path.split("/", 2)[2] for path in wiring.numbers("paper", less)}
    assert not names & {"rate_simulate/cross_broad.nc", "spiking_train/eq15.nc"}
    assert {"rate_simulate/cross_batch.nc", "spiking_train/example.nc"} <= names


def test_names_of_any_scale_are_known(paper):
    own = {"homeostasis": copy.deepcopy(paper["homeostasis"])}
    own["homeostasis"]["rate_runs"] = {"mine": {}}
    own["disinhibition"] = paper["disinhibition"] | {"methods": {"backprop": {}, "mine": {}}}
    of_scales = {"paper": paper, "own": own}
    names = wiring.any_of(of_scales, "rate_simulate").split("|")
    assert names == [*paper["homeostasis"]["rate_runs"], "mine"]
    methods = wiring.any_of(of_scales, "methods").split("|")
    assert methods == [*paper["disinhibition"]["methods"], "mine"]
