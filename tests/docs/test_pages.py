"""Every example of README and docs runs exactly as printed, in one fresh folder a page."""

import re
from pathlib import Path

import pytest

from tests.conftest import SHARED_FOLDER
from tests.docs import console
from tests.docs.blocks import PAGES, Block, blocks

RUN = ("python", "console")
SHOWN = ("yaml", "json", "text")
WALKED = "architecture.md"
"""Its examples are run, and watched, by the tests of the architecture."""
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def is_run(block: Block) -> bool:
    """Whether it can be run here; files are written in any case."""
    if block.word == "needs":
        names = block.told.split(", ")
        return SHARED_FOLDER is not None and all((SHARED_FOLDER / name).is_dir() for name in names)
    return block.word != "not run"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != WALKED], ids=lambda page: page.name
)
def test_examples_run_as_printed(
    page: Path, nothing_but_brainseek: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, object] = {}
    for block in filter(is_run, blocks(page)):
        if block.word == "needs":
            nothing_but_brainseek.setenv("BRAINSEEK_MIRROR", str(SHARED_FOLDER))
        else:
            nothing_but_brainseek.delenv("BRAINSEEK_MIRROR", raising=False)
        if block.word == "file":
            Path(block.told).parent.mkdir(parents=True, exist_ok=True)
            Path(block.told).write_text(block.text, "utf-8")
        elif block.kind == "python":
            exec(compile(block.text, block.where, "exec"), names)
        elif block.kind == "console":
            try:
                console.run(block.text)
            except AssertionError as error:
                raise AssertionError(f"{block.where}: {error}") from error


@each_page
def test_no_command_hides_in_a_block_that_is_not_run(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.startswith("# ")
    assert text.count("```") == 2 * len(blocks(page))
    for block in blocks(page):
        assert block.kind in (*RUN, *SHOWN), block.where
        assert block.kind in RUN or not re.search(r"^\$? ?brainseek ", block.text, re.M), (
            block.where
        )
        assert block.word in (None, "not run", "needs", "file"), block.where


@each_page
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / target).exists(), target


def test_a_session_is_read_with_its_output() -> None:
    first, second = console.commands("$ a \\\n    b\n$ c  # why\none\ntwo\n")
    assert first == ("a \\\n    b", [])
    assert second == ("c  # why", ["one", "two"])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("$ brainseek atlas list --nothing\n", "ended with 2"),
        ("$ brainseek atlas list\nmni152\nno such atlas\n", "did not print 'no such atlas'"),
        ("$ brainseek atlas list\nmouse-ccf … mni152\n", "did not print ' mni152'"),
        ("$ brainseek atlas list\nError: nothing\n", "ended with 0"),
        ("$ exit 3\n", "ended with 3"),
    ],
)
def test_a_session_that_goes_otherwise_is_a_failure(
    text: str, wrong: str, nothing_but_brainseek: object
) -> None:
    with pytest.raises(AssertionError, match=wrong):
        console.run(text)


def test_a_session_that_goes_as_printed_passes(nothing_but_brainseek: object) -> None:
    console.run("$ echo a   b  # c\na b\n$ brainseek atlas list  # all\natlas … mni152\n")
