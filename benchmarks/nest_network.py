"""A network of NEST of the size and activity of ours, run by the Python that has NEST; asked and answered in JSON.

Leaky integrate-and-fire units whose synaptic currents are alpha functions (`iaf_psc_alpha`), with the membranes,
numbers of synapses, delays and time step of paper B. A synapse carries the charge of ours, E onto E a third of it,
so that a current sets the rate: a constant one into every E unit, found by bisection, gives the number of spikes
that is asked for. A unit does less than the paper's: no adaptation, one time constant for rise and decay.
One thread; processor seconds of the simulation alone.
"""

import json
import math
import sys
import time

import nest
import numpy as np

_settle = 200.0  # ms before the clock starts
_tries = 12


def main():
    """Print seconds, spikes, synapses and current of what standard input asks for."""
    asked = json.load(sys.stdin)
    p = asked["p"]
    units, recorder, n_synapses = build(p, asked["W"], asked["noise"])

    def at(current):
        return trial(units, recorder, p, current)

    current = asked["current"] or tuned(at, asked["spikes"])
    seconds, spikes = min(at(current) for _ in range(asked["repetitions"]))
    found = {"seconds": seconds, "spikes": spikes, "current": current, "synapses": n_synapses}
    print(json.dumps(found | {"version": nest.__version__}))


def build(p, W, noise):
    """Groups of units by class, what records their spikes, and the number of synapses between them.

    W : dict of weights (pA) of the four classes. noise : ms between new values of the noise current; 0: none.
    """
    nest.ResetKernel()
    nest.set(resolution=p["dt"], local_num_threads=1, rng_seed=1, print_time=False)
    units = {x: nest.Create("iaf_psc_alpha", p[f"n_{x}"], membrane(p, x)) for x in "EI"}
    recorder = nest.Create("spike_recorder")
    for x in "EI":
        nest.Connect(units[x], recorder)
        units[x].V_m = nest.random.uniform(p[f"E_L_{x}"], p[f"V_thresh_{x}"])
        if noise:
            nest.Connect(nest.Create("noise_generator", params=white(p, x, noise)), units[x])
    before = nest.num_connections
    for c in W:
        connect(p, c, units[c[0]], units[c[1]], W[c])
    return units, recorder, nest.num_connections - before


def membrane(p, x):
    """Parameters of `iaf_psc_alpha`; one time constant stands for rise and decay of a current."""
    return {
        "E_L": p[f"E_L_{x}"],
        "V_m": p[f"E_L_{x}"],
        "V_th": p[f"V_thresh_{x}"],
        "V_reset": p[f"V_reset_{x}"],
        "C_m": p[f"C_m_{x}"],
        "tau_m": p[f"C_m_{x}"] / p[f"g_L_{x}"],
        "t_ref": p[f"tau_ref_{x}"],
        "tau_syn_ex": time_constant(p, "E"),
        "tau_syn_in": time_constant(p, "I"),
    }


def time_constant(p, pre):
    return math.sqrt(p[f"tau_r_{pre}"] * p[f"tau_d_{pre}"])


def white(p, x, every):
    """Noise current, new every `every` ms, under which the potential has the standard deviation of ours."""
    tau_m = p[f"C_m_{x}"] / p[f"g_L_{x}"]
    deviation = p[f"sigma_{x}"] * p[f"g_L_{x}"] * math.sqrt(tau_m / every)
    return {"std": deviation, "dt": every}


def connect(p, c, post, pre, w):
    """Exactly p_conn n_post n_pre synapses without autapses; delays as in ours, uniform in whole steps."""
    w = w / 3 if c == "EE" else w
    peak = w * p[f"tau_w_{c[0]}"] / (math.e * time_constant(p, c[1]))
    longest = p[f"tau_l_{c[1]}"]
    nest.Connect(
        pre,
        post,
        {
            "rule": "fixed_total_number",
            "N": round(p["p_conn"] * len(post) * len(pre)),
            "allow_autapses": False,
        },
        {
            "weight": peak if c[1] == "E" else -peak,
            "delay": nest.random.uniform(p["dt"], longest),
        },
    )


def tuned(trial_of, spikes):
    """Mean current, 1 reaches the threshold, with which a trial has `spikes` spikes to within 3 %."""
    low, high = 0.0, 4.0
    for _ in range(_tries):
        current = (low + high) / 2
        found = trial_of(current)[1]
        if abs(found / spikes - 1) < 0.03:
            return current
        low, high = (current, high) if found < spikes else (low, current)
    sys.exit(f"no current gives {spikes} spikes")


def trial(units, recorder, p, current):
    """Processor seconds and spikes of a trial; each E unit has another current, or all would fire together."""
    threshold = p["g_L_E"] * (p["V_thresh_E"] - p["E_L_E"])
    spread = np.random.default_rng(0).uniform(0.5, 1.5, p["n_E"])
    units["E"].I_e = current * threshold * spread
    nest.Simulate(_settle)
    recorder.n_events = 0
    started = time.process_time()
    nest.Simulate(p["duration"])
    return time.process_time() - started, recorder.n_events


if __name__ == "__main__":
    nest.verbosity = nest.VerbosityLevel.ERROR
    main()
