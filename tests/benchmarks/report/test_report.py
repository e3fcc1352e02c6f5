import argparse
from pathlib import Path

import pytest

from benchmarks.report import report as module
from benchmarks.report.machine import machine_line
from benchmarks.report.report import Report, add_tables, chosen_tables, run
from benchmarks.report.table import Table
from brainseek.catalog.core.errors import BrainseekError
from brainseek.catalog.core.paths import PROJECT_ROOT


def test_what_is_printed_is_what_is_recorded(monkeypatch, capsys):
    monkeypatch.setattr(module, "write_section", lambda name, text: kept.append((name, text)))
    monkeypatch.setattr("sys.argv", ["x", "--record"])
    kept: list[tuple[str, str]] = []
    report = Report("It works.", (Table("T", ("a",), (("1",),)),))
    run("plates", argparse.ArgumentParser(), lambda options: report)
    printed = capsys.readouterr().out
    assert kept == [("plates", printed.rstrip("\n") + "\n")]
    assert "It works." in printed
    assert "### T" in printed


def test_problems_are_one_sentence_and_exit_2(monkeypatch, capsys):
    def broken(options):
        raise BrainseekError("The data set is not here.")

    monkeypatch.setattr("sys.argv", ["x"])
    with pytest.raises(SystemExit) as stop:
        run("plates", argparse.ArgumentParser(), broken)
    assert stop.value.code == 2
    assert capsys.readouterr().err == "Error: The data set is not here.\n"


def test_the_machine_is_described_without_names_or_paths(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "secret-host")
    monkeypatch.setattr("socket.gethostname", lambda: "secret-host")
    line = machine_line()
    assert "cores" in line
    assert "torch" in line
    assert "secret-host" not in line
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
