"""A check accepts what preparation may change, and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from brainseek.catalog.datasets.checks import array_digest, describe, matches


def picture(path: Path, image: np.ndarray[Any, Any], quality: int) -> Path:
    Image.fromarray(image).save(path, "JPEG", quality=quality)
    return path


@pytest.fixture
def image() -> np.ndarray[Any, Any]:
    rows, columns = np.mgrid[:120, :90]
    grey: np.ndarray[Any, Any] = 100 + 50 * np.sin(rows / 9) + 40 * np.cos(columns / 7)
    return grey.astype(np.uint8)


def test_image_tolerates_another_encoder_only(tmp_path: Path, image: np.ndarray[Any, Any]) -> None:
    expect = describe("image", picture(tmp_path / "a.jpg", image, 95))
    assert matches("image", picture(tmp_path / "b.jpg", image, 70), expect)
    assert not matches("image", picture(tmp_path / "c.jpg", image[:, ::-1] // 2, 95), expect)
    assert not matches("image", picture(tmp_path / "d.jpg", image[:-1], 95), expect)
    colour = np.dstack([image] * 3)
    assert not matches("image", picture(tmp_path / "e.jpg", colour, 95), expect)
    blackened = image.copy()
    blackened[:30, :22] = 0
    assert not matches("image", picture(tmp_path / "f.jpg", blackened, 95), expect)


def test_arrays_ignore_the_archive_but_no_value(tmp_path: Path) -> None:
    a: np.ndarray[Any, Any]
    b: np.ndarray[Any, Any]
    a, b = np.arange(6, dtype=np.int32).reshape(2, 3), np.ones(4)
    np.savez_compressed(tmp_path / "a.npz", a=a, b=b)
    expect = describe("arrays", tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", b=b, a=np.asfortranarray(a))
    assert matches("arrays", tmp_path / "b.npz", expect)
    changes: tuple[dict[str, np.ndarray[Any, Any]], ...] = (
        {"a": a + 1, "b": b},
        {"a": a.T, "b": b},
        {"a": a.astype(np.int64), "b": b},
        {"a": a},
        {"c": a, "b": b},
    )
    for changed in changes:
        assert array_digest(changed) != expect


def test_labels_tolerate_half_a_percent(tmp_path: Path) -> None:
    labels = np.zeros((100, 100), np.int32)
    labels[:50] = 7
    np.savez_compressed(tmp_path / "a.npz", one=labels)
    expect = describe("labels", tmp_path / "a.npz")
    for extra, accepted in ((20, True), (30, False)):
        other = labels.copy()
        other[60, :extra] = 7
        np.savez_compressed(tmp_path / "b.npz", one=other)
        assert matches("labels", tmp_path / "b.npz", expect) is accepted
    np.savez_compressed(tmp_path / "c.npz", two=labels)
    assert not matches("labels", tmp_path / "c.npz", expect)


def test_table_ignores_unfilled_columns_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("plate,eta2_ara,x\r\n1,0.5,2\r\n")
    expect = describe("table", tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("plate,eta2_ara,x\n1,,2\n")
    assert matches("table", tmp_path / "b.csv", expect)
    for changed in ("plate,eta2_ara,x\n1,0.5,3\n", "plate,eta2_ara,y\n1,0.5,2\n",
                    "plate,eta2_ara,x\n1,0.5,2\n1,0.5,2\n"):  # fmt: skip
        (tmp_path / "c.csv").write_text(changed)
        assert not matches("table", tmp_path / "c.csv", expect)


def test_table_tolerates_the_last_digit_of_decimals(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,um\na,5.161\nb,-10.0\n")
    expect = describe("table", tmp_path / "a.csv")
    for text, accepted in (("5.1611", True), ("5.2", False)):
        (tmp_path / "b.csv").write_text(f"name,um\na,{text}\nb,-10.0\n")
        assert matches("table", tmp_path / "b.csv", expect) is accepted


def test_bytes_never_tolerate(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert describe("bytes", tmp_path / "a") == ""
    assert not matches("bytes", tmp_path / "a", "")
