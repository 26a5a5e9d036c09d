"""Image data sets as one NetCDF each: uint8 images, labels, split, provenance, checksum.

``mnist`` and ``fashion_mnist`` come from a TFDS folder, prepared where there is none, without TensorFlow;
``digits`` is embedded in scikit-learn (real 8x8 handwritten digits, grey levels 0 to 16).
"""

import hashlib
import os
from pathlib import Path

import numpy as np
import xarray as xr

from eiplast import download, tfds
from eiplast.errors import JobError

_tfds_sizes = {"train": 60_000, "test": 10_000}
_splits = ["train", "validation", "test"]
# What tells a data set from others of its name; `mean`: grey level of the 60,000 training images of the original.
_known = {
    "mnist": {
        "shape": (28, 28),
        "counts": [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958],
        "mean": 0.1306604763,
    },
    "fashion_mnist": {"shape": (28, 28), "counts": [7000] * 10, "mean": 0.2860405970},
    "digits": {
        "shape": (8, 8),
        "counts": [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
        "white": 16,
    },
}


def run(spec):
    """Data set ``spec["dataset"]`` with its split. Raises JobError where data are missing or wrong."""
    name = spec["dataset"]
    images, labels, split, source = READERS[name](name, spec["tfds_dir"])
    _check(name, images, labels, source)
    levels = _known.get(name, {}).get("white", 255)
    sample = np.arange(len(labels))
    code = {"long_name": "part of the data set", "units": "1", "flag_meanings": " ".join(_splits)}
    ds = xr.Dataset(
        {
            "image": (
                ("sample", "row", "column"),
                images,
                {"long_name": "grey level", "units": "1", "white": levels},
            ),
            "label": ("sample", labels, {"long_name": "class", "units": "1"}),
            "split": ("sample", split, code | {"flag_values": np.arange(3, dtype="u1")}),
        },
        coords={
            "sample": ("sample", sample, {"long_name": "position in the source", "units": "1"}),
        },
    )
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    return ds.assign_attrs(dataset=name, source=source, sha256=digest, note=_note(name, images))


def part(ds, split, dtype="f4"):
    """Images scaled to [0, 1], shape (n, pixels), and labels, shape (n,), of one part of `ds`."""
    chosen = ds.isel(sample=ds.split.values == _splits.index(split))
    images = chosen.image.values.reshape(chosen.sizes["sample"], -1)
    return (images / chosen.image.attrs["white"]).astype(dtype), chosen.label.values.astype("i4")


def _digits(name, folder):
    from sklearn.datasets import load_digits

    data = load_digits()
    # ASSUME: no published split exists; a fixed shuffle, a fifth for test, a tenth of the rest for
    # validation. RandomState is frozen, so the split never changes.
    order = np.random.RandomState(0).permutation(len(data.target))
    n_test = len(order) // 5
    n_validation = (len(order) - n_test) // 10
    split = np.repeat(
        np.array([1, 0, 2], "u1"), [n_validation, len(order) - n_test - n_validation, n_test]
    )
    images = data.images[order].astype("u1")
    source = "scikit-learn load_digits (UCI optical recognition of handwritten digits, test part)"
    return images, data.target[order].astype("u1"), split, source


def _tfds(name, folder):
    folder = Path(folder or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
    version = tfds.newest(folder, name) or download.prepare(name, folder)
    parts = [tfds.read(version, name, split) for split in _tfds_sizes]
    images, labels = map(np.concatenate, zip(*parts, strict=True))
    sizes = dict(zip(_tfds_sizes, (len(part[1]) for part in parts), strict=True))
    if sizes != _tfds_sizes:
        raise JobError(
            f"{version} has splits of {sizes} images, not {_tfds_sizes}: "
            "set tfds_dir in config.yaml or TFDS_DATA_DIR to another folder"
        )
    # The authors' split: the first tenth of the TFDS order validates (train[:10%], train[10%:]).
    n_validation = sizes["train"] // 10
    counts = [n_validation, sizes["train"] - n_validation, sizes["test"]]
    split = np.repeat(np.array([1, 0, 2], "u1"), counts)
    return images, labels, split, f"TFDS {name} {version.name}"


def _check(name, images, labels, source):
    """Counts, shapes and label range of the data set that `name` promises; of a reader's own, what all share."""
    counts = np.bincount(labels, minlength=10).tolist()
    known = {"shape": images.shape[1:], "counts": counts} | _known.get(name, {})
    shape = (sum(known["counts"]), *known["shape"])
    problems = []
    if images.shape != shape or images.ndim != 3 or images.dtype != np.uint8:
        problems.append(f"images are {images.dtype} {images.shape}, not uint8 {shape}")
    if counts != known["counts"] or len(counts) != 10 or 0 in counts:
        problems.append(f"the classes 0 to 9 count {counts}, not {known['counts']}")
    if problems:
        raise JobError(f"{source} does not hold the data set {name!r}: {'; '.join(problems)}")


def _note(name, images):
    """Says so where the pixels are not those of the original release."""
    mean = images[:60_000].mean() / 255
    original = _known.get(name, {}).get("mean", mean)
    if abs(mean - original) < 1e-6:
        return ""
    return (
        f"pixels of this copy of {name} differ from the original release "
        f"(mean of the training images {mean:.5f} instead of {original:.5f})"
    )


# Name in config.yaml: function of (name, tfds_dir) that returns images (n, rows, columns) and labels 0 to 9 (n,),
# both uint8, part (n,) as position in _splits, and source in words.
READERS = {"mnist": _tfds, "fashion_mnist": _tfds, "digits": _digits}
