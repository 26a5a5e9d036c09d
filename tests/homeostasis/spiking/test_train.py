"""Training of the spiking network: the rule, determinism, resume after a kill, the compiled program."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from eiplast import netcdf, source
from eiplast.errors import JobError
from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import build, model, train, trials
from listed import assert_as_published, spec_of

compiler = pytest.mark.skipif(
    not trials.compiles({"compile": True}), reason="needs make and a C++ compiler"
)

# The pipe of a program that has ended, and what numpy opens and cannot read, are closed when they are collected.
left_open = pytest.mark.filterwarnings(
    "ignore:unclosed file", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def short(spiking_spec):
    """Trials of 60 ms, for what holds whatever their length."""
    return spiking_spec | {"duration": 60.0}


@pytest.fixture(scope="module")
def trained(short):
    return train.run(short)


def _same(a, b):
    for name in a.variables:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=name)


@pytest.mark.parametrize("floor_error", [False, True])
def test_the_rule_that_runs_is_eqs_16_and_17(spiking_spec, floor_error):
    """Against loops over synapses, with the floors where the paper and where the authors' code have them."""
    p = spiking_spec | {"floor_error": floor_error}
    rng = np.random.default_rng(0)
    synapses = model.connect(p, rng)
    A = {c: synapses[c]["A"] for c in neural.CLASSES}
    r = {x: rng.uniform(0, 20, p[f"n_{x}"]) * (rng.random(p[f"n_{x}"]) > 0.3) for x in "EI"}
    pre = {x: np.maximum(r[x], p["rate_floor"]) for x in "EI"}
    dW = train.weight_changes(r, pre, A, p)
    own = pre if floor_error else r
    cross = {"E": ("I", "EI", 1), "I": ("E", "IE", -1)}
    for c in neural.CLASSES:
        post, source = c
        other, mask, sign = cross[post]
        for i, j in zip(synapses[c]["post"][::7], synapses[c]["pre"][::7], strict=True):
            partners = r[other][A[mask][i] == 1].mean()
            error = p[f"{post}_set"] - own[post][i] + sign * (p[f"{other}_set"] - partners)
            direction = 1 if source == "E" else -1
            expected = direction * p["alpha"] * pre[source][j] * error
            assert dW[c][i, j] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@compiler
@left_open
@pytest.mark.parametrize("run", ["example", pytest.param("authors_figure", marks=pytest.mark.slow)])
def test_first_trials_of_published_results_are_those_of_this_code(run):
    run = f"spiking_train/{run}"
    ds = train.run(spec_of(run) | {"n_trials": 20, "n_late": 2, "record_trials": [0]})
    names = ["E_mean", "I_mean", "W_EE", "W_EI", "W_IE", "W_II"]
    assert_as_published(ds, run, names, 1e-3, trial=slice(20))


def test_weights_stay_in_their_bounds(spiking_spec):
    p = spiking_spec | {"alpha": 50.0}
    ds = train.run(p)
    for c in neural.CLASSES:
        assert ds[f"w_{c}"].min() >= p["W_min"]
        assert ds[f"w_{c}"].max() <= p["W_max"]


def test_the_seed_decides_everything(short, trained):
    _same(trained, train.run(short))
    other = train.run(short | {"seed": 1})
    assert not np.array_equal(trained.v_E, other.v_E)
    assert not np.array_equal(trained.post_EE, other.post_EE)


def test_silence_is_left_at_the_rate_of_the_rule(spiking_spec):
    """Without spikes E and I errors are the set-points and presynaptic rates the floor."""
    p = spiking_spec | {"I_kick": 0.0, "sigma_E": 0.0, "sigma_I": 0.0, "duration": 50.0}
    ds = train.run(p)
    slope = {"EE": 19.0, "EI": -19.0, "IE": 9.0, "II": -9.0}
    for c, expected in slope.items():
        np.testing.assert_allclose(np.diff(ds[f"W_{c}"]), p["alpha"] * expected, rtol=1e-3)
    assert ds.outcome == "silent"
    assert np.isnan(ds.first_Up_state)


_session = """
import sys, time
from eiplast import job
from eiplast.homeostasis.spiking import train


def save_and_wait(state, *args, save=train._save):
    # With a trial that is kept in full.
    if state["n_done"] == 2:
        save(state, *args)
        time.sleep(600)


train._checkpoint_seconds = 0
if sys.argv[3:] == ["wait"]:
    train._save = save_and_wait
job.main("homeostasis.spiking.train", "1", sys.argv[1], sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_session_resumes_to_the_same_numbers(short, trained, tmp_path):
    output = tmp_path / "run.nc"
    checkpoint = tmp_path / f"run.nc.{source.digest('homeostasis.spiking.train')}.checkpoint"
    command = [sys.executable, "-c", _session, json.dumps(short), str(output)]
    session = subprocess.Popen([*command, "wait"], stderr=subprocess.DEVNULL)
    while not checkpoint.exists() and session.poll() is None:
        time.sleep(0.02)
    os.kill(session.pid, signal.SIGKILL)
    session.wait()
    assert not output.exists()
    with np.load(checkpoint) as saved:
        assert saved["n_done"] == 2
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True)
    assert "resumed after trial 2" in done.stderr
    assert not checkpoint.exists()
    _same(netcdf.load(output), trained)


@left_open
@pytest.mark.parametrize("harm", ["damaged", "other settings"])
def test_a_useless_checkpoint_is_said_and_left(short, trained, tmp_path, capsys, harm):
    checkpoint = tmp_path / "checkpoint"
    if harm == "damaged":
        checkpoint.write_bytes(b"PK\x03\x04 cut short")
    else:
        state = {"n_done": np.int64(2)}
        train._save(state, short | {"alpha": 1.0}, checkpoint)
    _same(train.run(short, checkpoint), trained)
    assert "starting again" in capsys.readouterr().err


def test_without_a_compiler_one_notice(spiking_spec, monkeypatch, capsys):
    monkeypatch.setenv("EIPLAST_COMPILE", "0")
    trials._notice.cache_clear()
    ds = train.run(spiking_spec | {"compile": True, "duration": 50.0})
    assert capsys.readouterr().err.count("notice: no ") == 1
    assert ds.simulated_by == "Brian2, numpy"


@left_open
@compiler
def test_compiled_trials_equal_numpy_and_ignore_history(spiking_spec, capsys):
    """Without noise both give the same spikes; a trial between others is the same; one program serves all."""
    p = spiking_spec | {"sigma_E": 0.0, "sigma_I": 0.0, "compile": True}
    synapses = model.connect(p, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    strength = {"E": 4000.0, "I": 300.0}
    w = [
        {c: s * strength[c[1]] * rng.random(len(synapses[c]["pre"])) for c in neural.CLASSES}
        for s in (1.0, 1.5)
    ]
    values = train.values(p, step=(200.0, 50.0, 150.0))
    with trials.simulator(p, synapses) as trial:
        first, other = (trial(0, w[k], 200.0, values) for k in (0, 1))
    capsys.readouterr()
    with trials.simulator(p, synapses) as trial:
        trial(0, w[1], 200.0, values)
        again = trial(0, w[0], 200.0, values)
    assert "compiling" not in capsys.readouterr().err
    with trials.simulator(p | {"compile": False}, synapses) as trial:
        reference = trial(0, w[0], 200.0, values)
    assert len(first["E"][0]) > 50
    assert len(first["E"][0]) != len(other["E"][0])
    for x in "EI":
        for k in (0, 1):
            np.testing.assert_array_equal(first[x][k], again[x][k])
            np.testing.assert_allclose(first[x][k], reference[x][k], atol=1e-6)
        # Of 20 mV in single precision against double.
        np.testing.assert_allclose(first[f"v_{x}"], reference[f"v_{x}"], atol=5e-5)


@compiler
def test_normal_numbers_of_the_compiled_program(tmp_path):
    """Moments, tails and correlations of four million numbers against the normal distribution."""
    from scipy import stats

    header = trials.__file__.replace("trials.py", "normal.h")
    source = tmp_path / "draw.cpp"
    source.write_text(
        f'#include "{header}"\n#include <cstdio>\n'
        "int main() { eiplast::normal_stream.seed(1); for (int i = 0; i < 10000; i++)"
        " { float z[400]; eiplast::normal_stream.fill(z, 400); std::fwrite(z, 4, 400, stdout); } }"
    )
    flags = ["-O3", "-ffast-math", "-fno-finite-math-only", "-std=c++17"]
    program = tmp_path / "draw"
    subprocess.run([build.compiler(), *flags, source, "-o", program], check=True)
    z = np.frombuffer(subprocess.run([program], stdout=subprocess.PIPE).stdout, np.float32)
    assert stats.kstest(z[::4].astype(float), "norm").pvalue > 1e-3
    n = np.sqrt(len(z))
    assert abs(z.mean(dtype=float)) * n < 4
    assert abs(z.var(dtype=float) - 1) * n / np.sqrt(2) < 4
    assert abs(stats.kurtosis(z.astype(float))) * n / np.sqrt(24) < 4
    for lag in (1, 2, 64, 128, 2000):
        assert abs(np.corrcoef(z[:-lag], z[lag:])[0, 1]) * n < 4
        assert abs(np.corrcoef(z[:-lag] ** 2, z[lag:] ** 2)[0, 1]) * n < 4
    assert 4.8 < np.abs(z).max() < 6.7


@pytest.mark.parametrize("c", ["EI", "IE"])
def test_a_unit_without_partners_of_the_other_class_is_refused(spiking_spec, monkeypatch, c):
    synapses = model.connect(spiking_spec, np.random.default_rng(0))
    synapses[c]["A"][3] = 0
    monkeypatch.setattr(model, "connect", lambda *_: synapses)
    with pytest.raises(JobError, match="no partner"):
        train.run(spiking_spec)
