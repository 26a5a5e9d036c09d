"""Figures held to the published ones."""

import base64
import io
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

_figures = Path(__file__).parent.parent / "results/paper/figure"


def assert_drawn_as_published(made):
    """The figure in the SVG `made` is the published one of that name: texts, places to 0.01 pt, and pixels.

    Skipped where another version of matplotlib is at hand, which may lay out and draw otherwise.
    """
    published = (_figures / made.name).read_text("utf-8")
    version = re.search(r"Matplotlib v([\w.]+),", published)[1]
    if version != mpl.__version__:
        pytest.skip(f"matplotlib {version} has drawn what is published, {mpl.__version__} is here")
    (found, images), (kept, originals) = map(_parts, (made.read_text("utf-8"), published))
    assert found[::2] == kept[::2]
    # Processors differ by less than a ten-thousandth.
    numbers = (np.array(drawing[1::2], float) for drawing in (found, kept))
    np.testing.assert_allclose(*numbers, rtol=0, atol=0.01)
    for image, original in zip(images, originals, strict=True):
        assert (abs(image - original).max(-1) > 0.25).mean() < 1e-3


def _parts(svg):
    """Text of an SVG between its numbers and the numbers, alternating, and the images within it."""
    text, *pixels = re.split(r"base64,([^\"]*)", svg)
    images = [plt.imread(io.BytesIO(base64.b64decode(image)), "png") for image in pixels[::2]]
    numbered = re.split(r"(-?\d+(?:\.\d+)?(?:e-\d+)?)", "".join([text, *pixels[1::2]]))
    return numbered, images
