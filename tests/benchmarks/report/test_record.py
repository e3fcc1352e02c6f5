import datetime
import subprocess
import sys

from benchmarks.__main__ import BENCHMARKS
from benchmarks.report.record import RESULTS, commit, write_section
from brainseek.catalog.core.paths import PROJECT_ROOT


def test_sections_are_replaced_appended_and_left_alone(tmp_path):
    path = tmp_path / "RESULTS.md"
    path.write_text("# Results\n\nHow.\n\n## plates\n\nold\n\n## speed\n\nkept\n")
    write_section("plates", "### T\n\nnew \\1 text", path)
    write_section("mni152", "first", path)
    write_section("mni152", "second", path)
    text = path.read_text()
    assert text.startswith("# Results\n\nHow.\n\n## plates\n\nRecorded ")
    assert datetime.date.today().isoformat() in text
    assert "old" not in text
    assert "first" not in text
    assert text.count("## mni152\n") == 1
    assert "### T\n\nnew \\1 text\n\n## speed\n\nkept\n\n## mni152\n" in text
    assert text.endswith("second\n")
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_begun(tmp_path):
    write_section("plates", "body", tmp_path / "new.md")
    assert (tmp_path / "new.md").read_text().startswith("# Results\n\n## plates\n")


def test_a_tree_without_git_has_no_commit(tmp_path, monkeypatch):
    assert commit().startswith(("commit ", "no commit"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit(tmp_path) == "no commit"


def test_every_benchmark_has_its_section_and_is_listed():
    text = RESULTS.read_text(encoding="utf-8")
    assert all(f"\n## {name}\n" in text for name in BENCHMARKS)
    for name in BENCHMARKS:
        script = RESULTS.parent.joinpath(*name.split("."))
        assert script.with_suffix(".py").is_file() or (script / "__main__.py").is_file()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--list"],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(BENCHMARKS)
