import argparse
import platform
import socket
from pathlib import Path

import pytest

from benchmarks.report.record import machine_line
from benchmarks.report.report import Report, add_tables, chosen_tables, run
from benchmarks.report.table import Table
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT


def test_what_is_printed_is_what_is_recorded(tmp_path, capsys):
    kept = tmp_path / "RESULTS.md"
    report = Report("It works.", (Table("T", ("a",), (("1",),)),))
    run("plates", argparse.ArgumentParser(), lambda options: report, ["--record"], kept)
    printed = capsys.readouterr().out
    assert kept.read_text().endswith(f".\n\n{printed.strip()}\n")
    assert "\n## plates\n" in kept.read_text()
    assert "It works." in printed
    assert "### T" in printed


def test_problems_are_one_sentence_and_exit_2(capsys):
    def broken(options):
        raise BrainseekError("The data set is not here.")

    with pytest.raises(SystemExit) as stop:
        run("plates", argparse.ArgumentParser(), broken, [])
    assert stop.value.code == 2
    assert capsys.readouterr().err == "Error: The data set is not here.\n"


def test_the_machine_is_described_without_names_or_paths():
    line = machine_line()
    assert "cores" in line
    assert "torch" in line
    assert platform.node() not in line
    assert socket.gethostname() not in line
    assert str(Path.home()) not in line
    assert str(PROJECT_ROOT) not in line


def test_tables_are_chosen_by_name_in_the_order_of_the_benchmark():
    known = ("retrieval", "bars", "transfer")
    assert chosen_tables("transfer, retrieval", known) == ["retrieval", "transfer"]
    parser = argparse.ArgumentParser()
    add_tables(parser, known)
    assert chosen_tables(parser.parse_args([]).tables, known) == list(known)
    with pytest.raises(BrainseekError, match="'A' is unknown; choose from retrieval, bars"):
        chosen_tables("A,bars", known)
