"""The sparse spiking network of paper B in Brian2: B Eqs. (12)-(15), SI Tables S1 and S2.

p : dict                    one spiking block of config.yaml; a subscript E or I is the class of the unit
                            (Table S1) or of the presynaptic unit (Table S2)
synapses : dict             for each class c of EE, EI, IE, II: pre, post (unit numbers) and delay (steps),
                            each (n_synapses,), and A, the mask (n_post, n_pre) of 0 and 1
w : dict                    w[c] (n_synapses,), weights (pA) in the order of `synapses`
"""

import numpy as np
from brian2 import (
    Clock,
    Network,
    NeuronGroup,
    Quantity,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nA,
    nS,
    pA,
    pF,
    prefs,
)
from jaxtyping import Float, Float32

from eiplast.homeostasis import neural

# The equations of both classes. Inhibition is subtracted and the noise stands beside the current, not
# inside C_m dV/dt: DIFFERS from B Eqs. (12)-(14) as printed, whose units and signs do not work out;
# the stationary standard deviation of v by noise alone is then sigma / sqrt(2), as in the authors' code.
# `wait` counts the steps of the refractory period, during which v stands still and currents go on.
# The kick has the kinetics of an excitatory synapse: in the authors' code, and as Eq. (15) would have it.
# `filled` takes the value, which says nothing, of a function that fills `noise`.
_equations = """
dv/dt = (E_L - v + (s_E - s_I - I_adapt + I_ext)/g_L + sigma*noise*(tau_m/dt)**0.5)*int(wait <= 0.5)/tau_m : volt
dI_adapt/dt = -I_adapt/tau_adapt : amp
ds_E/dt = (x_E - s_E)/tau_d_E : amp
dx_E/dt = (kick - x_E)/tau_r_E : amp
ds_I/dt = (x_I - s_I)/tau_d_I : amp
dx_I/dt = -x_I/tau_r_I : amp
dwait/dt = -1/dt : 1
kick = I_kick*tau_r_E/dt*int(i < n_kicked)*int(abs(t - t_kick) < dt/2) : amp
I_ext = I_step*int(t >= step_start and t < step_stop) : amp (shared)
noise : 1
filled : 1 (shared)
"""
# What each trial sets anew, one value for all units of a class, and its unit in config.yaml.
TRIAL_VALUES = {"tau_ref": ms, "beta": nA * ms, "I_step": pA, "step_start": ms, "step_stop": ms}
_equations += """
tau_ref : second (shared)
beta : coulomb (shared)
I_step : amp (shared)
step_start : second (shared)
step_stop : second (shared)
"""


def connect(p, rng):
    """Synapses of one network: exactly p_conn n_pre n_post of each class, no autapses, fixed delays.

    ASSUME: the paper gives the probability; the exact count is the authors' code, which also counts
    n_pre n_post with the excluded diagonal. Sorted by presynaptic unit and delay, so that what arrives
    together lies together.
    """
    n = {"E": p["n_E"], "I": p["n_I"]}
    synapses = {}
    for post, pre in neural.CLASSES:
        flat = np.arange(n[post] * n[pre])
        if post == pre:
            flat = flat[flat // n[pre] != flat % n[pre]]
        count = round(p["p_conn"] * n[post] * n[pre])
        chosen = rng.choice(flat, count, replace=False)
        steps = rng.integers(1, round(p[f"tau_l_{pre}"] / p["dt"]), count, endpoint=True)
        i_post, i_pre = np.divmod(chosen, n[pre])
        order = np.lexsort((i_post, steps, i_pre))
        A = np.zeros((n[post], n[pre]), np.float32)
        A[i_post, i_pre] = 1
        synapses[post + pre] = {
            "pre": i_pre[order].astype(np.int32),
            "post": i_post[order].astype(np.int32),
            "delay": steps[order].astype(np.uint8),
            "A": A,
        }
    return synapses


def initial_weights(p, synapses, rng) -> dict[str, Float32[np.ndarray, " _n_synapses"]]:
    """w (pA): normal with the means W_EE... and coefficient of variation W_cv, never negative; B SI."""
    return {
        c: np.maximum(
            p[f"W_{c}"] * (1 + p["W_cv"] * rng.standard_normal(len(synapses[c]["pre"]))), 0
        ).astype(np.float32)
        for c in neural.CLASSES
    }


def network(p, synapses, fill=None):
    """Brian2 objects of one network, a dict by name, and the Network that holds them.

    fill : function of a class, E or I, that gives a Brian2 function without arguments, which draws the noise of
    all units of the class at once; None, and each unit draws its own.
    The objects are E, I (groups), EE... (synapses), spikes_E, spikes_I and v_E, v_I (unit 0, every
    step). One clock for all: the order of several in the generated code is not reproducible.
    """
    clock = Clock(p["dt"] * ms, name="step_clock")
    objects = {x: _group(p, x, clock, fill) for x in "EI"}
    for post, pre in neural.CLASSES:
        c = post + pre
        objects[c] = _synapses(p, c, objects[pre], objects[post], synapses[c], clock)
    for x in "EI":
        objects[f"spikes_{x}"] = SpikeMonitor(objects[x], name=f"spikes_{x}")
        objects[f"v_{x}"] = StateMonitor(objects[x], "v", record=[0], clock=clock, name=f"v_{x}")
    return objects, Network(list(objects.values()), name="trial")


def _group(p, x, clock, fill):
    constants = {
        "E_L": p[f"E_L_{x}"] * mV,
        "V_thresh": p[f"V_thresh_{x}"] * mV,
        "V_reset": p[f"V_reset_{x}"] * mV,
        "C_m": p[f"C_m_{x}"] * pF,
        "g_L": p[f"g_L_{x}"] * nS,
        "tau_m": p[f"C_m_{x}"] * pF / (p[f"g_L_{x}"] * nS),
        "tau_adapt": p["tau_adapt"] * ms,
        "sigma": p[f"sigma_{x}"] * mV,
        "I_kick": p["I_kick"] * nA if x == "E" else 0 * nA,
        "t_kick": p["t_kick"] * ms,
    }
    for pre in "EI":
        constants[f"tau_r_{pre}"] = p[f"tau_r_{pre}"] * ms
        constants[f"tau_d_{pre}"] = p[f"tau_d_{pre}"] * ms
    # As exact as the state: C++ reckons in double precision where one number of an expression has it.
    dtype = prefs.core.default_float_dtype
    constants = {name: Quantity(value, dtype=dtype) for name, value in constants.items()}
    group = NeuronGroup(
        p[f"n_{x}"],
        _equations,
        threshold="v >= V_thresh",
        reset="v = V_reset; I_adapt += beta/tau_adapt; wait = tau_ref/dt - 1",
        method="euler",
        clock=clock,
        namespace=constants | {"n_kicked": p["n_kicked"]},
        # Times that a step is compared with are as exact as time itself.
        dtype=dict.fromkeys(TRIAL_VALUES, np.float64),
        name=x,
    )
    draw = "noise = randn()"
    if fill:
        group.namespace["fill"] = fill(x)
        draw = "filled = fill()"
    group.run_regularly(draw, clock=clock, when="start", name=f"noise_{x}")
    return group


def _synapses(p, c, source, target, synapses, clock):
    """One class; `q` is the charge of a spike, and x jumps so that s follows B Eq. (15)."""
    pre = c[1]
    result = Synapses(
        source,
        target,
        "q : coulomb",
        on_pre=f"x_{pre}_post += q/tau_r",
        namespace={"tau_r": p[f"tau_r_{pre}"] * ms},
        clock=clock,
        name=c,
    )
    result.connect(i=synapses["pre"], j=synapses["post"])
    result.pre.delay = synapses["delay"] * p["dt"] * ms
    return result


def charge(
    p, w: dict[str, Float[np.ndarray, " _n_synapses"]]
) -> dict[str, Float[np.ndarray, " _n_synapses"]]:
    """Charge of one spike at each synapse (pA ms): w times the factor before the bracket of Eq. (15).

    DIFFERS: Eq. (15) prints tau_m of the postsynaptic unit as this factor; the weights that the paper
    prints contain it already, as in the authors' code, so it is 1 ms in every class.
    """
    return {c: w[c] * p[f"tau_w_{c[0]}"] for c in neural.CLASSES}


def reset(p, objects):
    """The state at the start of every trial: at rest, all currents zero (ASSUME: authors' code)."""
    for x in "EI":
        objects[x].v = p[f"E_L_{x}"] * mV
        for current in ("I_adapt", "s_E", "x_E", "s_I", "x_I"):
            setattr(objects[x], current, 0 * pA)
        objects[x].wait = 0
