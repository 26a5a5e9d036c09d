"""Formulas of paper B that are wrong as printed, or hold in a part of their domain only, with a witness each.

`printed` and `right` evaluate the two formulas at one point; `witness` is the same quantity from finite
differences of the fixed point or from the eigenvalues of the rule, neither of which uses either formula.
"""

import numpy as np
import xarray as xr

from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.stability import analysis

_proofs = "tests/homeostasis/stability/test_proofs.py::"


def run(spec):
    """The table of errata at `W_EE`, `W_IE` and the learning rate `alpha` of spec, beside B SI Table 1."""
    p = {key: spec[key] for key in neural.PARAMETERS} | {"alpha": spec["alpha"]}
    rows = [
        *_signs_of_rates(spec, p),
        _scaling(spec, p),
        _forced_balance(spec, p),
        *_derivatives(spec, p),
        _step(spec, p),
        _approximation(spec, p),
        _free_weights(p),
        _caption(spec, p),
    ]
    texts = {
        "equation": "where it is printed",
        "printed_formula": "formula as printed",
        "right_formula": "right formula, or the domain of the printed one",
        "quantity": "what the numbers are",
        "proof": "test that proves it",
    }
    numbers = {
        "printed": "printed formula at the witness point",
        "right": "right formula at the witness point",
        "witness": "the same quantity computed without either formula",
    }
    variables = {
        name: ("erratum", [row[name] for row in rows], {"units": "1", "long_name": about})
        for name, about in (texts | numbers).items()
    }
    index = {"units": "1", "long_name": "erratum"}
    ds = xr.Dataset(variables, coords={"erratum": ("erratum", np.arange(len(rows)), index)})
    # The relative distance of each formula from the witness; it says which of the two is wrong.
    for name in ("printed", "right"):
        distance = np.abs(ds[name] - ds.witness) / np.abs(ds.witness)
        about = {
            "units": "1",
            "long_name": f"relative distance of the {name} value from the witness",
        }
        ds[f"{name}_error"] = distance.assign_attrs(about)
    return ds


def _signs_of_rates(spec, p):
    """Conditions divided by alpha_EE, with all rates negative: stable as printed, unstable in truth."""
    negative = {f"alpha_{c}": -spec["alpha"] for c in neural.CLASSES}
    W = {"EE": spec["W_EE"], "IE": spec["W_IE_stable"]}
    W["EI"], W["II"] = neural.balanced_weights(W["EE"], W["IE"], p)
    R2 = (p["E_set"] / p["I_set"]) ** 2
    gain_E, gain_I = W["EE"] * p["g_E"] - 1, W["II"] * p["g_I"] + 1
    # alpha_2 = alpha_3 = alpha_4 = 1: the rates have the same sign.
    ratio_4 = (R2 + 1) * (gain_I * p["g_E"] - gain_E * p["g_I"])
    ratio_8 = (R2 + 1) * (W["EI"] + W["IE"])
    domain = "holds for alpha_EE > 0; multiplied by alpha_EE, for either sign, together with (5)"
    for rule, equations, formula, value in (
        (
            "homeostatic",
            "SI (3), (4), (39)",
            "(R^2 α_3 + α_4)(W_EE g_E - 1) g_I < (R^2 + α_2)(W_II g_I + 1) g_E",
            ratio_4,
        ),
        (
            "cross_homeostatic",
            "SI (8), (42)",
            "(R^2 α_3 + α_4) W_EI + (R^2 + α_2) W_IE > 0",
            ratio_8,
        ),
    ):
        growth = _growth(rule, W, p | negative)
        yield {
            "equation": equations,
            "printed_formula": formula,
            "right_formula": domain,
            "quantity": f"{rule}, all rates negative: +1 stable, -1 unstable",
            "proof": _proofs + f"test_{rule}",
            "printed": np.sign(value),
            "right": np.sign(-spec["alpha"] * value),
            "witness": -np.sign(growth),
        }


def _scaling(spec, p):
    """Synaptic scaling needs a second condition where a weight is negative, as in half of Fig. S11."""
    W_EE, W_IE = spec["quadrant"]
    condition = analysis.printed("synaptic_scaling", W_EE, W_IE, params=p).item()
    W_EI, W_II = neural.balanced_weights(W_EE, W_IE, p)
    onto_E = p["E_set"] * W_EE + p["I_set"] * W_EI
    onto_I = p["E_set"] * W_IE + p["I_set"] * W_II
    growth = _growth("synaptic_scaling", {"EE": W_EE, "IE": W_IE}, p)
    return {
        "equation": "SI (13), Fig. S11",
        "printed_formula": "stable in the upper-left and lower-right quadrants of the hyperbola (equal rates)",
        "right_formula": "(13) and (α_EE E_set W_EE + α_EI I_set W_EI)(α_IE E_set W_IE + α_II I_set W_II) > 0,"
        " which fails there; it holds for positive weights",
        "quantity": f"synaptic_scaling at W_EE = {W_EE:g}, W_IE = {W_IE:g}: +1 stable, -1 unstable",
        "proof": _proofs + "test_synaptic_scaling",
        "printed": np.sign(condition),
        "right": 1.0 if condition > 0 and onto_E * onto_I > 0 else -1.0,
        "witness": -np.sign(growth),
    }


def _forced_balance(spec, p):
    """The rule as printed is not the rule that the printed conditions (16) are for."""
    W = {"EE": spec["W_EE"], "IE": spec["W_IE_forced"]}
    rates = {"alpha_1": spec["alpha"], "alpha_3": spec["alpha"]}
    conditions = analysis.printed("forced_balance", W["EE"], W["IE"], params=p | rates)
    as_printed = _growth("forced_balance", W, p | rates | {"alpha_3": -spec["alpha"]})
    return {
        "equation": "SI (15)",
        "printed_formula": "dW_IE/dt = +α_3 g_I E (I_set - I)",
        "right_formula": "dW_IE/dt = -α_3 g_I E (I_set - I), τ_0 = 1/(α_1 g_E g_I E_set I_set), is the rule of"
        " (16) and (45)",
        "quantity": "sign of the largest growth rate, by (15), with -α_3, and by (16)",
        "proof": _proofs + "test_forced_balance",
        "printed": np.sign(as_printed),
        "right": np.sign(_growth("forced_balance", W, p | rates)),
        "witness": -1.0 if np.all(conditions > 0) else 1.0,
    }


def _derivatives(spec, p):
    """SI (55): all eight with the opposite sign, and the labels of the last two exchanged."""
    W, E, I, C = _point(spec, p)
    slope_EE, slope_II = (neural.slopes(W, c, p) for c in ("EE", "II"))
    right_EE = E * (W["II"] * p["g_I"] + 1) * p["g_E"] / C
    right_II = I * (W["EE"] * p["g_E"] - 1) * p["g_I"] / C
    yield {
        "equation": "SI (55), all lines",
        "printed_formula": "∂E/∂W_EE = -(E W_II g_E g_I + E g_E)/C",
        "right_formula": "∂E/∂W_EE = +(E W_II g_E g_I + E g_E)/C, and the opposite sign in every line",
        "quantity": "∂E/∂W_EE",
        "proof": _proofs + "test_derivatives",
        "printed": -right_EE,
        "right": right_EE,
        "witness": slope_EE[0],
    }
    yield {
        "equation": "SI (55), last two lines",
        "printed_formula": "∂I/∂W_II = (E W_EE g_E - E) g_I/C; ∂I/∂W_IE = -(I W_EE g_E - I) g_I/C",
        "right_formula": "∂I/∂W_IE = -(E W_EE g_E - E) g_I/C; ∂I/∂W_II = (I W_EE g_E - I) g_I/C",
        "quantity": "∂I/∂W_II",
        "proof": _proofs + "test_derivatives",
        "printed": E * (W["EE"] * p["g_E"] - 1) * p["g_I"] / C,
        "right": right_II,
        "witness": slope_II[1],
    }


def _step(spec, p):
    """SI (56): a step up the loss instead of down."""
    W, *_ = _point(spec, p)
    W = W | {"EI": W["EI"] * spec["imbalance"]}
    E, I = neural.fixed_point(W, p)
    W_array = {c: np.array([[W[c]]]) for c in W}
    A = {c: np.ones((1, 1)) for c in W}
    E_array, I_array = np.array([E]), np.array([I])
    step = plasticity.gradient(E_array, I_array, E_array, I_array, W_array, A, p)["EE"].item()
    dE, dI = neural.slopes(W, "EE", p)
    return {
        "equation": "SI (56), all lines",
        "printed_formula": "ΔW_EE = -α/C ((I_set - I) E W_IE g_e g_I + (E_set - E) E (W_II g_I + 1) g_E)",
        "right_formula": "the opposite sign in every line, g_E for g_e",
        "quantity": "ΔW_EE, a step of gradient descent",
        "proof": _proofs + "test_gradient_descends",
        "printed": -step,
        "right": step,
        "witness": spec["alpha"] * ((p["E_set"] - E) * dE + (p["I_set"] - I) * dI),
    }


def _approximation(spec, p):
    """SI (57): E_set for I_set in alpha_E."""
    W, E, _, _ = _point(spec, p)
    D = p["theta_I"] * (W["EE"] * p["g_E"] - 1) - neural.threshold_E(p) * W["IE"] * p["g_E"]
    factor = spec["alpha"] * p["g_E"] * W["IE"] / D
    return {
        "equation": "SI (57)",
        "printed_formula": "α_E = α g_E E_set W_IE / D",
        "right_formula": "α_E = α g_E I_set W_IE / D",
        "quantity": "α_E, that is α (∂I/∂W_EE) / E at the set-points",
        "proof": _proofs + "test_gradient_approximate",
        "printed": factor * p["E_set"],
        "right": factor * p["I_set"],
        "witness": spec["alpha"] * neural.slopes(W, "EE", p)[1] / E,
    }


def _free_weights(p):
    """Text below SI (24): W_EE and W_EI cannot both be free."""
    # Rows: the constraints on E and on I; columns: the weights left to satisfy them.
    left_by_print = np.array([[0.0, 0.0], [p["E_set"], -p["I_set"]]])
    left_in_truth = np.diag([-p["I_set"], -p["I_set"]])
    return {
        "equation": "SI, text below (24)",
        "printed_formula": "two of the weights are free (chosen to be W_EE and W_EI)",
        "right_formula": "W_EE and W_IE; W_EE alone fixes W_EI",
        "quantity": "rank of the two constraints in the weights that are left; 2 can be solved",
        "proof": _proofs + "test_attractor",
        "printed": float(np.linalg.matrix_rank(left_by_print)),
        "right": float(np.linalg.matrix_rank(left_in_truth)),
        "witness": 2.0,
    }


def _caption(spec, p):
    W_EE, W_IE = spec["start"]
    W_EI, W_II = neural.balanced_weights(W_EE, W_IE, p)
    # dE/dt at the set-points is linear in W_EI; its root needs no formula.
    at_0, at_1 = (
        neural.velocity(p["E_set"], p["I_set"], {"EE": W_EE, "EI": x, "IE": W_IE, "II": W_II}, p)[0]
        for x in (0.0, 1.0)
    )
    return {
        "equation": "Fig. S1, caption",
        "printed_formula": f"the initial weights are W_EE = {W_EE:g} and W_EI = {W_IE:g}",
        "right_formula": f"W_EE = {W_EE:g} and W_IE = {W_IE:g}",
        "quantity": "W_EI at which dE/dt vanishes at the set-points",
        "proof": _proofs + "test_attractor",
        "printed": W_IE,
        "right": W_EI,
        "witness": at_0 / (at_0 - at_1),
    }


def _growth(rule, W, p):
    """Largest real part of the eigenvalues off the attractor."""
    return analysis.analyse(rule, W["EE"], W["IE"], params=p)["eigenvalues"].real[..., :2].max()


def _point(spec, p):
    W = {"EE": spec["W_EE"], "IE": spec["W_IE"]}
    W["EI"], W["II"] = neural.balanced_weights(W["EE"], W["IE"], p)
    E, I = neural.fixed_point(W, p)
    return W, E, I, neural.C(W, p)
