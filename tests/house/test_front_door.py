"""The front door: public names, each from the file that defines it, none imported early."""

import subprocess
import sys

import pytest

import brainseek


@pytest.mark.parametrize("name", sorted(set(brainseek.__all__) - {"__version__"}))
def test_a_public_name_comes_from_the_file_that_defines_it(name: str) -> None:
    found = getattr(brainseek, name)
    assert found.__name__ == name
    assert found.__module__.startswith("brainseek.")
    assert getattr(sys.modules[found.__module__], name) is found


def test_a_name_that_does_not_exist_is_said() -> None:
    with pytest.raises(AttributeError, match="brainseek attribute identfy"):
        brainseek.identfy  # type: ignore[attr-defined]  # noqa: B018


def test_the_door_itself_imports_no_room() -> None:
    program = "import sys, brainseek; print([m for m in sys.modules if m.startswith('brainseek.')])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
