"""Whether a file is a whole one of HDF5, which is what NetCDF 4 is, from its first bytes: no library is needed."""

from pathlib import Path


def is_cut_short(path):
    """Whether `path` is shorter than its own superblock says, or has none. False of NetCDF 3, no HDF5."""
    head, size = _head(path), Path(path).stat().st_size
    if is_foreign(path):
        return False
    if len(head) < 48 or head[:8] != b"\x89HDF\r\n\x1a\n":
        return True
    # HDF5 file format specification, II.A: the end-of-file address of superblocks 0/1 and 2/3.
    start = 40 if head[8] < 2 else 28
    return size < int.from_bytes(head[start : start + 8], "little")


def is_foreign(path):
    """Whether `path` is in the format of NetCDF 3, which no job writes."""
    return _head(path).startswith(b"CDF")


def _head(path):
    with open(path, "rb") as file:
        return file.read(64)
