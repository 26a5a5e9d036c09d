"""Folders of TFDS in either format: order, checksums, versions; and data sets downloaded from a server here."""

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import os
import re
import shutil
import struct
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from array_record.python.array_record_module import ArrayRecordWriter
from PIL import Image
from tensorflow_datasets.proto import tf_example_pb2

from eiplast import dataset, download, tfds
from eiplast.errors import JobError

sizes = {"train": 60, "test": 10}


@pytest.fixture
def small(monkeypatch):
    """Let `dataset.run` take a data set of seven images a class."""
    monkeypatch.setattr(dataset, "_tfds_sizes", sizes)
    monkeypatch.setitem(dataset._known, "mnist", {"shape": (28, 28), "counts": [7] * 10})


def _pictures(seed=0):
    """Images and labels of each part: noise, so that none is like another; seven of each label in all."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (70, 28, 28), "u1")
    labels = random.permutation(np.repeat(np.arange(10), 7)).astype("u1")
    return {"train": (images[:60], labels[:60]), "test": (images[60:], labels[60:])}


def _example(image, label):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "png")
    example = tf_example_pb2.Example()
    example.features.feature["image"].bytes_list.value.append(buffer.getvalue())
    example.features.feature["label"].int64_list.value.append(label)
    return example.SerializeToString()


def _write_array_record(file, records):
    writer = ArrayRecordWriter(str(file), "group_size:1")
    for record in records:
        writer.write(record)
    writer.close()


_writers = {"array_record": _write_array_record, "tfrecord": tfds.write_tfrecord}


def _folder(folder, *kinds, version="3.0.1", lengths=(25, 20, 15), seed=0):
    """A TFDS folder of `_pictures` in all formats `kinds`, the first its own; train in files of `lengths`."""
    path = folder / "mnist" / version
    path.mkdir(parents=True)
    shards = {"train": list(lengths), "test": [10]}
    info = {"name": "mnist", "version": version, "fileFormat": kinds[0]}
    info["alternativeFileFormats"] = list(kinds[1:])
    info["splits"] = [
        {"name": split, "shardLengths": [str(n) for n in counts]}
        for split, counts in shards.items()
    ]
    (path / "dataset_info.json").write_text(json.dumps(info))
    for split, pictures in _pictures(seed).items():
        records = iter([_example(*picture) for picture in zip(*pictures, strict=True)])
        for i, count in enumerate(shards[split]):
            part = [next(records) for _ in range(count)]
            for kind in kinds:
                name = f"mnist-{split}.{kind}-{i:05d}-of-{len(shards[split]):05d}"
                _writers.get(kind, tfds.write_tfrecord)(path / name, part)
    return path


def _run(folder):
    return dataset.run({"dataset": "mnist", "tfds_dir": str(folder)})


@pytest.mark.parametrize("kind", ["tfrecord", "array_record"])
def test_either_format_is_read_in_its_order(tmp_path, kind):
    version = _folder(tmp_path, kind)
    for split, (images, labels) in _pictures().items():
        read = tfds.read(version, "mnist", split)
        np.testing.assert_array_equal(read[0], images)
        np.testing.assert_array_equal(read[1], labels)
        assert read[0].dtype == read[1].dtype == np.uint8


def test_tfrecord_is_the_same_data_set_as_array_record(tmp_path, small):
    _folder(tmp_path / "a", "array_record")
    _folder(tmp_path / "t", "tfrecord")
    a, t = _run(tmp_path / "a"), _run(tmp_path / "t")
    assert a.identical(t)
    assert np.bincount(t.split).tolist() == [54, 6, 10]
    assert (t.split[:6] == 1).all()
    assert "tensorflow" not in sys.modules


def test_tfrecord_is_what_tensorflow_writes(tmp_path):
    """The bytes that tf.io.TFRecordWriter writes for the records "abc" and "", checksums included."""
    tfds.write_tfrecord(tmp_path / "file", [b"abc", b""])
    written = "0300000000000000b099490e6162636e57f121000000000000000029039807d8ea82a2"
    assert (tmp_path / "file").read_bytes().hex() == written
    assert tfds._tfrecord(tmp_path / "file") == [b"abc", b""]


@pytest.mark.parametrize("kinds", [("tfrecord", "array_record"), ("riegeli", "array_record")])
def test_a_folder_converted_in_place_is_read(tmp_path, kinds):
    version = _folder(tmp_path, *kinds)
    np.testing.assert_array_equal(tfds.read(version, "mnist", "test")[0], _pictures()["test"][0])
    for file in version.glob(f"*.{kinds[0]}-*"):
        file.unlink()
    np.testing.assert_array_equal(tfds.read(version, "mnist", "test")[0], _pictures()["test"][0])


def _flip(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def _cut(file, at):
    file.write_bytes(file.read_bytes()[:at])


# In array_record a flip of what merely frames the records does no harm.
@pytest.mark.parametrize(
    ("kind", "damage", "at"),
    [("tfrecord", _flip, at) for at in (3, 9, 500, -2)]
    + [("tfrecord", _cut, at) for at in (3, 9, 500, -2)]
    + [("array_record", _flip, 500)]
    + [("array_record", _cut, at) for at in (3, 500, -2)],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, kind, damage, at):
    version = _folder(tmp_path, kind)
    damage(version / f"mnist-train.{kind}-00001-of-00003", at)
    with pytest.raises(JobError, match="truncated or damaged; move that folder away") as refused:
        tfds.read(version, "mnist", "train")
    assert str(version) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_cut_between_two_records_is_refused(tmp_path):
    version = _folder(tmp_path, "tfrecord")
    file = version / "mnist-train.tfrecord-00002-of-00003"
    (length,) = struct.unpack("<Q", file.read_bytes()[:8])
    _cut(file, 16 + length)
    with pytest.raises(JobError, match="holds 1 records instead of 15"):
        tfds.read(version, "mnist", "train")


def test_a_file_with_a_record_too_many_is_refused(tmp_path):
    file = _folder(tmp_path, "tfrecord") / "mnist-train.tfrecord-00001-of-00003"
    data = file.read_bytes()
    (n,) = struct.unpack("<Q", data[:8])
    file.write_bytes(data + data[: 16 + n])
    with pytest.raises(JobError, match="holds 21 records instead of 20"):
        _run(tmp_path)


def test_a_missing_file_is_refused(tmp_path):
    version = _folder(tmp_path, "tfrecord")
    (version / "mnist-train.tfrecord-00001-of-00003").unlink()
    with pytest.raises(JobError, match="lacks files of the split 'train'; move it away"):
        tfds.read(version, "mnist", "train")


def test_a_format_that_cannot_be_read_is_named(tmp_path):
    version = _folder(tmp_path, "riegeli")
    with pytest.raises(
        JobError, match="is prepared as riegeli, and only array_record and tfrecord"
    ):
        tfds.read(version, "mnist", "train")


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_a_damaged_description_is_refused(tmp_path, text):
    version = _folder(tmp_path, "tfrecord")
    (version / "dataset_info.json").write_text(text)
    with pytest.raises(JobError, match=r"cannot be read|holds the data set None"):
        tfds.read(version, "mnist", "train")


def test_the_newest_whole_version_is_read_and_the_others_are_named(tmp_path, small, capsys):
    _folder(tmp_path, "tfrecord")
    _folder(tmp_path, "tfrecord", version="10.0.0", seed=1)
    _folder(tmp_path, "tfrecord", version="incomplete.ABC_11.0.0")
    (tmp_path / "mnist/12.0.0").mkdir()
    ds = _run(tmp_path)
    assert ds.attrs["source"] == "TFDS mnist 10.0.0"
    np.testing.assert_array_equal(ds.image[:60], _pictures(1)["train"][0])
    line = "10.0.0 is read, 12.0.0, 3.0.1, incomplete.ABC_11.0.0 left aside"
    assert capsys.readouterr().err == f"{tmp_path / 'mnist'}: {line}\n"


def test_other_sizes_are_refused(tmp_path):
    version = _folder(tmp_path, "tfrecord")
    words = "has splits of {'train': 60, 'test': 10} images, not {'train': 60000, 'test': 10000}"
    with pytest.raises(JobError, match=re.escape(f"{version} {words}")):
        _run(tmp_path)


def _idx(array):
    shape = np.array(array.shape, ">u4").tobytes()
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + shape + array.tobytes())


def _published():
    """`_pictures` as MNIST is published: file name to content."""
    return {
        file: _idx(array)
        for part, arrays in _pictures().items()
        for file, array in zip(download._pair(part), arrays, strict=True)
    }


@contextlib.contextmanager
def _serving(files, cut=None):
    """URL of a server that answers with `files` and breaks off in the middle of `cut`; and what was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.lstrip("/")
            asked.append(name)
            self.send_response(200 if name in files else 404)
            content = files.get(name, b"")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if name == cut else content)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def _tell(monkeypatch, url, files):
    """Let `download` believe that `files` are the data set, published at `url`."""
    known = {
        name: (f"{url}/{name}", len(content), hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    }
    monkeypatch.setattr(download, "table", lambda name: known)


def _hashed(split, n):
    """Positions in the order in which TFDS writes: by the MD5 of the name of the split and the position."""
    return sorted(range(n), key=lambda i: hashlib.md5(f"{split}{i}".encode()).digest())


def test_a_data_set_is_downloaded_and_prepared_in_the_order_of_tfds(tmp_path, small, monkeypatch):
    files = _published()
    with _serving(files) as (url, asked):
        _tell(monkeypatch, url, files)
        ds = _run(tmp_path)
        assert sorted(asked) == sorted(files)
    assert _run(tmp_path).identical(ds)
    order = {split: _hashed(split, n) for split, n in sizes.items()}
    pictures = [[a[order[split]] for a in arrays] for split, arrays in _pictures().items()]
    images, labels = map(np.concatenate, zip(*pictures, strict=True))
    np.testing.assert_array_equal(ds.image, images)
    np.testing.assert_array_equal(ds.label, labels)
    assert ds.attrs["source"] == "TFDS mnist 3.0.1"
    names = {path.name for path in (tmp_path / "mnist/3.0.1").iterdir()}
    shards = {"mnist-train.tfrecord-00000-of-00001", "mnist-test.tfrecord-00000-of-00001"}
    assert names == shards | {"dataset_info.json", "features.json"}
    assert "tensorflow" not in sys.modules


def test_real_mnist_is_in_that_order():
    """Put back by it, the images that TFDS wrote make the file of the authors, known by its checksum."""
    folder = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
    version = tfds.newest(folder, "mnist")
    if version is None:
        pytest.skip("no MNIST in TFDS_DATA_DIR")
    images, _ = tfds.read(version, "mnist", "test")
    original = np.empty_like(images)
    original[_hashed("test", len(images))] = images
    digest = hashlib.md5(gzip.decompress(_idx(original))).hexdigest()
    assert digest == "2646ac647ad5339dbf082846283269ea"


def test_what_tfds_knows_of_the_files():
    known = download.table("mnist")
    url, size, sha256 = known["train-images-idx3-ubyte.gz"]
    assert url.endswith("/mnist/train-images-idx3-ubyte.gz")
    assert size == 9_912_422
    assert sha256.startswith("440fcabf73cc546f")
    assert set(download.table("fashion_mnist")) == set(known) == set(_published())


def test_a_broken_download_is_refused_and_taken_up_again(tmp_path, monkeypatch):
    files = _published()
    cut = list(files)[2]
    with _serving(files, cut=cut) as (url, _):
        _tell(monkeypatch, url, files)
        with pytest.raises(JobError, match=rf"{url}/{cut} cannot be downloaded \(IncompleteRead"):
            download.prepare("mnist", tmp_path)
    kept = tmp_path / "downloads/mnist"
    assert sorted(path.name for path in kept.iterdir()) == sorted(list(files)[:2])
    assert not (tmp_path / "mnist").exists()
    with _serving(files) as (url, asked):
        _tell(monkeypatch, url, files)
        assert download.prepare("mnist", tmp_path) == tmp_path / "mnist/3.0.1"
        assert asked == list(files)[2:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "its SHA-256 is .* instead of"),
        (lambda content: content[:-1], r"\d+ bytes came instead of"),
        (None, "404 Client Error"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, monkeypatch, change, words):
    files = _published()
    first = next(iter(files))
    served = files | {first: change(files[first])} if change else {}
    with _serving(served) as (url, _):
        _tell(monkeypatch, url, files)
        with pytest.raises(JobError, match=rf"{first} cannot be downloaded \({words}"):
            download.prepare("mnist", tmp_path)
    assert not list((tmp_path / "downloads/mnist").iterdir())


def test_without_a_server_the_advice_to_place_the_files_works(tmp_path, monkeypatch):
    files = _published()
    with _serving(files) as (url, _):
        pass
    _tell(monkeypatch, url, files)
    with pytest.raises(JobError, match=r"no prepared data set 'mnist'.*refused") as refused:
        download.prepare("mnist", tmp_path)
    (place,) = re.findall(r"put them into ([^;]+);", str(refused.value))
    for name, content in files.items():
        (Path(place) / name).write_bytes(content)
    assert download.prepare("mnist", tmp_path) == tmp_path / "mnist/3.0.1"


def test_the_advice_to_move_a_damaged_folder_away_works(tmp_path, small, monkeypatch):
    version = _folder(tmp_path, "tfrecord")
    _flip(version / "mnist-test.tfrecord-00000-of-00001", 100)
    with pytest.raises(JobError, match="move that folder away and run the same command again"):
        _run(tmp_path)
    shutil.move(version, tmp_path / "away")
    files = _published()
    with _serving(files) as (url, _):
        _tell(monkeypatch, url, files)
        assert _run(tmp_path).sizes["sample"] == 70


def test_a_folder_without_its_description_is_in_the_way(tmp_path, monkeypatch):
    (tmp_path / "mnist/3.0.1").mkdir(parents=True)
    files = _published()
    with _serving(files) as (url, _):
        _tell(monkeypatch, url, files)
        with pytest.raises(
            JobError, match=r"without its dataset_info\.json; move that folder away"
        ):
            download.prepare("mnist", tmp_path)
        (tmp_path / "mnist/3.0.1").rmdir()
        assert download.prepare("mnist", tmp_path)


def test_a_full_disk_leaves_nothing_to_trust(tmp_path, monkeypatch):
    def full(file, records):
        raise OSError(28, "No space left on device")

    files = _published()
    with _serving(files) as (url, _):
        _tell(monkeypatch, url, files)
        with monkeypatch.context() as patch:
            patch.setattr(tfds, "write_tfrecord", full)
            with pytest.raises(JobError, match=r"cannot be prepared in .*No space left.*make room"):
                download.prepare("mnist", tmp_path)
        assert tfds.newest(tmp_path, "mnist") is None
        assert download.prepare("mnist", tmp_path)


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match=r"no prepared data set 'mnist' in .*none can be stored"):
        _run(tmp_path / "file")


def test_a_data_set_of_other_files_is_left_to_tfds(tmp_path):
    with pytest.raises(JobError, match=r"tensorflow_datasets.load\('cifar10'\)"):
        download.prepare("cifar10", tmp_path)
