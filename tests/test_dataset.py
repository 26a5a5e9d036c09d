"""Data sets: the embedded digits, prepared TFDS folders, and what is said where one is missing or wrong."""

import io
import json
import re

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordWriter
from PIL import Image
from sklearn.datasets import load_digits
from tensorflow_datasets.proto import tf_example_pb2

from eiplast import dataset
from eiplast.errors import JobError


@pytest.fixture(scope="module")
def digits():
    return dataset.run({"dataset": "digits", "tfds_dir": ""})


def test_digits_are_the_real_ones(digits):
    assert digits.image.shape == (1797, 8, 8)
    assert digits.image.dtype == np.uint8
    assert digits.image.max() == digits.image.attrs["white"] == 16
    assert len(digits.attrs["sha256"]) == 64


def test_digits_split_is_fixed_and_disjoint(digits):
    assert np.bincount(digits.split).tolist() == [1295, 143, 359]
    # The generator is frozen: what it shuffles today it shuffles alike in every version of numpy.
    source = load_digits()
    order = np.random.RandomState(0).permutation(1797)
    np.testing.assert_array_equal(digits.image, source.images[order])
    np.testing.assert_array_equal(digits.label, source.target[order])


def test_part_is_scaled_and_flat(digits):
    x, label = dataset.part(digits, "test")
    assert x.shape == (359, 64)
    assert x.min() == 0
    assert x.max() == 1
    assert set(label) == set(range(10))


def _prepare(folder, name="mnist", inside=None, file_format="array_record", files=True):
    """A TFDS folder like the real one: right counts, every image a grey square of its label."""
    version = folder / name / "3.0.1"
    version.mkdir(parents=True)
    sizes = dataset._tfds_sizes
    splits = [{"name": s, "shardLengths": [str(n)], "numBytes": "1",
               "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"}
              for s, n in sizes.items()]  # fmt: skip
    info = {"name": inside or name, "version": "3.0.1", "fileFormat": file_format, "splits": splits}
    (version / "dataset_info.json").write_text(json.dumps(info))
    core = "tensorflow_datasets.core.features"
    features = {
        "pythonClassName": f"{core}.features_dict.FeaturesDict",
        "featuresDict": {"features": {
            "image": {"pythonClassName": f"{core}.image_feature.Image",
                      "image": {"shape": {"dimensions": ["28", "28", "1"]}, "dtype": "uint8",
                                "encodingFormat": "png"}},
            "label": {"pythonClassName": f"{core}.class_label_feature.ClassLabel",
                      "classLabel": {"numClasses": "10"}},
        }},
    }  # fmt: skip
    (version / "features.json").write_text(json.dumps(features))
    if not files:
        return version
    records = []
    for label in range(10):
        buffer = io.BytesIO()
        Image.fromarray(np.full((28, 28), label, "u1")).save(buffer, "png")
        example = tf_example_pb2.Example()
        example.features.feature["image"].bytes_list.value.append(buffer.getvalue())
        example.features.feature["label"].int64_list.value.append(label)
        records.append(example.SerializeToString())
    labels = np.repeat(np.arange(10), dataset._known[name]["counts"])
    labels = np.random.default_rng(0).permutation(labels)
    for split, part in (("train", labels[: sizes["train"]]), ("test", labels[sizes["train"] :])):
        writer = ArrayRecordWriter(
            str(version / f"{name}-{split}.array_record-00000-of-00001"), "group_size:1"
        )
        for label in part:
            writer.write(records[label])
        writer.close()
    return version


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfds")
    _prepare(folder)
    return folder


def test_tfds_is_read_in_its_order_with_the_authors_split(prepared):
    ds = dataset.run({"dataset": "mnist", "tfds_dir": str(prepared)})
    assert ds.image.shape == (70_000, 28, 28)
    assert (ds.image[:, 0, 0] == ds.label).all()
    assert np.bincount(ds.split).tolist() == [54_000, 6_000, 10_000]
    assert (ds.split[:6_000] == 1).all()
    assert "differ from the original release" in ds.attrs["note"]


def test_tfds_data_dir_is_honoured(tmp_path, monkeypatch):
    version = _prepare(tmp_path, files=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(JobError, match=re.escape(str(version))):
        dataset.run({"dataset": "mnist", "tfds_dir": ""})


def test_a_truncated_file_says_so(prepared, tmp_path):
    version = _prepare(tmp_path, files=False)
    for file in (prepared / "mnist/3.0.1").glob("*.array_record*"):
        whole = file.read_bytes()
        (version / file.name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(JobError, match="truncated or damaged; move that folder away"):
        dataset.run({"dataset": "mnist", "tfds_dir": str(tmp_path)})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"inside": "fashion_mnist"}, "holds the data set 'fashion_mnist', not 'mnist'"),
        ({"file_format": "riegeli"}, "is prepared as riegeli"),
        ({"files": False}, "lacks files of the split 'train'"),
    ],
)
def test_a_wrong_folder_says_so(tmp_path, options, words):
    _prepare(tmp_path, **({"files": False} | options))
    with pytest.raises(JobError, match=words):
        dataset.run({"dataset": "mnist", "tfds_dir": str(tmp_path)})


def test_other_data_under_the_right_name_say_so(tmp_path, monkeypatch):
    """Seven images a class are wanted, and there are six of one and eight of another."""
    monkeypatch.setattr(dataset, "_tfds_sizes", {"train": 60, "test": 10})
    there, wanted = ({"shape": (28, 28), "counts": n + [7] * 8} for n in ([6, 8], [7, 7]))
    monkeypatch.setitem(dataset._known, "fashion_mnist", there)
    _prepare(tmp_path, "fashion_mnist")
    monkeypatch.setitem(dataset._known, "fashion_mnist", wanted)
    with pytest.raises(JobError, match="does not hold the data set 'fashion_mnist': the classes"):
        dataset.run({"dataset": "fashion_mnist", "tfds_dir": str(tmp_path)})
