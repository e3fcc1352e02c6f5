"""Which state of the project's code is running, as git says."""

import subprocess
from pathlib import Path

from brainseek.catalog.core.paths import PROJECT_ROOT


def checked_out(
    *, short: bool = False, leave_out: Path | None = None, root: Path | None = None
) -> str | None:
    """Return the commit, and whether tracked files differ from it; None without git.

    Parameters
    ----------
    short : bool
        Give the commit's short name.
    leave_out : Path, optional
        A file whose changes do not count.
    root : Path, optional
        Folder of the checkout, if not the project's.
    """
    root = root or PROJECT_ROOT
    commit = _git(root, "rev-parse", *(["--short"] if short else []), "HEAD")
    if not commit:
        return None
    paths = ["."]
    if leave_out is not None:
        paths.append(f":(exclude){leave_out.relative_to(root).as_posix()}")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *paths)
    return commit + (" with uncommitted changes" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
