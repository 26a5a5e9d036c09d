"""Figures in the report are smaller than their files, and look the same."""

from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from eiplast import report_image
from eiplast.figure import style

figures = sorted((Path(__file__).parent.parent / "results/paper/figure").glob("*.svg"))


@pytest.mark.parametrize(
    ("path", "small"),
    [
        ("M 1 2 \nL 3.123456 4.5 \nL 3.5 -4 \n", "m1 2 2.12 2.5 .38-8.5"),
        ("M 10 10 \nL 10.25 10 \nz\nM 10 9 \nL 11 9 \n", "m10 10 .25 0zm0-1 1 0"),
        ("M 0 0 \nC 1 1 2 2 3 3.001 \nL 0 0 \n", "m0 0c1 1 2 2 3 3l-3-3"),
        ("M 0 0 \nQ 1 1 2 2 \n", "m0 0q1 1 2 2"),
        ("m 1 1 h 5", "m 1 1 h 5"),
    ],
)
def test_path(path, small):
    assert report_image._path(path) == small


def test_roundings_do_not_add_up():
    """Each step is from where the last one ended: after many of a third of a hundredth, the end is right."""
    places = np.arange(1000) / 300
    data = "".join(f"{'L' if k else 'M'} {x:.6f} 0.000000 \n" for k, x in enumerate(places))
    steps = [float(x) for x in report_image._path(data)[1:].split()[::2]]
    assert np.allclose(np.cumsum(steps), places, atol=0.00501)


def test_what_is_referred_to_stays():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<defs><path id="mark" d="M 0 0 \nL 1 1" style="stroke: #f00"/><clipPath id="cut"/></defs>'
        '<g id="axes_1" clip-path="url(#cut)"><use xlink:href="#mark" x="1.23456" style="stroke: #f00"/>'
        '<text transform="rotate(-0 1 2)" style="font: 8px \'Arial\'">100 % of &lt;x&gt;</text></g></svg>'
    )
    uri = report_image.data_uri(svg)
    assert not set('"&#\n') & set(uri)
    root = ElementTree.fromstring(unquote(uri.removeprefix("data:image/svg+xml,")))
    space = "{http://www.w3.org/2000/svg}"
    names = {node.get("id"): node.tag for node in root.iter() if node.get("id")}
    use = root.find(f".//{space}use")
    assert names[use.get("href")[1:]] == f"{space}path"
    assert names[root.find(f"{space}g").get("clip-path")[5:-1]] == f"{space}clipPath"
    assert use.get("x") == "1.23"
    assert use.get("class") == root.find(f".//{space}path").get("class")
    assert f".{use.get('class')}{{stroke: #f00}}" in root.find(f"{space}style").text
    assert root.find(f".//{space}text").text == "100 % of <x>"


def test_a_figure_of_matplotlib_takes_half_the_space(tmp_path):
    style.use()
    import matplotlib.pyplot as plt

    drawn, ax = plt.subplots()
    noise = np.random.default_rng(0).normal(size=(2, 500))
    ax.plot(noise[0])
    ax.scatter(*noise)
    drawn.savefig(tmp_path / "one.svg")
    plt.close(drawn)
    image = report_image.image(tmp_path / "one.svg")
    assert len(image["image"]) < 0.5 * (tmp_path / "one.svg").stat().st_size
    assert (image["width"], image["height"]) == (614, 461)


def test_the_page_of_the_published_figures_stays_small():
    """6 MB with the tables, which take one."""
    assert len(figures) > 20
    assert sum(len(report_image.data_uri(path.read_text("utf-8"))) for path in figures) < 5e6
