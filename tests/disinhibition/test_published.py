"""The first epoch of published trainings, trained again, where the images are."""

import os
from pathlib import Path

import jax
import pytest

from eiplast import dataset, netcdf, tfds
from eiplast.disinhibition import train
from listed import assert_as_published, kept, spec_of

folder = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()


@pytest.fixture(scope="module", params=["text/mnist", "authors/fashion_mnist"])
def cell(request):
    """Set-up and data set, and the images."""
    name = request.param.split("/")[1]
    if tfds.newest(folder, name) is None:
        pytest.skip(f"no {name} in TFDS_DATA_DIR")
    return request.param, dataset.run({"dataset": name, "tfds_dir": str(folder)})


@pytest.mark.slow
@pytest.mark.parametrize("n_hidden", [1, 3])
@pytest.mark.parametrize("method", ["backprop", "exact_inverse", "linear_threshold_avg_J"])
def test_first_epochs_of_published_trainings_are_those_of_this_code(cell, method, n_hidden):
    place, images = cell
    run = f"train/{place}/{method}/hidden{n_hidden}"
    spec = spec_of(run) | {"n_seeds": 1, "n_epochs": 1}
    with jax.enable_x64(False):
        ds = train.run(spec, images)
    part = {"seed": slice(1), "epoch": slice(1)}
    assert_as_published(ds, run, ["loss"], 1e-4, **part)
    # One image of ten thousand.
    assert abs(ds.accuracy - netcdf.load(kept(run)).accuracy.isel(part)).max() < 0.011
