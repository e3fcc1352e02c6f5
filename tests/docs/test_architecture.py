"""The map and the picture are the house; each walk calls what it names, in that order."""

import inspect
import re
import sys
import threading
from importlib import import_module
from types import CodeType, FrameType

import pytest

from brainseek.registration.plates.ranker import kept_ranker
from tests.docs.blocks import ROOT, blocks
from tests.house import picture
from tests.house.imports import modules

PAGE = ROOT / "docs" / "architecture.md"
STEP = re.compile(r"^\d+\. `([\w/]+)\.py`: `([\w.]+)`", re.MULTILINE)
WALKS = re.split(r"\n##+ ", PAGE.read_text("utf-8"))[2:5]


def test_the_picture_is_that_of_the_imports() -> None:
    told = "python -m tests.house.picture draws it anew"
    assert picture.PICTURE.read_text("utf-8") == picture.picture(), told


def test_the_map_has_every_folder_with_its_docstring_and_no_other() -> None:
    assert picture.table() in PAGE.read_text("utf-8"), "python -m tests.house.picture makes it anew"
    folders = {f"{path.parent.relative_to(ROOT)}/" for path in modules().values()}
    assert set(picture.sentences()) == folders
    assert all(told.endswith(".") for told in picture.sentences().values())


def test_there_are_three_walks() -> None:
    assert len(WALKS) == len(blocks(PAGE)) == 3
    assert all(len(STEP.findall(walk)) >= 5 for walk in WALKS)


def code_of(module: str, name: str) -> CodeType:
    found = import_module(f"brainseek.{module.replace('/', '.')}")
    for part in name.split("."):
        found = getattr(found, part)
    code = inspect.unwrap(found).__code__
    assert isinstance(code, CodeType)
    return code


@pytest.mark.parametrize("number", range(3))
def test_a_walk_calls_what_it_names_in_that_order(
    number: int, nothing_but_brainseek: object, capsys: object
) -> None:
    steps = {code_of(*step): step for step in STEP.findall(WALKS[number])}
    met: list[tuple[str, str]] = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        step = steps.get(frame.f_code) if event == "call" else None
        if step is not None and step not in met:
            met.append(step)

    kept_ranker.cache_clear()  # a walk begins with nothing loaded
    block = blocks(PAGE)[number]
    program = compile(block.text, block.where, "exec")
    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        exec(program, {})
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    assert met == list(steps.values())
