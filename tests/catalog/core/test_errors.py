"""What a user reads of an error."""

import pytest

from brainseek.catalog.core.errors import BrainseekError, exit_on_error


def test_an_error_is_told_in_one_sentence_and_exits_with_2(capsys):
    @exit_on_error()
    def main() -> None:
        raise BrainseekError("the size 0 is not positive: give 1 or more.")

    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "Error: the size 0 is not positive: give 1 or more.\n"


def test_other_errors_are_not_hidden():
    with pytest.raises(KeyError), exit_on_error():
        raise KeyError("x")
