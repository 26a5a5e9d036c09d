"""The compiled program in the user's cache."""

import time
from concurrent.futures import ThreadPoolExecutor

from eiplast.homeostasis.spiking import build


def test_two_jobs_at_once_compile_one_program(tmp_path, monkeypatch):
    compiled = []

    def make(folder):
        compiled.append(folder)
        time.sleep(0.2)
        (folder / "main").write_text(folder.name, encoding="utf-8")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "_key", lambda folder: "key")
    monkeypatch.setattr(build, "make", make)
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as jobs:
        first, second = jobs.map(build.program, folders)
    assert first == second
    assert [first.read_text("utf-8")] == [folder.name for folder in compiled]
