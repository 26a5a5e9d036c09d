"""The student-teacher task: equilibria, feedback, learning and its three rules."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from eiplast.disinhibition import activation, student, student_teacher


@pytest.fixture(autouse=True)
def _double_precision():
    with jax.enable_x64(True):
        yield


def spec(paper, rule="exact_inverse", **changes):
    s = paper["disinhibition"]
    small = {"n_windows": 2, "n_seeds": 1, "window": 1000.0, "max_steps": 100}
    return s["student_teacher"] | s["student_teacher_runs"][rule] | small | changes


def test_plastic_feedback_has_norm_alpha_and_the_printed_sign(paper):
    p = spec(paper)
    _, _, pupil = student_teacher._create(_static(p), np.arange(1))
    W = [w[0] for w in pupil.W]
    u = [jnp.zeros(len(w)) for w in W]

    def readout(u_I):
        r_1 = activation.phi(W[0] @ x - activation.phi(u_I[0], 1.0, 3.0), 5.0, 3.0)
        return activation.phi(W[1] @ r_1 - activation.phi(u_I[1], 1.0, 3.0), 5.0, 3.0)

    # An input and an offset for which u_E is zero in both layers, where Q was taken.
    x = jnp.linalg.lstsq(W[0], activation.phi(u[0], 1.0, 3.0))[0]
    J = jax.jacrev(readout)(u)
    np.testing.assert_allclose(_norm(pupil.Q[0][0]), 7.5)
    shape = -J[0].T * jnp.sign(pupil.Q[0][0])
    assert (shape >= 0).all()
    assert _norm(pupil.Q[1][0]) == pytest.approx(7.5)


def test_exact_rule_is_silent_without_an_error(paper):
    p = spec(paper)
    u_E = jnp.linspace(-2, 4, 7)
    r_E = activation.phi(u_E, 5.0, 3.0)
    np.testing.assert_allclose(student.postsynaptic_factor(r_E, u_E, r_E, p), 0)


def test_authors_rule_expands_another_function(paper):
    u_E, u_I = jnp.array([3.0]), jnp.array([2.0])
    r_E = activation.phi(u_E, 5.0, 3.0)
    ours, theirs = (
        student.postsynaptic_factor(r_E, u_E, u_I, spec(paper, rule, slope_at_rate=False))
        for rule in ("linear_threshold", "linear_threshold_code")
    )
    slope = activation.dphi(u_E, 5.0, 3.0)
    r_I = activation.phi(u_I, 1.0, 3.0)
    # Slopes and intercepts to four digits: 1 / phi'(u) and u - r / phi'(u) at r = 0.5 for beta = 1 and beta = 5.
    np.testing.assert_allclose(r_E - ours / slope, 1.2969 + 2.5415 * r_I, rtol=1e-3)
    np.testing.assert_allclose(r_E - theirs / slope, -0.3031 + 2.1019 * u_I, rtol=1e-3)


def test_divergence_is_marked(paper):
    ds = student_teacher.run(spec(paper))
    assert ds.diverged.all()
    assert np.isnan(ds.L).all()
    assert (ds.window.values.tolist(), ds.window.units) == ([0.0, 1.0], "s")


def test_steps_have_no_least_length_but_with_the_authors_settings(paper):
    for rule, least in (("exact_inverse", None), ("exact_inverse_code", 0.1)):
        assert student_teacher._step_sizes(spec(paper, rule)).dtmin == least


def _norm(Q):
    return float(jnp.sqrt((Q**2).sum()))


def _static(p):
    return tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in sorted(p.items()))


def test_losses_of_a_window_are_those_of_eqs_4_and_8():
    """Of one seed and output: L, H, the loss under control, the variance of the target; halves of means."""
    target, student_open, controlled = (np.array([[[0.0], [2.0]]]) + x for x in (0.0, 1.0, 0.5))
    end = student_teacher.Window(None, None, controlled, np.array([[3.0, 5.0]]), 1)
    found = student_teacher._losses(target, student_open, end)
    np.testing.assert_allclose(found[:, 0], [0.5, 4.0, 0.125, 0.5])


def test_input_is_a_wave_with_the_printed_ranges(paper):
    """A C.2: A sin(2 pi f t + phase), f in Hz and t in ms; every parameter fills its range."""
    wave = student.Waves(jnp.array([0.5]), jnp.array([2.0]), jnp.array([np.pi / 6]))
    t = np.array([0.0, 1000 / 12, 250.0])
    found = [student.inputs(wave, ms)[0] for ms in t]
    np.testing.assert_allclose(found, 0.5 * np.sin(np.pi * np.array([1 / 6, 1 / 2, 7 / 6])))
    waves, _, _ = student_teacher._create(_static(spec(paper)), np.arange(1))
    for values, (low, high) in zip(waves, [(0.1, 1.0), (0.1, 2.0), (0.0, np.pi)], strict=True):
        share = (values - low) / (high - low)
        assert 0 < share.min() < 0.1
        assert 0.9 < share.max() < 1


def test_weights_and_biases_are_drawn_apart(paper):
    """Of the authors' networks: normal, standard deviation 2 / sqrt(n) for n inputs; of a bias, n units."""
    drawn = student.network(jax.random.key(0), spec(paper, "linear_threshold_wide"))
    numbers = [array * np.sqrt(array.shape[-1]) / 2 for array in (*drawn.W, *drawn.b)]
    numbers = np.concatenate([array.ravel() for array in numbers])
    assert len(np.unique(numbers.round(9))) == 30 * 20 + 20 * 2 + 20 + 2
    assert stats.kstest(numbers, "norm").pvalue > 0.01


def test_the_second_window_sees_the_input_after_the_first(paper):
    """As the first window does with phases one window later."""
    p = spec(paper)
    waves, teacher, _ = student_teacher._create(_static(p), np.arange(1))
    later = waves._replace(phase=waves.phase + 2 * np.pi * waves.f * p["window"] / 1000)
    rest, open_loop = student_teacher._rest(_static(p), 1), student_teacher._modes["open_loop"]
    second, shifted = (
        student_teacher._window(_static(p), wave, None, teacher, rest, i, **open_loop).r_L
        for wave, i in ((waves, 1), (later, 0))
    )
    np.testing.assert_allclose(second, shifted, rtol=1e-6)


def test_before_learning_the_feedback_relaxes_alone(paper):
    """`burn_in_windows`: Q moves towards the Jacobian, W stays; without plasticity both stay."""
    p = spec(paper, max_steps=1000)
    waves, _, pupil = student_teacher._create(_static(p), np.arange(1))
    pupil = pupil._replace(Q=[2 * Q for Q in pupil.Q])
    rest, open_loop = student_teacher._rest(_static(p), 1), student_teacher._modes["open_loop"]
    for plastic_Q in (0.0, 1.0):
        mode = open_loop | {"plastic_Q": plastic_Q}
        end = student_teacher._window(_static(p), waves, None, pupil, rest, 0, **mode).slow
        jax.tree.map(np.testing.assert_array_equal, end.W, pupil.W)
        moved = [not np.array_equal(new, old) for new, old in zip(end.Q, pupil.Q, strict=True)]
        assert moved == [bool(plastic_Q)] * len(moved)
