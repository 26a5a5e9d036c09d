"""Trials of the spiking network in one process: a compiled program that is built once and shared by all
networks of a size or, where there is no C++ compiler, Brian2's numpy code.

A trial is a function of seed, weights and values alone, never of the trials before it.
"""

import contextlib
import functools
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import brian2
import numpy as np
from brian2 import ms, mV, pA
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.functions import Function

from eiplast.errors import JobError
from eiplast.homeostasis import neural
from eiplast.homeostasis.spiking import build, model


@contextlib.contextmanager
def simulator(p, synapses):
    """A function ``trial(seed, w, duration, values)`` for one network, as a context.

    duration : ms. values : dict of `model.TRIAL_VALUES`, each a pair for E and I.
    A trial returns a dict: E, I, each a pair of unit numbers and spike times (ms), and v_E, v_I, the
    membrane potential (mV) of unit 0 every `record_dt`.
    The same seed gives the same trial, but compiled and numpy code draw from different streams.
    Raises JobError where the network does not compile or the compiled program stops.
    """
    if compiles(p):
        with _compiled(p, synapses) as trial:
            yield trial
    else:
        yield _interpreted(p, synapses)


def compiles(p):
    """Whether trials run as a compiled program; EIPLAST_COMPILE=0 says no, as if there were no compiler."""
    missing = [name for name in ("make", build.compiler()) if not shutil.which(name)]
    if p["compile"] and os.environ.get("EIPLAST_COMPILE") == "0":
        missing = ["permission (EIPLAST_COMPILE=0)"]
    if p["compile"] and missing:
        _notice(" and ".join(missing))
    return p["compile"] and not missing


@functools.cache
def _notice(missing):
    print(
        f"notice: no {missing}, so the network runs in numpy, about twenty times slower; "
        "with make and a C++ compiler (g++, or the one in CXX) it is compiled",
        file=sys.stderr,
    )


def _interpreted(p, synapses, target="numpy"):
    brian2.set_device("runtime")
    brian2.prefs.codegen.target = target
    objects, network = model.network(p, synapses)
    network.store()

    def trial(seed, w, duration, values):
        network.restore()
        model.reset(p, objects)
        for c, charge in model.charge(p, w).items():
            objects[c].q = charge * pA * ms
        for name, unit in model.TRIAL_VALUES.items():
            for x, value in zip("EI", values[name], strict=True):
                setattr(objects[x], name, value * unit)
        brian2.seed(seed % 2**32)
        network.run(duration * ms)
        spikes = {x: objects[f"spikes_{x}"] for x in "EI"}
        return {
            **{x: (np.array(spikes[x].i), np.array(spikes[x].t / ms)) for x in "EI"},
            **{f"v_{x}": np.array(objects[f"v_{x}"].v[0][:: _every(p)] / mV) for x in "EI"},
        }

    return trial


@contextlib.contextmanager
def _compiled(p, synapses):
    with tempfile.TemporaryDirectory(prefix="eiplast-") as folder:
        _write_program(p, synapses, folder)
        process = subprocess.Popen(
            [build.program(Path(folder))],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        # Once it has read its connections it needs the folder no more, so that a kill leaves nothing.
        _read(process, np.int32)
    try:
        yield lambda *args: _exchange(process, p, *args)
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


def _exchange(process, p, seed, w, duration, values):
    """Send one trial to the program and read what it gives back; the order is that of `_before_trial`."""
    numbers = [
        value * float(unit) for name, unit in model.TRIAL_VALUES.items() for value in values[name]
    ]
    try:
        process.stdin.write(np.uint64(seed).tobytes())
        process.stdin.write(np.array([duration * float(ms), *numbers]).tobytes())
        for charge in model.charge(p, w).values():
            process.stdin.write((charge * float(pA * ms)).astype(_float).tobytes())
        process.stdin.flush()
    except BrokenPipeError:
        raise JobError("the compiled network stopped: its last words are above") from None
    result = {}
    for x in "EI":
        i = _read(process, np.int32)
        result[x] = i, _read(process, np.float64) / float(ms)
    for x in "EI":
        result[f"v_{x}"] = _read(process, _float)[:: _every(p)] / float(mV)
    return result


def _every(p):
    return round(p["record_dt"] / p["dt"])


def _read(process, dtype):
    """One array: its length as int64, then its items."""
    head = process.stdout.read(8)
    n = int.from_bytes(head, sys.byteorder) * np.dtype(dtype).itemsize if len(head) == 8 else -1
    data = process.stdout.read(n) if n >= 0 else b""
    if len(data) != n:
        raise JobError("the compiled network stopped in a trial: its last words are above")
    return np.frombuffer(data, dtype).copy()


# Of the state in the compiled program: half the memory, and twice as many units in a register.
_float = np.float32

_helpers = r"""
#include <cstdint>
#include <cstdio>
#include <cstdlib>
template <class T> void take(T *to, size_t n) {
    if (std::fread(to, sizeof(T), n, stdin) != n) std::_Exit(1);
}
template <class T> void give(T *from, int64_t n) {
    std::fwrite(&n, sizeof n, 1, stdout);
    std::fwrite(from, sizeof(T), n, stdout);
}
"""


def _write_program(p, synapses, folder):
    """C++ of Brian2 for this network in `folder`, its connections beside it as data.

    The program reads trials from standard input until that ends. A run of one step before the first trial
    lets Brian2 prepare its queues; then every trial starts from `model.reset`.
    """
    brian2.set_device("cpp_standalone", build_on_run=False)
    try:
        with _preferences():
            device = brian2.get_device()
            # Names of an earlier network that is still in memory would make this one another program.
            gc.collect()
            objects, network = model.network(p, synapses, _fill)
            network.run(p["dt"] * ms)
            device.insert_code("main", _before_trial(device, objects, network))
            model.reset(p, objects)
            device.insert_code("main", _after_trial(device, objects, network))
            shutil.copy(Path(__file__).with_name("normal.h"), folder)
            (Path(folder) / "trials.h").write_text(_helpers, encoding="utf-8")
            device.build(directory=folder, compile=False, run=False)
    finally:
        brian2.get_device().reinit()
        brian2.set_device("runtime")


def _fill(x):
    """Brian2 function by which normal.h draws the noise of all units of class `x`."""
    name, noise = f"fill_{x}", f"_array_{x}_noise"
    code = f"static float {name}() {{ return normal_stream.fill({noise}, _num_{noise}); }}"
    code = f"using namespace brian; using eiplast::normal_stream; {code}"
    fill = Function(lambda: 0.0, arg_units=[], return_unit=1, stateless=False)
    fill.implementations.add_implementation("cpp", code, name=name)
    return fill


@contextlib.contextmanager
def _preferences():
    """Brian2's preferences for the program, and as they were afterwards."""
    changed = {
        "codegen.cpp.headers": ['"normal.h"', '"trials.h"'],
        "codegen.cpp.extra_compile_args_gcc": [
            *brian2.prefs.codegen.cpp.extra_compile_args_gcc,
            *build.flags(),
        ],
        "core.default_float_dtype": _float,
    }
    before = {name: brian2.prefs[name] for name in changed}
    try:
        for name, value in changed.items():
            brian2.prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            brian2.prefs[name] = value


def _before_trial(device, objects, network):
    def array(name, variable):
        return device.get_array_name(objects[name].variables[variable], access_data=False)

    queues = ", ".join(f"&{c}_pre" for c in neural.CLASSES)
    return "\n".join(
        [
            "int32_t ready = 1; give(&ready, 1); std::fflush(stdout);",
            "for (uint64_t seed; std::fread(&seed, sizeof seed, 1, stdin) == 1;) {",
            "eiplast::normal_stream.seed(seed);",
            "double duration; take(&duration, 1);",
            *(f"take({array(x, name)}, 1);" for name in model.TRIAL_VALUES for x in "EI"),
            *(f"take(&{array(c, 'q')}[0], {array(c, 'q')}.size());" for c in neural.CLASSES),
            *(f"{array(f'spikes_{x}', name)}.resize(0);" for x in "EI" for name in "it"),
            *(f"{array(f'v_{x}', 't')}.resize(0);" for x in "EI"),
            f"for (auto path : {{{queues}}}) for (auto queue : path->queue)",
            "    for (auto &spikes : queue->queue) spikes.clear();",
            f"{network.name}.t = 0;",
            # Brian2 takes the steps of a run from the network's time, but the first time from the clock.
            "step_clock.t[0] = 0;",
        ]
    )


def _after_trial(device, objects, network):
    def array(name, variable):
        return device.get_array_name(objects[name].variables[variable], access_data=False)

    spikes = [array(f"spikes_{x}", name) for x in "EI" for name in "it"]
    traces = [(array(f"v_{x}", "t"), array(f"v_{x}", "v")) for x in "EI"]
    return "\n".join(
        [
            f"{network.name}.run(duration, NULL, 10.0);",
            *(f"give(&{name}[0], {name}.size());" for name in spikes),
            *(
                f"{{ std::vector<{c_data_type(_float)}> v({t}.size());"
                f" for (size_t k = 0; k < v.size(); k++) v[k] = {v}(k, 0); give(&v[0], v.size()); }}"
                for t, v in traces
            ),
            "std::fflush(stdout); }",
            # Brian2 would now write every array of the last trial to disk.
            "std::_Exit(0);",
        ]
    )
