"""Steps between the results of B SI that test_proofs.py proves, with the fixed point that the code uses."""

import sympy as sp

from eiplast.homeostasis import neural

classes = ("EE", "EI", "IE", "II")
W = {c: sp.Symbol(f"W_{c}", positive=True) for c in classes}
names = ("g_E", "g_I", "theta_E", "theta_I", "tau_E", "tau_I", "E_set", "I_set")
p = {name: sp.Symbol(name, positive=True) for name in names}
E_up, I_up = neural.fixed_point(W, p)


def zero(expression):
    return sp.cancel(sp.together(expression)) == 0


def test_eigenvalues_from_trace_and_determinant():
    """SI (21): both are roots of the characteristic polynomial of (20)."""
    E, I, x = sp.symbols("E I x")
    J = sp.Matrix(neural.velocity(E, I, W, p)).jacobian(sp.Matrix([E, I]))
    for sign in (1, -1):
        root = (J.trace() + sign * sp.sqrt(J.trace() ** 2 - 4 * J.det())) / 2
        assert sp.simplify(J.charpoly(x).as_expr().subs(x, root)) == 0


def test_implicit_derivatives():
    """SI (54): the eight equations that (53) gives, with the derivatives of the fixed point."""
    dE, dI = ({c: r.diff(W[c]) for c in classes} for r in (E_up, I_up))
    for c in classes:
        E_own = {"EE": E_up, "EI": -I_up}.get(c, 0)
        I_own = {"IE": E_up, "II": -I_up}.get(c, 0)
        onto_E = E_own + W["EE"] * dE[c] - W["EI"] * dI[c]
        onto_I = I_own + W["IE"] * dE[c] - W["II"] * dI[c]
        assert zero(dE[c] - p["g_E"] * onto_E)
        assert zero(dI[c] - p["g_I"] * onto_I)


def test_chain_rule_of_the_loss():
    """SI (49), (50) with (51), (52)."""
    loss = (p["E_set"] - E_up) ** 2 / 2 + (p["I_set"] - I_up) ** 2 / 2
    for c in classes:
        through_E = -(p["E_set"] - E_up) * E_up.diff(W[c])
        through_I = -(p["I_set"] - I_up) * I_up.diff(W[c])
        assert zero(loss.diff(W[c]) - through_E - through_I)
