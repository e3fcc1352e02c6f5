"""A small real run: how often files are read, what is kept of them, what a caller is told."""

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from brainseek.catalog.atlases.registry import load_atlas
from brainseek.catalog.sections import section as reading
from brainseek.registration.run.register import register
from brainseek.registration.run.settings import RegisterSettings

pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")


@pytest.mark.parametrize(("series", "times"), [(False, 1), (True, 2)])
def test_a_file_is_decoded_once_and_those_of_a_series_twice(tmp_path, monkeypatch, series, times):
    """A series is streamed twice, so that its sections need not all be in memory."""
    decoded: Counter[Path] = Counter()
    read_raw = reading.read_raw

    def counting(path, request):
        decoded[path] += 1
        return read_raw(path, request)

    monkeypatch.setattr(reading, "read_raw", counting)
    atlas, files = load_atlas("mni152"), []
    for plate in (40, 44):
        files.append(tmp_path / f"s{plate}.png")
        Image.fromarray(atlas.plate_image(plate)).save(files[-1])
    files.append(tmp_path / "unread.png")
    files[-1].write_bytes(b"no image")
    told = []
    settings = RegisterSettings("mni152", series=series, nonlinear=False, pixel_size_um=1000)
    done = register(
        files, tmp_path / "out", settings, lambda result, found: told.append((result, found))
    )
    assert [decoded[file] for file in files[:2]] == [times] * 2
    assert decoded[files[2]] == 1
    assert [result for result, _ in told] == list(done.sections)
    for (result, alignment), plate in zip(told, (40, 44), strict=False):
        assert result.registered.plate == alignment.target.plate
        assert abs(result.registered.plate - plate) <= 1
        assert set(result.files) <= {path.name for path in (tmp_path / "out").iterdir()}
    assert told[2][1] is None
    assert "unread.png" in done.sections[2].error
    assert done.sections[2].to_dict() == {"file": str(files[2]), "error": done.sections[2].error}
