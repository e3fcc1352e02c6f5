"""The commit of a checkout, and whether its files differ from it."""

import subprocess
from pathlib import Path

import pytest

from brainseek.catalog.core.checkout import checked_out


def git(root: Path, *arguments: str) -> str:
    named = ["-c", "user.name=made", "-c", "user.email=made@example.org"]
    done = subprocess.run(
        ["git", *named, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    for name in ("code.py", "results.md"):
        (tmp_path / name).write_text("first\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "made", "--no-gpg-sign")
    return tmp_path


def test_a_clean_checkout_is_its_commit(checkout):
    commit = git(checkout, "log", "-1", "--format=%H")
    assert len(commit) == 40
    assert checked_out(root=checkout) == commit
    short = checked_out(root=checkout, short=True)
    assert commit.startswith(short)
    assert len(short) < 40


def test_changes_of_tracked_files_are_told(checkout):
    commit = checked_out(root=checkout)
    (checkout / "new.txt").write_text("not tracked\n")
    assert checked_out(root=checkout) == commit
    (checkout / "code.py").write_text("second\n")
    assert checked_out(root=checkout) == f"{commit} with uncommitted changes"
    git(checkout, "add", "code.py")
    assert checked_out(root=checkout) == f"{commit} with uncommitted changes"


def test_only_the_file_left_out_does_not_count(checkout):
    results, commit = checkout / "results.md", checked_out(root=checkout)
    results.write_text("second\n")
    assert checked_out(root=checkout) == f"{commit} with uncommitted changes"
    assert checked_out(root=checkout, leave_out=results) == commit
    (checkout / "code.py").unlink()
    told = checked_out(root=checkout, leave_out=results)
    assert told == f"{commit} with uncommitted changes"


def test_a_folder_without_git_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert checked_out(root=tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checked_out(root=tmp_path) is None
