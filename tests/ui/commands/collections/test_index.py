"""``brainseek index``: what a person sees, and the exit status."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from brainseek.index.collection import Collection
from brainseek.index.maintain.export import export_collection
from brainseek.ui.cli import main
from tests.index.made_patches import DIM, ENCODER, made_collection, patches, unit


def run(*arguments: object, answer: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["index", *map(str, arguments)], input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def sentence(*arguments: object) -> str:
    """Return the error of a command that must fail, which is one line."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    return last


@pytest.fixture
def uri(tmp_path: Path) -> Path:
    made_collection(tmp_path / "c", 30)
    return tmp_path / "c"


def test_create(tmp_path: Path) -> None:
    made = run("create", tmp_path / "c", "--encoder", "plates-mouse-nissl")
    assert made.exit_code == 0
    collection = Collection.open(tmp_path / "c")
    assert collection.encoder.startswith("plates-mouse-nissl@")
    assert f"({collection.dim} dimensions)" in made.output
    assert "already" in sentence("create", tmp_path / "c", "--encoder", "plates-mouse-nissl")
    assert run("create", tmp_path / "d", "--identity", "own@1", "--dim", 5).exit_code == 0
    assert (Collection.open(tmp_path / "d").encoder, Collection.open(tmp_path / "d").dim) == (
        "own@1", 5
    )  # fmt: skip


def test_create_refuses(tmp_path: Path) -> None:
    uri = tmp_path / "c"
    assert "exactly one encoder" in sentence("create", uri)
    assert "exactly one" in sentence("create", uri, "--encoder", "a", "--identity", "b@1")
    assert "Unknown encoder 'none': choose one of" in sentence("create", uri, "--encoder", "none")
    known = ("--encoder", "plates-mouse-nissl", "--dim", 3)
    assert "not needed" in sentence("create", uri, *known)
    assert "say --dim N" in sentence("create", uri, "--identity", "own@1")
    assert "NAME@HASH" in sentence("create", uri, "--identity", "own", "--dim", 3)
    assert not uri.exists()


def test_rows_go_out_and_in(tmp_path: Path, uri: Path) -> None:
    out = run("export", uri, tmp_path / "rows.parquet", "--where", "structure = 'CA1'")
    assert out.exit_code == 0
    assert out.output == f"{tmp_path / 'rows.parquet'}: 15 rows\n"
    assert "is there already" in sentence("export", uri, tmp_path / "rows.parquet")
    assert run("export", uri, tmp_path / "rows.parquet", "--force").exit_code == 0
    run("create", tmp_path / "d", "--identity", ENCODER, "--dim", DIM)
    for _ in range(2):  # adding again replaces
        added = run("add", tmp_path / "d", tmp_path / "rows.parquet")
        assert added.output == f"30 rows written; {tmp_path / 'd'} has 30 rows\n"
    assert Collection.open(tmp_path / "d").rows() == Collection.open(uri).rows()


def test_add_names_file_and_rows(
    tmp_path: Path, uri: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainseek.index.maintain.import_files.BATCH_ROWS", 4)
    vectors = unit(10, seed=3)
    vectors[9] *= 2
    sources = np.array([f"s{i}" for i in range(10)])
    np.savez(tmp_path / "rows.npz", vectors=vectors, kind="patch", source_uri=sources)
    told = sentence("add", uri, tmp_path / "rows.npz")
    assert "rows.npz, rows 8 to 9 (the 8 rows before were added): embedding 1 has length 2" in told
    assert len(Collection.open(uri)) == 38
    other = Collection.create(tmp_path / "o", "other@1", DIM, patches(3))
    export_collection(other, tmp_path / "o.arrow")
    assert "other@1" in sentence("add", uri, tmp_path / "o.arrow")
    assert "is not there" in sentence("add", uri, tmp_path / "none.npz")
    assert "singly" in sentence("add", uri, "a.csv", "b.csv", "--vectors", "v.npy")
    assert "holds no collection" in sentence("add", tmp_path, tmp_path / "rows.npz")


def test_delete_and_restore(uri: Path) -> None:
    deleted = run("delete", uri, "--where", "stain = 'nissl'")
    assert deleted.stdout == f"10 rows deleted; {uri} has 20 rows\n"
    assert f"brainseek index restore {uri} 1`" in deleted.stderr
    assert run("delete", uri, "--where", "stain = 'nissl'").stderr == ""
    back = run("restore", uri, "1")
    assert back.stdout == f"{uri} is as it was at 1: 30 rows\n"
    assert "colour" in sentence("delete", uri, "--where", "colour = 1")
    assert "has no version '99'" in sentence("restore", uri, "99")
    assert "has no snapshot 'then'" in sentence("restore", uri, "then")


def test_snapshots(tmp_path: Path, uri: Path) -> None:
    assert "version 1 is now called 7" in run("snapshot", uri, "7").output
    run("delete", uri, "--where", "kind = 'patch'")
    out = run("export", uri, tmp_path / "then.csv", "--snapshot", "7")
    assert out.output.endswith("then.csv: 30 rows\n")
    assert "give one" in sentence(
        "export", uri, tmp_path / "x.csv", "--snapshot", "7", "--version", 1
    )
    assert run("restore", uri, "7").exit_code == 0, "a name wins over a number"
    assert len(Collection.open(uri)) == 30
    assert "already" in sentence("snapshot", uri, "7")
    assert "can't name a snapshot" in sentence("snapshot", uri, "a b")
    assert "has no snapshot '8'" in sentence("snapshot", uri, "8", "--forget")
    assert run("snapshot", uri, "7", "--forget").exit_code == 0
    assert Collection.open(uri).snapshots() == {}


def test_compact(uri: Path) -> None:
    for i in range(3):
        Collection.open(uri).add(patches(2, seed=i)[:1])
    compacted = run("compact", uri, "--forget-older", 0)
    assert "files of rows became 1" in compacted.output
    assert "MB of older versions deleted" in compacted.output
    assert len(Collection.open(uri)) == 30
    assert "has no version '1'" in sentence("restore", uri, "1")


def test_info(uri: Path) -> None:
    run("snapshot", uri, "first")
    words = run("info", uri)
    assert words.exit_code == 0
    for piece in ("30", ENCODER, "8 dimensions", "first (version 1)", "exact; made of version 1",
                  "1.000 of the true 10 nearest", "nissl", "10"):  # fmt: skip
        assert piece in " ".join(words.output.split()), piece
    facts = json.loads(run("info", uri, "--json", "-").output)
    assert facts["rows"] == 30
    assert facts["recall"]["recall"] == 1.0
    assert facts["search_index"]["kind"] == "flat"
    assert facts["snapshots"] == {"first": 1}
    assert sum(group["rows"] for group in facts["groups"]) == 30
    assert facts["versions"][0][1].startswith("20")


def test_info_without_recall_makes_nothing(tmp_path: Path, uri: Path) -> None:
    words = " ".join(run("info", uri, "--no-recall").output.split())
    assert "none yet; the next search makes it" in words
    assert "not measured (--no-recall)" in words
    assert not (uri / "cache").exists()
    run("create", tmp_path / "empty", "--identity", "own@1", "--dim", 5)
    assert "needs at least 2 rows" in run("info", tmp_path / "empty").output


def test_list(tmp_path: Path, uri: Path) -> None:
    run("create", tmp_path / "b" / "empty", "--identity", "own@1", "--dim", 5)
    (tmp_path / "broken" / "rows.lance").mkdir(parents=True)
    listed = run("list", tmp_path)
    assert listed.exit_code == 0
    entries = json.loads(run("list", tmp_path, "--json", "-").output)
    assert [Path(entry["uri"]).name for entry in entries] == ["empty", "broken", "c"]
    assert [entry["rows"] for entry in entries] == [0, None, 30]
    assert "damaged" in entries[1]["problem"]
    (tmp_path / "nothing").mkdir()
    assert "no collection" in run("list", tmp_path / "nothing").stderr
    assert "is no folder" in sentence("list", tmp_path / "missing")


def test_verify(tmp_path: Path, uri: Path) -> None:
    assert run("verify", uri).output == f"{uri} is whole\n"
    (uri / "notes.txt").write_text("mine")
    result = run("verify", uri)
    assert result.exit_code == 2
    assert "notes.txt" in result.stderr
    assert "1 problem(s)" in result.stderr
    assert run("verify", tmp_path / "missing").exit_code == 2


def test_drop(tmp_path: Path, uri: Path) -> None:
    refused = run("drop", uri, answer="n\n")
    assert refused.exit_code == 2
    assert f"Delete 30 rows and all versions of {uri}" in refused.stderr
    assert run("drop", uri, answer="").exit_code == 2
    (uri / "notes.txt").write_text("mine")
    assert "notes.txt" in sentence("drop", uri, "--yes")
    (uri / "notes.txt").unlink()
    assert len(Collection.open(uri)) == 30
    assert run("drop", uri, answer="y\n").exit_code == 0
    assert not uri.exists()
    assert "holds no collection" in sentence("drop", uri, "--yes")


def test_hostile_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    from brainseek.index.table.schema import Row

    bad = "\x1b[31m[red]\x07"
    Collection.create(
        tmp_path / "c", ENCODER, DIM, [Row(unit(1)[0], "patch", bad, stain=bad, atlas=bad)]
    )
    output = run("info", tmp_path / "c").output
    assert "\x1b" not in output
    assert "[red]" in output


@pytest.mark.parametrize(
    "command",
    [
        "add",
        "compact",
        "create",
        "delete",
        "drop",
        "export",
        "info",
        "list",
        "restore",
        "snapshot",
        "verify",
    ],
)
def test_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "\\b" not in result.output
    assert f"  {command} " in run("--help").output
