"""A made data set behind a made manifest, for tests without real data."""

import csv
import hashlib
from pathlib import Path

import yaml

from brainseek.catalog.datasets.manifest import Manifest, load_manifest

FILES = {"a/one.bin": b"one" * 50_000, "a/two.bin": b"2" * 999}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _write_list(path: Path, columns: tuple[str, ...], rows: list[dict[str, object]]) -> str:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_manifest(
    folder: Path,
    prepare: str = "brainseek.catalog.datasets.prepare.copied:flat",
    kind: str = "download",
    needs: tuple[str, ...] = (),
) -> Manifest:
    """Write the manifest of the data set ``made``, which is `FILES` copied unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = [
        {"source": "s", "path": p, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()}
        for p, c in FILES.items()
    ]
    public = _write_list(folder / "public.csv", ("source", "path", "bytes", "sha256"), rows)
    ready = [
        {"path": Path(str(r["path"])).name, "bytes": r["bytes"], "sha256": r["sha256"]}
        for r in rows
    ]
    prepared = _write_list(folder / "ready.csv", ("path", "bytes", "sha256", "expect"), ready)
    entry: dict[str, object] = {
        "description": "made for tests",
        "kind": kind,
        "licence": "Made-1.0.",
        "reader": "none",
        "prepared": {"list": "ready.csv", "sha256": prepared},
    }
    if kind == "download":
        entry["sources"] = {"s": {"repository": "o/r", "commit": COMMIT, "licence": "Made-1.0"}}
        entry["prepare"] = prepare
        entry["needs"] = list(needs)
        entry["files"] = {"list": "public.csv", "sha256": public}
    path = folder / "data_manifest.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "data_sets": {"made": entry}}))
    return load_manifest(path)


def served_files() -> dict[str, bytes]:
    """Return `FILES` under the paths that a file host serves."""
    return {f"/o/r/{COMMIT}/{path}": content for path, content in FILES.items()}
