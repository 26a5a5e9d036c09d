"""What the runs took: sums over rules, from the attributes that every job writes."""

import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from eiplast import costs, job, netcdf, settings

root = Path(__file__).parent.parent
sys.path.insert(0, str(root / "workflow"))


def _run(folder, name, **attrs):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    netcdf.save(xr.Dataset(), path, {}, **attrs)
    return str(path)


def test_costs_are_sums_over_a_rule_and_a_kind_of_device(tmp_path):
    cpu, gpu = {"device": "cpu: x86_64"}, {"device": "gpu: NVIDIA H100"}
    runs = [
        _run(tmp_path, "train/text/a.nc", wall_time_s=3600.0, cpu_time_s=7200.0, peak_memory_mb=900, **cpu),
        _run(tmp_path, "train/text/b.nc", wall_time_s=1800.0, cpu_time_s=1800.0, peak_memory_mb=700, **cpu),
        _run(tmp_path, "train/text/c.nc", wall_time_s=36.0, cpu_time_s=72.0, peak_memory_mb=2000, **gpu),
        _run(tmp_path, "stability_map/a.nc", wall_time_s=7.2, **cpu),
    ]  # fmt: skip
    costs.main(tmp_path / "costs.csv", *runs)
    assert "train,gpu,1,0.01,0.01,0.02,2000,1" in (tmp_path / "costs.csv").read_text("utf-8")
    found = pd.read_csv(tmp_path / "costs.csv").set_index(["rule", "device"])
    assert found.index.to_list()[:3] == [
        ("train", "cpu"),
        ("train", "gpu"),
        ("stability_map", "cpu"),
    ]
    assert found.runs.to_list() == [2, 1, 1, 4]
    np.testing.assert_allclose(found.wall_time_h, [1.5, 0.01, 0.002, 1.51], rtol=2e-3)
    np.testing.assert_allclose(found.longest_h, [1, 0.01, 0.002, 1])
    # Not recorded is not zero, nor is a sum of what others recorded.
    np.testing.assert_allclose(found.cpu_time_h, [2.5, 0.02, np.nan, np.nan])
    np.testing.assert_allclose(found.peak_memory_mb, [900, 2000, np.nan, 2000])
    assert (found.versions == 1).all()


def test_costs_are_told_in_hours(tmp_path):
    path = tmp_path / "costs.csv"
    head = "rule,device,runs,wall_time_h,longest_h,cpu_time_h,peak_memory_mb,versions"
    path.write_text(f"{head}\ntrain,cpu,12,23.87,1.25,,,1\nall,,15,23.9,0.01,,614,2\n", "utf-8")
    head, _, *lines = costs.markdown(path).splitlines()
    assert "| hours by the clock | longest run | memory (MB) |" in " ".join(head.split())
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells == [
        ["train", "cpu", "12", "23.9", "1.2", ""],
        ["all", "", "15", "23.9", "< 0.1", "614"],
    ]


def test_a_job_tells_what_it_used(monkeypatch):
    before, started = job.used(), time.process_time()
    while time.process_time() < started + 0.3:
        pass
    after = job.used()
    assert 0.2 <= after["cpu_time_s"] - before["cpu_time_s"] < 2
    # A process of Python with numpy and xarray, in millions of bytes.
    assert 50 < after["peak_memory_mb"] < 20000
    # macOS counts bytes, Linux 1024 of them.
    there = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    monkeypatch.setattr(sys, "platform", "darwin")
    assert job.used()["peak_memory_mb"] == pytest.approx(there, abs=1)


def test_every_run_is_counted_once(config, schema):
    import wiring

    of_scale = settings.load(config, schema)["quick"]
    runs = wiring.runs("quick", of_scale)
    assert len(set(runs)) == len(runs)
    rules = {path.split("/")[2] for path in runs}
    assert {"train", "ablation", "rate_simulate", "spiking_train", "stability_map"} <= rules
    assert not rules & {"aggregate", "dataset"}
    named = {
        f"results/quick/rate_simulate/{run}.nc" for run in of_scale["homeostasis"]["rate_runs"]
    }
    assert named <= set(runs)
    networks = {path.split("/")[-1] for path in runs if "/spiking_train/" in path}
    assert networks == {"example.nc", "authors_figure.nc", "eq15.nc", "network_9.nc"}


def test_every_spiking_network_is_counted_at_paper_scale(paper):
    import wiring

    runs = wiring.runs("paper", paper)
    for run in paper["homeostasis"]["spiking_runs"]:
        assert f"results/paper/spiking_train/{run}.nc" in runs


def test_a_first_attempt_asks_for_the_memory_that_published_runs_took():
    """Megabytes both; a tenth to spare, for another machine and other versions."""
    profile = (root / "slurm/config.yaml").read_text("utf-8")
    default = re.search(r"mem_mb: \"(\d+) \* attempt", profile)[1]
    costs = pd.read_csv(root / "results/paper/costs.csv").set_index("rule")
    took = costs.peak_memory_mb.drop("all").dropna()
    assert len(took) > 8
    asked = dict.fromkeys(took.index, default)
    for path in (root / "workflow/rules").glob("*.smk"):
        for rule in re.split(r"^rule ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name, text = rule.split(":", 1)
            if own := re.search(r"mem_mb=lambda w, attempt: (\d+) \* attempt", text):
                asked[name] = own[1]
    assert {rule: mb for rule, mb in took.items() if 1.1 * mb > int(asked[rule])} == {}
