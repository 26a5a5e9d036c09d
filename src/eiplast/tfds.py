"""Folders of TensorFlow Datasets (TFDS), read without TensorFlow: ``{folder}/{name}/{version}/``."""

import io
import json
import re
import struct
import sys

import numpy as np

from eiplast.errors import JobError

_again = (
    "move {} away and run the same command again, which prepares it anew, "
    "or set tfds_dir in config.yaml or TFDS_DATA_DIR to another folder"
)


def newest(folder, name):
    """Folder of the newest whole version of the data set `name`, None without one; names the others on stderr."""
    found = sorted(path for path in (folder / name).glob("*") if path.is_dir())
    whole = [path for path in found if _is_whole(path)]
    version = max(whole, key=lambda path: [*map(int, path.name.split("."))], default=None)
    others = [path.name for path in found if path != version]
    if version and others:
        aside = ", ".join(others)
        print(f"{folder / name}: {version.name} is read, {aside} left aside", file=sys.stderr)
    return version


def _is_whole(path):
    """TFDS writes into incomplete.*, and dataset_info.json last of all."""
    named = re.fullmatch(r"\d+\.\d+\.\d+", path.name)
    return named is not None and (path / "dataset_info.json").is_file()


def read(version, name, split):
    """Images, uint8 (n, rows, columns), and labels, uint8 (n,), of one split in the order of TFDS.

    version : folder with ``dataset_info.json`` and files in array_record or tfrecord, whichever TFDS wrote or
        converted to. Raises JobError where it holds something else, or a file is missing or damaged.
    """
    info = _info(version, name)
    kind, files = _files(version, split, info)
    try:
        lengths = _lengths(info, split)
        parts = [_records(kind, file, n) for file, n in zip(files, lengths, strict=True)]
        return _decode([record for part in parts for record in part])
    except ImportError:
        raise
    # array_record, protobuf and Pillow raise many kinds, C++ ones among them.
    except Exception as error:
        what = (str(error).splitlines() or [type(error).__name__])[0]
        raise JobError(
            f"the {split} split in {version} cannot be read ({what}): a file is truncated or "
            f"damaged; {_again.format('that folder')}"
        ) from error


def _info(version, name):
    path = version / "dataset_info.json"
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JobError(f"{path} cannot be read ({error}); {_again.format('its folder')}") from error
    if info.get("name") != name:
        raise JobError(
            f"{version} holds the data set {info.get('name')!r}, not {name!r}: "
            "set tfds_dir in config.yaml or TFDS_DATA_DIR to the right folder"
        )
    return info


def _lengths(info, split):
    """Number of records in each file of `split`; TFDS numbers the files in its order."""
    known = [s for s in info.get("splits", []) if s.get("name") == split]
    return [int(n) for s in known for n in s.get("shardLengths", [])]


def _files(version, split, info):
    """The first format that can be read and has its files, and these; a folder may hold several formats."""
    kinds = [info.get("fileFormat", "tfrecord"), *info.get("alternativeFileFormats", [])]
    n = len(_lengths(info, split))
    for kind in filter(_formats.get, kinds):
        stem = f"{info['name']}-{split}.{kind}"
        files = [version / f"{stem}-{i:05d}-of-{n:05d}" for i in range(n)]
        if n and all(file.is_file() for file in files):
            return kind, files
    if not any(map(_formats.get, kinds)):
        raise JobError(
            f"{version} is prepared as {' and '.join(kinds)}, and only {' and '.join(_formats)} "
            f"are read; {_again.format('it')}"
        )
    raise JobError(f"{version} lacks files of the split {split!r}; {_again.format('it')}")


def _records(kind, file, n):
    """The `n` records of a file, bytes each. Raises ValueError where there are more or fewer."""
    records = _formats[kind](file)
    if len(records) != n:
        raise ValueError(f"{file.name} holds {len(records)} records instead of {n}")
    return records


def _array_record(file):
    from array_record.python.array_record_module import ArrayRecordReader

    reader = ArrayRecordReader(str(file))
    try:
        return reader.read_all()
    finally:
        reader.close()


def _tfrecord(file):
    """Each record is its length in 8 bytes, their checksum in 4, the data, and their checksum in 4."""
    data = file.read_bytes()
    records, at = [], 0
    while at < len(data):
        (n,) = struct.unpack("<Q", _checked(data, at, 8, file))
        records.append(_checked(data, at + 12, n, file))
        at += 16 + n
    return records


def _checked(data, start, n, file):
    """The `n` bytes from `start` on. Raises ValueError unless their checksum follows them."""
    chunk = data[start : start + n]
    if data[start + n : start + n + 4] != _checksum(chunk):
        raise ValueError(f"wrong checksum in {file.name} at byte {start}")
    return chunk


def _checksum(chunk):
    """CRC-32C, rotated by 15 bits and shifted by a constant as tfrecord has it, in 4 bytes."""
    import google_crc32c

    crc = google_crc32c.value(chunk)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def write_tfrecord(file, records):
    """Write `records`, bytes each, as one tfrecord file."""
    with open(file, "wb") as out:
        for record in records:
            length = struct.pack("<Q", len(record))
            out.write(length + _checksum(length) + record + _checksum(record))


def _decode(records):
    """Images and labels of serialised examples; all at once, since TFDS one by one takes minutes."""
    from PIL import Image
    from tensorflow_datasets.proto import tf_example_pb2

    features = [tf_example_pb2.Example.FromString(record).features.feature for record in records]
    pngs = [io.BytesIO(feature["image"].bytes_list.value[0]) for feature in features]
    images = np.stack([np.asarray(Image.open(png, formats=["PNG"])) for png in pngs])
    return images, np.array([feature["label"].int64_list.value[0] for feature in features], "u1")


_formats = {"array_record": _array_record, "tfrecord": _tfrecord}
