"""Every figure as a reader sees it: no text or legend on another text, a curve or a marker, none too small."""

import importlib
import itertools
import os
import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
import yaml
from matplotlib.collections import LineCollection
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Curve
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from drawn import assert_drawn_as_published
from eiplast import figure as figure_package
from eiplast import netcdf
from eiplast.figure import draw, style
from listed import listed, published

root = Path(__file__).parent.parent
smallest = 6  # pt


def _with_runs():
    """Runs of every figure, by its name: those of workflow/rules/outputs.smk, and two of all stability runs."""
    runs = yaml.safe_load((root / "config.yaml").read_text("utf-8"))["homeostasis"][
        "stability_runs"
    ]
    paths = [f"stability_map/{run}.nc" for run in runs if run != "variations"]
    return listed("FIGURES") | dict.fromkeys(["b_regions", "b_full_system"], paths)


figures = _with_runs()


def _is_published(name):
    return {root / "results/paper" / run for run in figures[name]} <= published()


def _marked(name):
    """A figure without published runs needs quick scale, which takes minutes."""
    return name if _is_published(name) else pytest.param(name, marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=map(_marked, figures))
def drawn(request):
    """The name of each figure, and it: of paper scale where its runs are published, else of quick scale."""
    scale, folder = "paper", root / "results/paper"
    if not _is_published(request.param):
        scale, folder = "quick", request.getfixturevalue("finished").folder / "results/quick"
    runs = [netcdf.load(folder / run) for run in figures[request.param]]
    figure = draw.stamped(request.param, scale, runs)
    # Once, and alike for every test of it, whichever comes first.
    style.lay_out(figure)
    yield request.param, figure
    plt.close("all")


def _drawn_texts(figure):
    """Texts that come onto the page: labels of ticks beyond the limits of an axis are there, but not drawn."""
    found, original = [], Text.draw

    def note(text, renderer, *args, **kwargs):
        if text.get_visible() and text.get_text().strip():
            found.append(text)
        return original(text, renderer, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", note)
        figure.draw_without_rendering()
    return list(dict.fromkeys(found))


def _boxes(figure, texts):
    """(words, box in pixels) of `texts`, and handles of legends."""
    found = [(text.get_text(), Text.get_window_extent(text)) for text in texts]
    for legend in figure.findobj(Legend):
        # The handle of a curve is a line: its box has no height.
        handles = [handle.get_window_extent().padded(3) for handle in legend.legend_handles]
        found += [("handle of a legend", box) for box in handles]
    # A box holds a little white around its letters.
    return [(words, box.padded(-1)) for words, box in found]


def _strokes(axes):
    """(what, line in pixels, its markers, their radius, is it filled, what cuts it off) of all drawn in `axes`."""
    for ax in axes:
        spines = [ax.spines[side] for side in ax.spines] if ax.axison else []
        for artist in [*ax.lines, *ax.collections, *ax.patches, *ax.images, *ax.texts, *spines]:
            if artist.get_visible():
                cut = ax.bbox if artist.get_clip_on() and artist not in spines else None
                yield from ((*stroke, cut) for stroke in _strokes_of(artist))


def _strokes_of(artist):
    what, none = artist.get_label() or type(artist).__name__, np.empty((0, 2))
    if isinstance(artist, Line2D):
        path, drawn = (
            artist.get_transform().transform_path(artist.get_path()),
            artist.get_linestyle(),
        )
        marked = artist.get_marker() not in ("None", "none", "", " ", None)
        radius = artist.get_markersize() / 2 * artist.figure.dpi / 72 if marked else 0
        line = path if drawn not in ("None", "none", "", " ") else None
        yield what, line, path.vertices if marked else none, radius, False
    elif isinstance(artist, LineCollection) or (
        isinstance(artist, ContourSet) and not artist.filled
    ):
        for path in artist.get_paths():
            yield what, artist.get_transform().transform_path(path), none, 0, False
    elif isinstance(artist, Annotation):
        if artist.arrow_patch:
            yield "arrow", _outline(artist.arrow_patch.get_window_extent()), none, 0, True
    elif isinstance(artist, AxesImage):
        yield "image", _outline(artist.get_window_extent()), none, 0, True
    elif type(artist).__name__ == "Spine":
        yield "spine", artist.get_transform().transform_path(artist.get_path()), none, 0, False
    elif isinstance(artist, Rectangle) and artist.get_label() == "_nolegend_":
        yield "bar", _outline(artist.get_window_extent()), none, 0, True


def _outline(box):
    return Curve(np.append(box.corners()[[0, 1, 3, 2]], [box.corners()[0]], 0))


def _touches(box, line, markers, radius, filled, cut):
    if cut is not None:
        box = Bbox.intersection(box, cut)
    if box is None or min(box.width, box.height) <= 0:
        return False
    wide = box.padded(radius)
    inside = (markers > wide.min).all(1) & (markers < wide.max).all(1)
    return bool(inside.any() or (line is not None and line.intersects_bbox(box, filled=filled)))


def _reach(line, markers, radius):
    """(left, bottom, right, top) of what a stroke can touch."""
    points = markers if line is None else np.concatenate([line.vertices, markers])
    points = points[np.isfinite(points).all(1)]
    if len(points) == 0:
        return np.full(4, np.nan)
    return np.concatenate([points.min(0) - radius, points.max(0) + radius])


def _through(box, strokes, reaches):
    """What of `strokes` runs through `box`; only those whose reach is near are looked at."""
    near = (reaches[:, :2] <= box.max).all(1) & (reaches[:, 2:] >= box.min).all(1)
    return {strokes[k][0] for k in np.flatnonzero(near) if _touches(box, *strokes[k][1:])}


def _overlaps(figure, texts):
    """Sentences, one for each text, legend or inset that covers a text, or that a line or marker runs through."""
    boxes, insets = _boxes(figure, texts), [inset for ax in figure.axes for inset in ax.child_axes]
    around = list(_strokes(figure.axes))
    within = [*around, *_strokes(insets)]
    reaches = np.array([_reach(*stroke[1:4]) for stroke in within]).reshape(-1, 4)
    found = [
        f"{a!r} on {b!r}"
        for (a, one), (b, other) in itertools.combinations(boxes, 2)
        if one.overlaps(other)
    ]
    covering = [(words, box, within) for words, box in boxes]
    covering += [("inset", inset.get_window_extent(), around) for inset in insets]
    for words, box, strokes in covering:
        through = _through(box, strokes, reaches[: len(strokes)])
        found += [f"{words!r} on {what!r}" for what in sorted(through)]
    return found


def test_published_figures_are_those_of_the_published_runs(drawn, tmp_path):
    """Else: ``snakemake --cores all`` in a fresh clone, and its results/paper/figure/*.svg."""
    name, figure = drawn
    if not _is_published(name):
        pytest.skip("here it is of quick scale")
    draw.write(figure, tmp_path / f"{name}.pdf", ["svg"])
    assert_drawn_as_published(tmp_path / f"{name}.svg")


def test_texts_can_be_read(drawn):
    figure = drawn[1]
    texts = _drawn_texts(figure)
    assert len(texts) > 5
    assert _overlaps(figure, texts) == []
    small = [text.get_text() for text in texts if text.get_fontsize() < smallest]
    assert small == []


def _two_texts(ax):
    ax.text(0.5, 0.5, "one")
    ax.text(0.52, 0.5, "two")


def _legend_on_a_curve(ax):
    ax.plot([0, 1], [0, 1], label="curve")
    ax.legend(loc="center")


def _text_on_a_marker(ax):
    ax.plot(0.5, 0.5, "o")
    ax.text(0.5, 0.5, "one", ha="center", va="center")


def _text_on_a_border(ax):
    ax.contour([0, 1], [0, 1], [[0, 1], [0, 1]], levels=[0.5])
    ax.text(0.5, 0.5, "one", ha="center")


def _text_on_an_error_bar(ax):
    ax.errorbar([0, 1], [0, 0], [1, 1])
    ax.text(0, 0.5, "one", ha="center")


def _text_in_a_bar(ax):
    ax.bar([0, 1], [1, 1])
    ax.text(0, 0.5, "one", ha="center")


def _inset_on_a_curve(ax):
    ax.plot([0, 1], [0, 1])
    ax.inset_axes([0.4, 0.4, 0.2, 0.2])


@pytest.mark.parametrize(
    "spoil",
    [
        _two_texts,
        _legend_on_a_curve,
        _text_on_a_marker,
        _text_on_a_border,
        _text_on_an_error_bar,
        _text_in_a_bar,
        _inset_on_a_curve,
    ],
)
def test_overlap_is_found(spoil):
    """The same axes without what spoils them have none."""
    for spoilt in (False, True):
        figure, ax = plt.subplots(layout="constrained")
        ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), title="title", xlabel="x", ylabel="y")
        if spoilt:
            spoil(ax)
        assert bool(_overlaps(figure, _drawn_texts(figure))) == spoilt
        plt.close(figure)


def _trainings():
    """Two seeds with 1, 3 and 5 hidden layers: one seed diverged, both did, nothing there."""
    axes = {"setup": ["text"], "dataset": ["mnist"], "method": ["exact_inverse"]}
    axes |= {"n_hidden": [1, 3, 5], "seed": [0, 1], "epoch": [1, 2], "part": ["train", "test"]}
    curve = xr.DataArray(np.nan, axes, list(axes))
    curve.loc[{"n_hidden": 1, "seed": 0}] = 1.0
    diverged = xr.zeros_like(curve.isel(epoch=0, part=0, drop=True), bool)
    diverged.loc[{"n_hidden": 1, "seed": 1}] = diverged.loc[{"n_hidden": 3}] = True
    losses = {"loss": curve, "H": curve.isel(part=0), "loss_floor": 0.1}
    correlation = {"H_L_correlation": curve.isel(epoch=0, part=0)}
    return xr.Dataset({"accuracy": curve, "diverged": diverged} | losses | correlation)


@pytest.mark.parametrize("name", ["a_learning_curves", "a_appendixB1"])
def test_a_panel_whose_trainings_diverged_is_not_one_without_any(name):
    figure = importlib.import_module(f"eiplast.figure.{name}").plot(_trainings())
    assert [ax.get_title() for ax in figure.axes] == [
        "MNIST, 1 hidden layer, n = 2, 1 diverged",
        "MNIST, 3 hidden layers, n = 2, 2 diverged",
        "not computed",
    ]
    plt.close(figure)


def test_the_command_names_figure_scale_output_and_runs(tmp_path, monkeypatch):
    (run,) = (root / "results/paper" / run for run in figures["b_figS13"])
    arguments = ["draw", "b_figS13", "paper", str(tmp_path / "b_figS13.pdf"), str(run)]
    monkeypatch.setattr(sys, "argv", arguments)
    runpy.run_path(draw.__file__, run_name="__main__")
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".svg", ".png"}
    assert_drawn_as_published(tmp_path / "b_figS13.svg")


def test_a_backend_of_the_users_shell_is_not_asked_for(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    importlib.reload(figure_package)
    assert os.environ["MPLBACKEND"] == "agg"


def test_ids_are_numbered_as_they_come():
    svg = '<g id="{0}" fill="#2ca25f"/><g id="axes_1" clip-path="url(#{1})"/><use href="#{0}"/><p id="{1}"/>'
    assert draw.numbered(svg.format("C0_0_a0123456789", "padb1451334")) == svg.format("i0", "i1")


def test_a_layout_is_kept_without_its_last_digits():
    """Which an engine leaves by chance, or a processor, and which would be in all coordinates."""
    figure = plt.figure(layout="constrained")
    parts = figure.subfigures(2, 1, height_ratios=(1, 3))
    axes = parts[0].subfigures(1, 2)[1].subplots(2, 2)
    axes[0, 0].set(xlabel="x", title="title")
    parts[1].subplots().set_aspect("equal")

    def placed():
        inner = [*parts, *parts[0].subfigs]
        return [ax.get_position(original=True).bounds for ax in figure.axes] + [
            part.bbox_relative.bounds for part in inner
        ]

    before = placed()
    style.lay_out(figure)
    after = placed()
    assert before != after
    fractions = np.multiply(after, 2**17)
    np.testing.assert_array_equal(fractions, np.round(fractions))
    figure.draw_without_rendering()
    assert placed() == after
    plt.close(figure)
