"""Normal numbers of the rate models: their distribution, and that streams are what they promise."""

import numpy as np
import pytest
from scipy import stats

from eiplast.homeostasis.rate import engine_jax, noise


def _numbers(n=1_000_000):
    return noise.normal(noise.streams(3, [0], 2), n // 2, 2)


def test_they_are_normal():
    z = _numbers().ravel().astype(float)
    n = len(z)
    assert stats.kstest(z, "norm").pvalue > 1e-4
    assert abs(z.mean()) < 4 / np.sqrt(n)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / n)
    assert abs(stats.kurtosis(z)) < 4 * np.sqrt(24 / n)


def test_tails_are_those_of_a_normal_number():
    z = abs(_numbers().ravel())
    for bound in (2, 3, 4):
        expected = 2 * stats.norm.sf(bound) * len(z)
        assert abs((z > bound).sum() - expected) < 4 * np.sqrt(expected)


def _mapped(bits):
    first, second = np.empty((2, len(bits)), np.float32)
    high, low = (bits >> np.uint64(32)).astype(np.uint32), bits.astype(np.uint32)
    noise._box_muller(high, low, first, second)
    return first, second


@pytest.mark.parametrize("networks", [1, 3, 40])
def test_bits_are_those_of_numpy(networks):
    """Of a stream for each network and pair of units, keyed by seed, network, purpose and pair."""
    n_steps, pairs = 5000, 2
    numbers = noise.normal(noise.streams(5, range(networks), 2 * pairs), n_steps, 2 * pairs)
    for network in range(networks):
        for pair in range(pairs):
            sequence = np.random.SeedSequence((5, network, 1, pair))
            expected = _mapped(np.random.SFC64(sequence).random_raw(n_steps))
            np.testing.assert_array_equal(numbers[network, :, pair::pairs].T, expected)


def test_box_and_muller_in_float32_is_the_exact_map():
    bits = np.random.SFC64(1).random_raw(20_000)
    cosine, sine = _mapped(bits)
    u = ((bits >> np.uint64(40)).astype(float) + 1) * 2.0**-24
    turn = (bits & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.int32) * 2.0**-32
    radius = np.sqrt(-2 * np.log(u))
    np.testing.assert_allclose(cosine, radius * np.cos(2 * np.pi * turn), atol=2e-6)
    np.testing.assert_allclose(sine, radius * np.sin(2 * np.pi * turn), atol=2e-6)


def test_units_steps_and_networks_are_independent():
    n = 100_000
    z = noise.normal(noise.streams(0, range(2), 3), n, 3).astype(float)
    z = np.moveaxis(z, 0, 1).reshape(n, -1)
    columns = np.concatenate([z[1:], z[:-1]], 1)
    correlation = np.corrcoef(columns.T) - np.eye(12)
    assert abs(correlation).max() < 5 / np.sqrt(n)


def test_numbers_do_not_depend_on_how_calls_are_split():
    whole = noise.normal(noise.streams(7, range(3), 5), 5000, 5)
    streams = noise.streams(7, range(3), 5)
    parts = [noise.normal(streams, n, 5) for n in (30, 1, 4969)]
    np.testing.assert_array_equal(np.concatenate(parts, 1), whole)
    np.testing.assert_array_equal(noise.normal(noise.streams(7, [2], 5), 5000, 5)[0], whole[2])


def test_numbers_of_the_device_belong_to_their_network():
    many = engine_jax.normal(0, range(4), trial=2, start=0, n_steps=50, n=3)
    alone = engine_jax.normal(0, [2], trial=2, start=0, n_steps=50, n=3)
    np.testing.assert_array_equal(alone[0], many[2])
    # Of another trial, later in this one, of another seed.
    others = [(0, 3, 0), (0, 2, 50), (1, 2, 0)]
    for seed, trial, start in others:
        other = engine_jax.normal(seed, [2], trial, start, n_steps=50, n=3)
        assert abs(np.corrcoef(np.ravel(alone), np.ravel(other))[0, 1]) < 0.4
