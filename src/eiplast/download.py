"""MNIST and its like fetched as their authors published them and prepared by TFDS, without TensorFlow."""

import contextlib
import gzip
import hashlib
import io
import sys
from pathlib import Path

import numpy as np

from eiplast import tfds
from eiplast.atomic import writing
from eiplast.errors import JobError

_parts = {"train": "train", "test": "t10k"}


def table(name):
    """The files of the data set `name`: file name to URL, size in bytes and SHA-256, as TFDS has them."""
    import tensorflow_datasets

    infos = tensorflow_datasets.builder_cls(name).url_infos
    return {Path(url).name: (url, int(info.size), info.checksum) for url, info in infos.items()}


def prepare(name, folder):
    """Folder of the data set `name`, made in `folder` in the order and format that ``tfds.load`` makes it.

    Its files are fetched into ``downloads/{name}`` of `folder`, each whole or not at all, unless they are there.
    Raises JobError where they cannot be fetched, are not those that TFDS knows, or cannot be stored.
    """
    downloads = folder / "downloads" / name
    try:
        downloads.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(
            f"no prepared data set {name!r} in {folder}, and none can be stored there ({error}); "
            "set tfds_dir in config.yaml or TFDS_DATA_DIR to a folder that has it or can be written"
        ) from error
    files = {file: _fetch(*entry, downloads / file) for file, entry in _files(name).items()}
    try:
        _store(name, folder, files)
    except Exception as error:  # TFDS raises many kinds
        # Another run may have prepared it meanwhile.
        if tfds.newest(folder, name) is None:
            raise JobError(
                f"the data set {name!r} cannot be prepared in {folder} ({_line(error)}); make room, or set "
                "tfds_dir in config.yaml or TFDS_DATA_DIR to another folder, and run the same command again"
            ) from error
    if version := tfds.newest(folder, name):
        return version
    raise JobError(
        f"{folder / name} has the version that TFDS prepares, without its dataset_info.json; "
        "move that folder away and run the same command again"
    )


def _files(name):
    """`table`, where it has the four files that are understood here."""
    files = table(name)
    needed = {file for part in _parts for file in _pair(part)}
    if set(files) != needed:
        raise JobError(
            f"{name!r} is not published as {', '.join(sorted(needed))}, which are all that is prepared here; "
            f"prepare it where TensorFlow is, with tensorflow_datasets.load({name!r})"
        )
    return files


def _pair(part):
    """Names of the files with the images and the labels of a part."""
    return f"{_parts[part]}-images-idx3-ubyte.gz", f"{_parts[part]}-labels-idx1-ubyte.gz"


def _fetch(url, size, sha256, path):
    """`path`, which then holds what `url` has. Raises JobError unless size and SHA-256 are these."""
    import requests

    if path.is_file() and not _fault(path.read_bytes(), size, sha256):
        return path
    print(f"downloading {url} ({size / 1e6:.1f} MB)", file=sys.stderr)
    try:
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise JobError(_failed(url, _line(_innermost(error)), path)) from error
    if fault := _fault(answer.content, size, sha256):
        raise JobError(_failed(url, fault, path))
    with writing(path) as temporary:
        temporary.write_bytes(answer.content)
    return path


def _fault(data, size, sha256):
    """What is wrong with `data`, in words; empty if nothing is."""
    if len(data) != size:
        return f"{len(data)} bytes came instead of {size}"
    digest = hashlib.sha256(data).hexdigest()
    return "" if digest == sha256 else f"its SHA-256 is {digest} instead of {sha256}"


def _line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]


def _innermost(error):
    """What went wrong in the first place; requests and urllib3 wrap it three times."""
    while error.__context__:
        error = error.__context__
    return error


def _failed(url, reason, path):
    return (
        f"no prepared data set {path.parent.name!r} in {path.parents[2]}, and {url} cannot be downloaded "
        f"({reason}). Run the same command again where there is a network; or get it and the other three "
        f"files beside it elsewhere and put them into {path.parent}; or set tfds_dir in config.yaml or "
        "TFDS_DATA_DIR to a folder that has the data set; or do without it with --config scale=quick"
    )


def _store(name, folder, files):
    """Let TFDS write the images of `files`: it orders them by a hash of their position, which makes the split."""
    import tensorflow_datasets

    builder = tensorflow_datasets.builder(name, data_dir=folder)
    # These two methods are where TFDS takes TensorFlow: to open the files, and to write tfrecord.
    builder._split_generators = lambda manager: {
        part: _examples(*(_idx(files[file]) for file in _pair(part))) for part in _parts
    }
    writer = builder._example_writer()
    writer.write = lambda path, pairs: tfds.write_tfrecord(path, (record for _, record in pairs))
    builder._example_writer = lambda: writer
    print(f"preparing {builder.data_path}", file=sys.stderr)
    tensorflow_datasets.disable_progress_bar()
    with contextlib.redirect_stdout(io.StringIO()):
        builder.download_and_prepare(download_dir=folder / "downloads")


def _examples(images, labels):
    from PIL import Image

    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield i, {"image": Image.fromarray(image), "label": int(label)}


def _idx(path):
    """Array, uint8, of a gzipped IDX file: the fourth byte counts the dimensions, whose sizes follow."""
    data = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, "u1", offset=4 + 4 * data[3]).reshape(shape)
