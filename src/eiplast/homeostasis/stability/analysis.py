"""Stability of any plasticity rule on its attractor, from the rule function itself: B SI sections 1-2.

The neural and the synaptic subsystem are differentiated together, a 6 x 6 Jacobian in E, I, W_EE, W_EI, W_IE,
W_II. Eliminating the fast rates (their Schur complement, the implicit derivative of SI Eq. 54) gives the 4 x 4
Jacobian of the quasi-steady-state weight dynamics. Weights that keep both set-points form a plane; where a rule
rests on all of it, two eigenvalues are exactly zero and the others are those of the 2 x 2 dynamics of
E_set W_EE - I_set W_EI and E_set W_IE - I_set W_II, which leave the plane.

A new function of `plasticity` can be analysed by its name at once.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Inexact

from eiplast.homeostasis import neural, plasticity
from eiplast.homeostasis.stability import parameters, printed_conditions

# A trace or determinant is a sum. Where it is smaller than this part of its terms' magnitudes it counts as zero
# and what hangs on its sign is borderline, that is, not stable. On exact boundaries rounding gives 1e-15 to 1e-14.
margin = 1e-12


def analyse(rule, W_EE, W_IE, *, params=None):
    """Fixed point and stability of `rule` above the free weights W_EE and W_IE.

    rule : name of a function of `plasticity`, or a function like those.
    W_EE, W_IE : not negative; numbers or arrays that broadcast with each other and with `params`.
    params : mapping of the paper's symbols that replaces the defaults, B SI Table 1 with all learning rates
    0.02 and no current: g_E, g_I, theta_E, theta_I, tau_E, tau_I (ms), E_set, I_set (Hz), I_ext, alpha_EE,
    alpha_EI, alpha_IE, alpha_II, alpha (cross-homeostatic) and beta (homeostatic) of two_term, alpha of the
    gradients, alpha_1, alpha_3 and, if wanted, tau_0 of forced_balance, and what else the rule names.

    Returns a dict of arrays of the common shape:

    W_EI, W_II           weights that hold the set-points; B SI Eq. (24)
    E_up, I_up           fixed point of those weights (Hz), B SI Eq. (18); NaN where it is not unique
    determinant, trace   of the neural Jacobian (1/ms^2, 1/ms); B SI Eqs. (22)-(23)
    neural_stable        the determinant is positive and the trace negative
    positive             W_EI > 0 and W_II > 0; B SI Eqs. (25)-(26)
    paradoxical          W_EE g_E > 1; B SI Eq. (27)
    eigenvalues          complex, a last axis of 4: of the quasi-steady-state weight dynamics, per update;
                         largest real part first, then the zeros of the attractor; NaN where the
                         neural determinant is zero
    rule_stable          the eigenvalues off the attractor have negative real parts
    rests                the rule changes no weight on the attractor; where it does, nothing is stable
    borderline           a sign above is not decided: a trace or determinant is zero to within
                         `margin` = 1e-12 of the magnitudes that it sums; not stable then

    Stability of the rule supposes that of the neurons and is reported apart from it, so that regions can be
    overlaid. A vanishing learning rate leaves an error uncorrected: borderline, not stable.
    Raises ValueError where a value is no number, not finite or impossible, or a name is unknown.
    """
    function, p, W = _attractor(rule, W_EE, W_IE, params)
    full, change = jacobian(function, W, p)
    fast = full[..., :2, :2]
    trace, determinant = _trace(fast), _determinant(fast)
    trace_sign, determinant_sign = _signs(fast)
    singular = determinant_sign == 0
    slow = np.where(singular[..., None, None], np.nan, quasi_steady_state(full))
    eigenvalues, sum_sign, product_sign = _eigenvalues(slow, p)
    size = np.abs(slow).max((-2, -1)) * sum(np.abs(W[c]) for c in neural.CLASSES)
    rests = np.abs(change).max(-1) <= margin * size
    with np.errstate(divide="ignore", invalid="ignore"):
        E_up, I_up = (np.where(singular, np.nan, r) for r in neural.fixed_point(W, p))
    return {
        "W_EI": W["EI"],
        "W_II": W["II"],
        "E_up": E_up,
        "I_up": I_up,
        "determinant": determinant,
        "trace": trace,
        "neural_stable": (determinant_sign > 0) & (trace_sign < 0),
        "positive": (W["EI"] > 0) & (W["II"] > 0),
        "paradoxical": W["EE"] * p["g_E"] > 1,
        "eigenvalues": eigenvalues,
        "rule_stable": rests & (product_sign > 0) & (sum_sign < 0),
        "rests": rests,
        "borderline": _open(trace_sign, determinant_sign) | _open(sum_sign, product_sign),
    }


def full_eigenvalues(rule, W_EE, W_IE, interval, *, params=None) -> Inexact[np.ndarray, "*batch 4"]:
    """Eigenvalues (1/ms) of neurons and weights together, without the quasi-steady state.

    interval : ms between the updates that the rule describes, dW/dt = change / interval; B SI section 2.1.
    Other arguments as in `analyse`. Complex, or real if all are; largest real part first: of E, I and the two
    combinations of weights that leave the attractor; the two zeros along it are left out. For rules that
    rest on the whole attractor.
    """
    function, p, W = _attractor(rule, W_EE, W_IE, params)
    full, _ = jacobian(function, W, p)
    full[..., 2:, :] /= interval
    onto, back = _off_plane(p, W["EE"].shape)
    blocks = [
        [full[..., :2, :2], full[..., :2, 2:] @ back],
        [onto @ full[..., 2:, :2], onto @ full[..., 2:, 2:] @ back],
    ]
    return _sorted(np.linalg.eigvals(np.block(blocks)))


def printed(rule, W_EE, W_IE, *, params=None) -> Float[np.ndarray, "n ..."]:
    """The paper's closed forms of rule stability, right side minus left: n conditions.

    All n positive is the printed claim of stability. SI Eqs. (40) and (5), (41), (43), (44), (45), which are (2),
    (7), (10), (13), (16) without current. n is 0 for rules with no printed condition.
    """
    function, p, W = _attractor(rule, W_EE, W_IE, params)
    form = getattr(printed_conditions, function.__name__, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        conditions = form(W, p) if form else []
    shape = W["EE"].shape
    return np.array([np.broadcast_to(c, shape) for c in conditions]).reshape(-1, *shape)


def jacobian(
    function, W, p
) -> tuple[Float[np.ndarray, "*batch 6 6"], Float[np.ndarray, "*batch 4"]]:
    """Jacobian of E, I (per ms) and of the four weights (per update) at the set-points, by
    automatic differentiation, and the weight changes there. W, p : arrays of one shape, or numbers."""
    shape = np.broadcast_shapes(*(np.shape(x) for x in [*W.values(), *p.values()]))
    varying = tuple(key for key in p if np.ndim(p[key]))
    states = [p["E_set"], p["I_set"], *(W[c] for c in neural.CLASSES)]
    states = np.stack([np.broadcast_to(x, shape).ravel() for x in states], axis=-1)
    flat = {key: np.broadcast_to(p[key], shape).ravel() if key in varying else p[key] for key in p}
    with jax.enable_x64(True):
        J, change = (np.array(x) for x in _differentiate(function, varying, states, flat))
    return J.reshape(*shape, 6, 6), change.reshape(*shape, 4)


@functools.partial(jax.jit, static_argnums=(0, 1))
def _differentiate(function, varying, states, p):
    def velocity(state, p):
        E, I = state[:1], state[1:2]
        W = {c: state[2 + k].reshape(1, 1) for k, c in enumerate(neural.CLASSES)}
        A = {c: jnp.ones((1, 1)) for c in neural.CLASSES}
        change = function(E, I, E, I, W, A, p)
        fast = neural.velocity(
            state[0], state[1], dict(zip(neural.CLASSES, state[2:], strict=True)), p
        )
        out = jnp.stack([*fast, *(change[c].reshape(()) for c in neural.CLASSES)])
        return out, out[2:]

    axes = {key: 0 if key in varying else None for key in p}
    return jax.vmap(jax.jacfwd(velocity, has_aux=True), in_axes=(0, axes))(states, p)


def quasi_steady_state(full: Float[np.ndarray, "*batch 6 6"]) -> Float[np.ndarray, "*batch 4 4"]:
    """Jacobian of the weights while E, I follow their fixed point; B SI sections 2.3.3-2.3.4."""
    (a, b), (c, d) = np.moveaxis(full[..., :2, :2], (-2, -1), (0, 1))
    adjugate = np.stack([np.stack([d, -b], -1), np.stack([-c, a], -1)], -2)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = adjugate / (a * d - b * c)[..., None, None]
        return full[..., 2:, 2:] - full[..., 2:, :2] @ (inverse @ full[..., :2, 2:])


def _eigenvalues(slow, p):
    """Eigenvalues (..., 4), and the signs (0: not decided) of sum and product of those off the attractor."""
    onto, back = _off_plane(p, slow.shape[:-2])
    along = np.zeros_like(back)
    along[..., 0, 0] = along[..., 2, 1] = p["I_set"]
    along[..., 1, 0] = along[..., 3, 1] = p["E_set"]
    size = np.abs(slow).max((-2, -1))
    on_plane = np.abs(slow @ along).max((-2, -1)) <= 1e-9 * size * (p["E_set"] + p["I_set"])
    inside = onto @ slow @ back
    sum_sign, product_sign = _signs(inside)
    eigenvalues = np.zeros((*slow.shape[:-2], 4), complex)
    eigenvalues[..., :2] = _two_eigenvalues(inside)
    elsewhere = ~on_plane & np.isfinite(size)
    if np.any(elsewhere):
        # A rule of the reader's that moves the weights along the attractor: all four count.
        eigenvalues[elsewhere] = _sorted(np.linalg.eigvals(slow[elsewhere]))
        largest = eigenvalues[elsewhere].real[..., 0]
        sum_sign[elsewhere] = _sign(largest, size[elsewhere])
        product_sign[elsewhere] = 1
    return eigenvalues, sum_sign, product_sign


def _off_plane(p, shape):
    """The two weight combinations that change the input at the set-points, (..., 2, 4), and weights that
    produce each, (..., 4, 2)."""
    onto, back = np.zeros((*shape, 2, 4)), np.zeros((*shape, 4, 2))
    onto[..., 0, 0] = onto[..., 1, 2] = p["E_set"]
    onto[..., 0, 1] = onto[..., 1, 3] = -np.asarray(p["I_set"])
    back[..., 0, 0] = back[..., 2, 1] = 1 / np.asarray(p["E_set"])
    return onto, back


def _two_eigenvalues(M):
    """Eigenvalues of 2 x 2 matrices, (..., 2), largest real part first."""
    half = (M[..., 0, 0] - M[..., 1, 1]) / 2
    root = np.sqrt((half**2 + M[..., 0, 1] * M[..., 1, 0]).astype(complex))
    middle = _trace(M) / 2
    # The smaller of two real eigenvalues comes from their product, as a difference it would lose digits.
    far = middle + np.where(middle < 0, -1, 1) * root
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.where((root.imag == 0) & (far != 0), _determinant(M) / far, 2 * middle - far)
    return _sorted(np.stack([far, near], -1))


def _sorted(eigenvalues):
    order = np.argsort(-eigenvalues.real, axis=-1, kind="stable")
    return np.take_along_axis(eigenvalues, order, -1)


def _trace(M):
    return M[..., 0, 0] + M[..., 1, 1]


def _determinant(M):
    return M[..., 0, 0] * M[..., 1, 1] - M[..., 0, 1] * M[..., 1, 0]


def _signs(M):
    """Signs of trace and determinant of 2 x 2 matrices, 0 where rounding could decide them."""
    size = np.abs(M)
    products = size[..., 0, 0] * size[..., 1, 1] + size[..., 0, 1] * size[..., 1, 0]
    return _sign(_trace(M), _trace(size)), _sign(_determinant(M), products)


def _sign(value, size):
    return np.where(np.abs(value) <= margin * size, 0, np.sign(value))


def _open(sum_sign, product_sign):
    """Whether an undecided sign, and nothing else, stands between here and stability."""
    undecided = (sum_sign == 0) | (product_sign == 0)
    return undecided & (sum_sign <= 0) & (product_sign >= 0)


def _attractor(rule, W_EE, W_IE, params):
    """The rule's function, all parameters, and the four weights at the set-points, of one shape."""
    if callable(rule):
        function = rule
    elif rule in plasticity.RULES:
        function = plasticity.RULES[rule]
    else:
        raise ValueError(f"rule = {rule!r}: must be one of {', '.join(plasticity.RULES)}")
    p = parameters.checked(function, params or {})
    W_EE, W_IE = parameters.number("W_EE", W_EE), parameters.number("W_IE", W_IE)
    for name, W in (("W_EE", W_EE), ("W_IE", W_IE)):
        if np.any(W < 0):
            raise ValueError(f"{name} = {W.min():g}: a weight must not be negative")
    try:
        W_EE, W_IE, *_ = np.broadcast_arrays(W_EE, W_IE, *p.values())
    except ValueError:
        shapes = {np.shape(x) for x in (W_EE, W_IE, *p.values())} - {()}
        raise ValueError(f"W_EE, W_IE and params have shapes {shapes}, which do not fit") from None
    W_EI, W_II = neural.balanced_weights(W_EE, W_IE, p)
    return function, p, dict(zip(neural.CLASSES, (W_EE, W_EI, W_IE, W_II), strict=True))
