"""``brainseek data``: what a person sees, and the exit status."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from brainseek.ui.cli import main
from tests.catalog.datasets.http_source import Host, serve
from tests.catalog.datasets.made_set import FILES, make_manifest, served_files


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("BRAINSEEK_MANIFEST", str(make_manifest(tmp_path / "manifest").path))
    monkeypatch.delenv("BRAINSEEK_MIRROR", raising=False)
    monkeypatch.setenv("BRAINSEEK_CACHE", str(tmp_path / "cache"))
    with serve(Host(files=served_files())) as host:
        monkeypatch.setenv("BRAINSEEK_BASE_URL", host.url)
        yield host


def run(*arguments: str, answer: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["data", *arguments], input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_list_in_words_and_json(tmp_path: Path) -> None:
    words = run("list")
    assert words.exit_code == 0
    assert "made" in words.output
    assert "Made-1.0" in words.output
    (entry,) = json.loads(run("list", "--json", "-").output)
    assert entry["name"] == "made"
    assert entry["found_in"] is None
    assert entry["prepared_bytes"] == sum(len(c) for c in FILES.values())
    run("get", "made", "--yes", "--quiet")
    (entry,) = json.loads(run("list", "--json", "-").output)
    assert entry["found_in"] == "cache"
    assert entry["folder"] == str(tmp_path / "cache" / "data" / "made")


def test_get_asks_shows_the_licence_and_obeys(made: Host) -> None:
    refused = run("get", "made", "--quiet", answer="n\n")
    assert refused.exit_code == 2
    assert "Licence: Made-1.0." in refused.output
    assert "not agreed to" in refused.output
    assert run("get", "made", "--quiet", answer="").exit_code == 2
    assert not made.requests
    agreed = run("get", "made", "--quiet", answer="y\n")
    assert agreed.exit_code == 0
    assert Path(agreed.stdout.strip().splitlines()[-1]).is_dir()
    again = run("get", "made")
    assert again.exit_code == 0
    assert "already here (cache)" in again.output


def test_where() -> None:
    missing = run("where", "made")
    assert missing.exit_code == 2
    assert "brainseek data get made" in missing.stderr
    assert "Traceback" not in missing.output
    run("get", "made", "--yes", "--quiet")
    found = run("where", "made")
    assert found.exit_code == 0
    assert Path(found.stdout.strip()).name == "made"


def test_verify_reports_damage_with_status_2() -> None:
    folder = Path(run("get", "made", "--yes", "--quiet").stdout.strip().splitlines()[-1])
    assert run("verify").exit_code == 0
    (folder / "one.bin").write_bytes(b"damaged")
    result = run("verify", "made")
    assert result.exit_code == 2
    assert "BAD made/one.bin" in result.stderr
    other = run("verify", "--path", str(folder))
    assert other.exit_code == 2
    assert "name exactly one" in other.stderr


def test_unknown_set_lists_the_known() -> None:
    result = run("get", "other", "--yes")
    assert result.exit_code == 2
    assert "Unknown data set 'other'; known are made." in result.stderr


def test_server_faults_reach_the_person_as_one_sentence(made: Host) -> None:
    made.files.clear()
    result = run("get", "made", "--yes", "--quiet")
    assert result.exit_code == 2
    assert "(404)" in result.stderr
    assert "Traceback" not in result.output
