"""Write the file lists behind the data manifest.

Run ``python -m brainseek.catalog.datasets.manifest_lists``. Without arguments it lists
``weights/`` anew; with ``NAME FOLDER`` the prepared folder of a data set. The list's new SHA-256
is put into ``data_manifest.yaml`` in place of the old one, so run it whenever the committed
weights change.
"""

import csv
import hashlib
import io
import sys
from pathlib import Path

from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import weights_dir
from brainseek.catalog.core.whole_file import write_whole
from brainseek.catalog.datasets.checks import describe, file_sha256
from brainseek.catalog.datasets.manifest import DataSet, load_manifest

WEIGHTS_NAME = "brainseek-weights"
IGNORED_NAMES = frozenset({"README.md", ".gitkeep"})


def prepared_rows(data_set: DataSet, folder: Path) -> list[dict[str, str]]:
    """Describe every file of `folder`, sorted by path: path, bytes, sha256, expect."""
    rows = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        relative = path.relative_to(folder).as_posix()
        if path.name in IGNORED_NAMES or path.name.endswith((".part", ".tmp")):
            continue
        rows.append(
            {
                "path": relative,
                "bytes": str(path.stat().st_size),
                "sha256": file_sha256(path),
                "expect": describe(data_set.check_for(relative), path),
            }
        )
    return rows


def refresh(name: str, folder: Path, manifest_path: Path | None = None) -> int:
    """Rewrite the prepared list of `name` from `folder` and pin it; return the number of files.

    Raises
    ------
    BrainseekError
        If the set is unknown, has no prepared list, or `folder` does not exist.
    """
    manifest = load_manifest(manifest_path)
    data_set = manifest[name]
    pinned = data_set.prepared_list
    if pinned is None:
        raise BrainseekError(f"The data set {name!r} has no prepared list in the manifest; add it.")
    if not folder.is_dir():
        raise BrainseekError(f"{folder} is not a folder; name the prepared folder of {name!r}.")
    rows = prepared_rows(data_set, folder)
    text = io.StringIO()
    writer = csv.DictWriter(text, ("path", "bytes", "sha256", "expect"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8")
    pinned.path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(pinned.path, content)
    listed = pinned.path.relative_to(manifest.path.parent).as_posix()
    _pin(manifest.path, listed, hashlib.sha256(content).hexdigest())
    return len(rows)


def _pin(manifest_path: Path, listed: str, digest: str) -> None:
    """Put `digest` on the line after ``list: <listed>``."""
    lines = manifest_path.read_text(encoding="utf-8").splitlines(keepends=True)
    for index, line in enumerate(lines[:-1]):
        if line.strip() == f"list: {listed}":
            indent = line[: len(line) - len(line.lstrip())]
            lines[index + 1] = f"{indent}sha256: {digest}\n"
            write_whole(manifest_path, "".join(lines).encode("utf-8"))
            return
    raise BrainseekError(f"{manifest_path} does not name the list {listed} on a line of its own.")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit status."""
    if len(arguments) not in (0, 2):
        print(
            "usage: python -m brainseek.catalog.datasets.manifest_lists [NAME FOLDER]",
            file=sys.stderr,
        )
        return 2
    name, folder = (
        (arguments[0], Path(arguments[1])) if arguments else (WEIGHTS_NAME, weights_dir())
    )
    try:
        count = refresh(name, folder)
    except BrainseekError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{name}: {count} files listed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
