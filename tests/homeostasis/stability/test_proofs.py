"""Proofs of what B SI sections 1-3 print, with SymPy, from the functions that the simulations use.

Each test shows an identity of rational functions, for all parameters. Where the print is wrong, the test shows
the right formula and that the printed one is not equal to it.
"""

import functools

import numpy as np
import pytest
import sympy as sp

from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.stability import printed_conditions

classes = ("EE", "EI", "IE", "II")
g_E, g_I, tau_E, tau_I, E_set, I_set = sp.symbols("g_E g_I tau_E tau_I E_set I_set", positive=True)
theta_E, theta_I, I_ext = sp.symbols("theta_E theta_I I_ext", real=True)
W_EE, W_EI, W_IE, W_II = sp.symbols("W_EE W_EI W_IE W_II", real=True)
E, I = sp.symbols("E I", real=True)
names = [f"alpha_{c}" for c in classes] + ["alpha", "beta", "alpha_1", "alpha_3"]
rates = {name: sp.Symbol(name, real=True) for name in names}
a_EE, a_EI, a_IE, a_II, alpha, beta, alpha_1, alpha_3 = rates.values()
p = rates | {
    "g_E": g_E,
    "g_I": g_I,
    "tau_E": tau_E,
    "tau_I": tau_I,
    "theta_E": theta_E,
    "theta_I": theta_I,
    "E_set": E_set,
    "I_set": I_set,
    "I_ext": I_ext,
}
onto = {name: sp.Symbol(name, real=True) for name in ("alpha_E", "alpha_I", "beta_E", "beta_I")}
W = dict(zip(classes, (W_EE, W_EI, W_IE, W_II), strict=True))
threshold = theta_E - I_ext
gain_E, gain_I = W_EE * g_E - 1, W_II * g_I + 1
C = W_EI * W_IE * g_E * g_I - gain_I * gain_E
R = E_set / I_set
onto_E, onto_I = E_set**2 * a_EE + I_set**2 * a_EI, E_set**2 * a_IE + I_set**2 * a_II
on_attractor = dict(zip((W_EI, W_II), neural.balanced_weights(W_EE, W_IE, p), strict=True))
C_up = C.subs(on_attractor)


def zero(expression):
    return sp.cancel(sp.together(expression)) == 0


def at_set_points(expression):
    return expression.subs({E: E_set, I: I_set}).subs(on_attractor)


@functools.cache
def change(rule, apart=False):
    """The rule's own function on symbols: dW_EE, dW_EI, dW_IE, dW_II; `apart`: with rates onto E and onto I."""
    given = p | onto if apart else p
    rate_E, rate_I = np.array([E], dtype=object), np.array([I], dtype=object)
    weights = {c: np.array([[W[c]]], dtype=object) for c in classes}
    A = {c: np.array([[sp.Integer(1)]], dtype=object) for c in classes}
    dW = plasticity.RULES[rule](rate_E, rate_I, rate_E, rate_I, weights, A, given)
    return sp.Matrix([sp.sympify(dW[c][0, 0]) for c in classes])


@functools.cache
def jacobian(rule, apart=False):
    """4 x 4 Jacobian of the weights on the attractor, E and I following SI (18)."""
    dW, weights = change(rule, apart), sp.Matrix(list(W.values()))
    slopes = sp.Matrix(neural.fixed_point(W, p)).jacobian(weights)
    J = dW.jacobian(weights) + dW.jacobian(sp.Matrix([E, I])) * slopes
    return J.applyfunc(lambda x: sp.cancel(sp.together(at_set_points(x))))


def off_plane(rule, apart=False):
    """2 x 2 dynamics of E_set W_EE - I_set W_EI and E_set W_IE - I_set W_II."""
    across = sp.Matrix([[E_set, -I_set, 0, 0], [0, 0, E_set, -I_set]])
    back = sp.Matrix([[1 / E_set, 0], [0, 0], [0, 1 / E_set], [0, 0]])
    return across * jacobian(rule, apart) * back


def printed(rule):
    conditions = getattr(printed_conditions, rule)(W, p)
    return [condition.subs(on_attractor) for condition in conditions]


def test_fixed_point():
    """SI (17)-(19), (53): the fixed point is one, and the only one."""
    E_up, I_up = neural.fixed_point(W, p)
    assert all(zero(v) for v in neural.velocity(E_up, I_up, W, p))
    (solution,) = sp.solve(neural.velocity(E, I, W, p), [E, I], dict=True)
    assert zero(solution[E] - E_up)
    assert zero(solution[I] - I_up)


def test_neural_stability():
    """SI (20)-(23): determinant and trace; C > 0 is a positive determinant."""
    J = sp.Matrix(neural.velocity(E, I, W, p)).jacobian(sp.Matrix([E, I]))
    assert zero(J.det() - C / (tau_E * tau_I))
    assert zero(J.trace() + (gain_I * tau_E - gain_E * tau_I) / (tau_E * tau_I))


def test_attractor():
    """B (4)-(5), SI (24)-(26), (29): weights at the set-points; W_EE alone fixes W_EI."""
    assert all(zero(at_set_points(v)) for v in neural.velocity(E, I, W, p))
    EI, II = on_attractor.values()
    assert zero(EI - ((E_set * W_EE - threshold) * g_E - E_set) / (I_set * g_E))
    assert zero(II - ((E_set * W_IE - theta_I) * g_I - I_set) / (I_set * g_I))
    assert zero(sp.solve(EI, W_EE)[0] - (threshold * g_E + E_set) / (E_set * g_E))
    assert zero(sp.solve(II, W_IE)[0] - (theta_I * g_I + I_set) / (E_set * g_I))
    assert EI.diff(W_IE) == 0
    assert EI.diff(W_EE).is_positive


def test_paradoxical_effect():
    """SI (27): more current into I, a lower theta_I, lowers I where W_EE g_E > 1 and C > 0."""
    _, I_up = neural.fixed_point(W, p)
    assert zero(-I_up.diff(theta_I) + g_I * gain_E / C)


@pytest.mark.parametrize("rule", plasticity.RULES)
def test_two_zero_eigenvalues(rule):
    """SI 2.1: the rule rests on the whole attractor, so that its tangents are in the kernel."""
    assert all(zero(at_set_points(x)) for x in change(rule))
    tangents = sp.Matrix([[I_set, 0], [E_set, 0], [0, I_set], [0, E_set]])
    assert all(zero(x) for x in jacobian(rule) * tangents)


def test_homeostatic():
    """SI (2), (5), (38), (40) for all signs of the rates; (3), (4), (39) for alpha_EE > 0 only."""
    M = off_plane("homeostatic")
    condition, product = printed("homeostatic")
    assert zero(M.trace() + g_I * condition / (I_set * C_up))
    assert zero(M.det() - g_E * g_I * product / C_up)
    alpha_2, alpha_3_, alpha_4 = (a / a_EE for a in (a_EI, a_IE, a_II))
    ratio = (R**2 + alpha_2) * gain_I * g_E - (R**2 * alpha_3_ + alpha_4) * gain_E * g_I
    # (4) is (2) divided by alpha_EE: its sign turns with that of alpha_EE.
    assert zero(ratio.subs(on_attractor) - condition * g_I / (a_EE * I_set**3))
    five = (R**2 * alpha_3_ + alpha_4) * (R**2 + alpha_2)
    assert zero(five - product / (a_EE**2 * I_set**4))
    # (40): the current does not enter.
    assert condition.diff(I_ext) == 0


def test_homeostatic_limit():
    """SI 2.3.6: slope and root of the boundary; without plasticity onto E the root is 1 / g_E."""
    condition, _ = printed("homeostatic")
    (line,) = sp.solve(condition, W_IE)
    assert zero(line.diff(W_EE) - onto_I * I_set / (onto_E * E_set))
    (root,) = sp.solve(condition, W_EE)
    assert zero(root.subs({a_EE: 0, a_EI: 0}) - 1 / g_E)


def test_cross_homeostatic():
    """SI (7), (41), and (8), (42) for alpha_EE > 0: with positive rates and weights always stable."""
    M = off_plane("cross_homeostatic")
    (condition,) = printed("cross_homeostatic")
    assert zero(M.trace() + g_I * condition / (I_set * C_up))
    assert zero(M.det() - g_E * g_I * onto_E * onto_I / C_up)
    alpha_2, alpha_3_, alpha_4 = (a / a_EE for a in (a_EI, a_IE, a_II))
    eight = ((R**2 * alpha_3_ + alpha_4) * W_EI + (R**2 + alpha_2) * W_IE).subs(on_attractor)
    assert zero(eight - condition / (a_EE * g_E * I_set**3))


def test_two_term():
    """SI (10), (11), (43): the determinant is positive whatever the rates, so that the trace decides."""
    M = off_plane("two_term")
    (condition,) = printed("two_term")
    squares = E_set**2 + I_set**2
    assert zero(M.trace() + squares * g_I * condition / (I_set * C_up))
    assert zero(M.det() - squares**2 * (alpha**2 + beta**2) * g_E * g_I / C_up)
    a, a_ = gain_E * E_set * I_set * g_I, gain_E * E_set**2 * g_I
    b, b_ = gain_I * E_set * I_set * g_E, gain_I * I_set**2 * g_E
    c = (I_set * theta_I - E_set * threshold) * g_E * g_I
    eleven = ((a_ + b_ + c) * alpha - (a - b) * beta).subs(on_attractor)
    assert zero(eleven - condition * E_set * g_I)


def test_two_term_with_rates_onto_E_and_onto_I():
    """Main text, Eq. (8): SI (43) with a rate onto E and one onto I; for positive rates the trace decides."""
    M = off_plane("two_term", apart=True)
    alpha_E, alpha_I, beta_E, beta_I = onto.values()
    squares = E_set**2 + I_set**2
    condition = (
        (I_set * alpha_E + E_set * beta_E) * W_IE * g_E
        - (I_set * beta_I - E_set * alpha_I) * W_EE * g_E
        - (threshold * g_E + E_set) * alpha_I
        - theta_I * g_E * beta_E
        + I_set * beta_I
    )
    assert zero(M.trace() + squares * g_I * condition / (I_set * C_up))
    assert zero(M.det() - squares**2 * (alpha_E * alpha_I + beta_E * beta_I) * g_E * g_I / C_up)
    one = {alpha_E: alpha, alpha_I: alpha, beta_E: beta, beta_I: beta}
    (printed_condition,) = printed("two_term")
    assert zero(condition.subs(one) - printed_condition)


def test_synaptic_scaling():
    """SI (13), (14), (44): beside them a product must be positive, as it is for positive weights."""
    M = off_plane("synaptic_scaling")
    (condition,) = printed("synaptic_scaling")
    onto_E_W = a_EE * E_set * W_EE + a_EI * I_set * W_EI
    onto_I_W = a_IE * E_set * W_IE + a_II * I_set * W_II
    assert zero(M.trace() + a_EE * condition / C_up)
    assert zero(M.det() - (g_E * g_I * onto_E_W * onto_I_W / C).subs(on_attractor))
    equal = condition.subs({a_EI: a_EE, a_IE: a_EE, a_II: a_EE})
    a, a_ = (E_set * W_EE - threshold) * g_E, (I_set * W_II + theta_I) * g_I
    fourteen = gain_I * a - gain_E * a_ - gain_E * gain_I * (I_set - E_set)
    assert zero(equal - fourteen.subs(on_attractor))


def test_forced_balance():
    """SI (16), (45) hold for (15) with -alpha_3 and tau_0 = 1 / (alpha_1 g_E g_I E_set I_set)."""
    M = off_plane("forced_balance")
    one, two = printed("forced_balance")
    assert zero(M.det() - alpha_1 * g_E * g_I * E_set * one / C_up)
    assert zero(M.trace() + two / C_up)
    as_printed = M.subs(alpha_3, -alpha_3)
    assert not zero(as_printed.trace() + two / C_up)
    assert zero(change("forced_balance")[2] + alpha_3 * g_I * E * (I_set - I))


def test_nondimensional_system():
    """SI (30), (33): the scales that turn (17) and (28) into them."""
    e, i, *small = sp.symbols("e i w_EE w_EI w_IE w_II")
    w_EE, w_EI, w_IE, w_II = small
    g, tau_0 = g_E / g_I, 1 / (a_EE * g_E * E_set * I_set)
    th_E, th_I = g_E / E_set * threshold, g_I / I_set * theta_I
    scales = (R / g_E, 1 / g_E, 1 / g_E, 1 / (R * g_E))
    big = {w: s * x for w, s, x in zip(W.values(), scales, small, strict=True)}
    big |= {E: E_set * e, I: I_set * i}
    dE, dI = (v.subs(big, simultaneous=True) for v in neural.velocity(E, I, W, p))
    assert zero(dE * tau_E / E_set - (-e + R * e * w_EE - i * w_EI / R - th_E))
    assert zero(dI * tau_I / I_set - (-i + R * e * w_IE / g - i * w_II / (R * g) - th_I))
    thirty = [-e * (e - 1), a_EI * i * (e - 1) / a_EE, -a_IE * e * (i - 1) / a_EE]
    thirty.append(a_II * i * (i - 1) / a_EE)
    dW = change("homeostatic").subs(big, simultaneous=True)
    assert all(zero(x * tau_0 / s - y) for x, s, y in zip(dW, scales, thirty, strict=True))


@pytest.fixture(scope="module")
def nondimensional():
    """Symbols of SI (30), e and i of (32), and (35)."""
    s = sp.symbols("R g th_E th_I w_EE w_EI w_IE w_II alpha_2 alpha_3 alpha_4", positive=True)
    r, g, th_E, th_I, w_EE, w_EI, w_IE, w_II = s[:8]
    c = r * w_EI * w_IE - (w_II + r * g) * (r * w_EE - 1)
    e = (g * th_I * w_EI - (w_II + r * g) * th_E) / c
    i = (r * g * th_I * (r * w_EE - 1) - r**2 * th_E * w_IE) / c
    up = {w_EI: r * (r * w_EE - 1) - r * th_E, w_II: r * (r * w_IE - g) - r * g * th_I}
    return s, e, i, up


def test_nondimensional_fixed_point(nondimensional):
    """SI (32), (34), (35): e and i solve (30) at rest; they are 1 on the attractor."""
    s, e, i, up = nondimensional
    r, g, th_E, th_I, w_EE, w_EI, w_IE, w_II = s[:8]
    assert zero(-e + r * e * w_EE - i * w_EI / r - th_E)
    assert zero(-i + r * e * w_IE / g - i * w_II / (r * g) - th_I)
    assert zero(e.subs(up) - 1)
    assert zero(i.subs(up) - 1)


def test_eigenvalues(nondimensional):
    """SI (36)-(37): the characteristic polynomial is l^2 (l^2 - 2 A l / C + D / C)."""
    s, e, i, up = nondimensional
    r, g, th_E, th_I, w_EE, w_EI, w_IE, w_II, a_2, a_3, a_4 = s
    weights = sp.Matrix([w_EE, w_EI, w_IE, w_II])
    f = sp.Matrix([-e * (e - 1), a_2 * i * (e - 1), -a_3 * e * (i - 1), a_4 * i * (i - 1)])
    J = f.jacobian(weights).subs(up).applyfunc(lambda x: sp.cancel(sp.together(x)))
    A = r**2 * g * th_I + (r**2 * a_3 + a_4) * r * w_EE - (r**2 + a_2) * r * w_IE
    A += a_2 * g * th_I - r**2 * a_3 - a_4
    C_37 = 2 * r * (r * g * th_I * w_EE - r * th_E * w_IE - g * th_I)
    D = 2 * (r**2 * a_3 + a_4) * (r**2 + a_2) / r
    minors = sum(J.extract(k, k).det() for k in ([y, x] for x in range(4) for y in range(x)))
    assert zero(J.trace() - 2 * A / C_37)
    assert zero(minors - D / C_37)
    # Two zero eigenvalues: the tangents of (35) are in the kernel.
    tangents = sp.Matrix([[1, 0], [r**2, 0], [0, 1], [0, r**2]])
    assert all(zero(x) for x in J * tangents)


def test_derivatives():
    """SI (54)-(55): every printed derivative has the opposite sign; the last two labels are exchanged."""
    E_up, I_up = neural.fixed_point(W, p)
    right = {
        ("E", "EE"): E_up * gain_I * g_E,
        ("E", "EI"): -I_up * gain_I * g_E,
        ("E", "IE"): -E_up * W_EI * g_E * g_I,
        ("E", "II"): I_up * W_EI * g_E * g_I,
        ("I", "EE"): E_up * W_IE * g_E * g_I,
        ("I", "EI"): -I_up * W_IE * g_E * g_I,
        ("I", "IE"): -E_up * gain_E * g_I,
        ("I", "II"): I_up * gain_E * g_I,
    }
    for (population, c), value in right.items():
        slope = {"E": E_up, "I": I_up}[population].diff(W[c])
        assert zero(slope - value / C)
    printed_II = E_up * gain_E * g_I / C
    assert not zero(I_up.diff(W_II) - printed_II)
    assert zero(I_up.diff(W_IE) + printed_II)


def test_gradient_descends():
    """SI (47)-(52), (56): the rule is -alpha times the gradient of the loss; the print has +alpha."""
    E_up, I_up = neural.fixed_point(W, p)
    loss = (E_set - E_up) ** 2 / 2 + (I_set - I_up) ** 2 / 2
    steps = change("gradient").subs({E: E_up, I: I_up}, simultaneous=True)
    for step, c in zip(steps, classes, strict=True):
        assert zero(step + alpha * loss.diff(W[c]))
    line_1 = (I_set - I) * E * W_IE * g_E * g_I + (E_set - E) * E * gain_I * g_E
    assert zero(change("gradient")[0] - alpha / C * line_1)


def test_gradient_is_stable():
    """Its Jacobian on the attractor is minus a Gram matrix: stable wherever the fixed point is unique."""
    weights = sp.Matrix(list(W.values()))
    slopes = sp.Matrix(neural.fixed_point(W, p)).jacobian(weights)
    slopes = slopes.applyfunc(lambda x: sp.cancel(sp.together(at_set_points(x))))
    gram = alpha * slopes.T * slopes
    assert all(zero(x) for x in jacobian("gradient") + gram)
    squares = (E_set**2 + I_set**2) ** 2
    M = off_plane("gradient")
    assert zero(M.det() - alpha**2 * squares * g_E**2 * g_I**2 / C_up**2)


def test_gradient_approximate():
    """SI (57) with I_set in alpha_E is (56) on the attractor; E_set, as printed, is not."""
    exact, approximate = change("gradient"), change("gradient_approximate")
    assert all(zero((x - y).subs(on_attractor)) for x, y in zip(exact, approximate, strict=True))
    a = E_set * W_EE * g_E - threshold * g_E - E_set
    b = E_set * W_IE - theta_I
    D = theta_I * W_EE * g_E - threshold * W_IE * g_E - theta_I
    alpha_E, alpha_I = alpha * g_E * I_set * W_IE / D, alpha * a / D
    beta_E, beta_I = alpha * g_E * b / D, alpha * I_set * (1 - W_EE * g_E) / D
    error_E, error_I = E_set - E, I_set - I
    assert zero(approximate[0] - E * (alpha_E * error_I + beta_E * error_E))
    assert zero(approximate[3] - I * (alpha_I * error_E - beta_I * error_I))
    alpha_E_printed = alpha * g_E * E_set * W_IE / D
    slope = exact[0].subs(on_attractor).diff(I)
    assert zero(slope + E * alpha_E)
    assert not zero(slope + E * alpha_E_printed)


def test_signs_of_the_approximation():
    """SI 3.2.2: A > 0 is W_EI > 0, B > 0 follows from W_II > 0, and D > 0 is C > 0."""
    a = E_set * W_EE * g_E - threshold * g_E - E_set
    D = theta_I * W_EE * g_E - threshold * W_IE * g_E - theta_I
    EI, II = on_attractor.values()
    assert zero(a - I_set * g_E * EI)
    assert zero(E_set * W_IE - theta_I - I_set * (II + 1 / g_I))
    assert zero(C_up - g_I * D / I_set)
