"""Any text is a condition or is refused in one sentence that names what is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.filters.filter import MAX_LENGTH, MAX_NESTING, parse_filter
from brainseek.index.filters.reader import Reader
from tests.index.filters.made_filter_table import TABLE, N

PIECES = (
    "( ) , ; . - -- /* */ * + = == != <> < > <= >= ' '' \" ` [ ] { } {{ {% :: : ? @ $ % & | || ! ~ "
    "^ \\ and or not in between is null like ilike escape true false case when then end select "
    "from where cast as date timestamp interval exists any all structure plate created flag "
    "position_um vector thumbnail 'x' 'nissl' 1 -1 1.5 1e5 1e999 0x1F \"plate\" '2024-01-31' lower "
    "array row values drop table with distinct similar to rlike regexp isnull notnull symmetric "
    "\x00 \ud800 é １"
)
ANY_TEXT = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(PIECES.split(" ")), max_size=14).map(" ".join)
)


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_any_text_is_a_filter_or_one_sentence(text: str) -> None:
    assert_filter_or_error(text)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["(", "not ", "not(", "- ", "-(", "((", "plate = (", "plate in (", "plate = "])
    .flatmap(lambda start: st.tuples(st.just(start), st.integers(1, MAX_LENGTH // len(start))))
    .map(lambda pair: pair[0] * pair[1]),
    st.sampled_from(["plate = 1", "1", "plate", ""]),
    st.integers(0, 3000),
)
def test_deep_text_is_a_filter_or_one_sentence(start: str, middle: str, closing: int) -> None:
    assert_filter_or_error(start + middle + ")" * closing)
    assert_filter_or_error(start + middle + ")" * start.count("("))


def assert_filter_or_error(text: str) -> None:
    try:
        condition = parse_filter(text, TABLE.schema)
    except BrainseekError as error:
        message = str(error)
        assert message.endswith(".")
        assert "\n" not in message
        assert len(message) < 500
    else:
        assert condition.mask(TABLE).shape == (N,)


REFUSED = {
    "": "is empty",
    " \n": "is empty",
    "structur = 'CA1'": "'structur'.*neither a column.*structure, stain",
    "lower(structure) = 'ca1'": "'lower'.*neither",
    "plate(1) = 2": "one column with values",
    "plate = 1; drop table rows": "';'",
    "plate = 1;": "';'",
    "plate = 1 -- all": "comment '-- all'",
    "plate = 1 /* x */ and flag": "comment",
    "/**/ plate = 1": "comment",
    "plate /* x = 1": "without an end",
    "structure = 'CA1": "without an end",
    "plate + 1 = 2": r"'\+'",
    "plate - 1 = 2": "one column with values",
    "plate = - - 1": "one column with values",
    "plate = (values (1))": "'values'",
    "plate = 'abc'": "plate holds whole numbers .int32. and 'abc'",
    "plate = 1.5": "plate holds whole numbers",
    "plate = 3000000000": "plate holds whole numbers .int32. and '3000000000'",
    "structure_id > -9223372036854775808": "structure_id holds whole numbers",
    "plate = true": "'True' is not such",
    "plate like '1%'": "plate holds whole numbers",
    "structure like 5": "LIKE compares text",
    "structure = 5": "structure holds text .string. and '5'.*structure LIKE 'CA%'",
    "position_um < 1e999": "'1e999'",
    "weight < 1e39": "'1e39'",
    "flag = 1": "true or false",
    "flag < true": "no order",
    "created > 'yesterday'": "'yesterday'.*created >= '2024-",
    "created > '2024-02-30'": "'2024-02-30'",
    "created > '20240130'": "'20240130'",
    "created > 5": "times",
    "structure = null": "structure IS NULL",
    "structure in ('CA1', null)": "structure IS NULL",
    "structure in ()": "one column with values",
    "structure in (stain)": "one column with values",
    "structure = stain": "one column with values",
    "1 = 1": "one column with values",
    "true": "one column with values",
    "plate": "one column with values",
    "'CA1'": "one column with values",
    "plate = 1 = 1": "one column with values",
    "plate is true": "one column with values",
    "rows.plate = 1": "'rows'",
    "stain.plate = 1": "one column with values",
    "plate = 1 plate": "one column with values",
    "structure = 'a' 'b'": "one column with values",
    "structure like 'a' escape 'b'": "'escape'",
    "plate between symmetric 1 and 2": "'symmetric'",
    "plate = 1 and": "in order at",
    "(plate = 1": "in order at",
    "plate = 1)": "in order at",
    "vector is null": "column 'vector' holds data",
    "thumbnail = 'x'": "column 'thumbnail' holds data",
    '"Plate" = 1': "'Plate'",
    "`plate` = 1": "'`'",
    "structure = \ud800": "surrogate",
    "plate = ？": "'？'",
    "not " * (MAX_NESTING + 1) + "flag": "nested more than",
    "(" * (MAX_NESTING + 1) + "flag" + ")" * (MAX_NESTING + 1): "nested more than",
    " or ".join(["plate = 1"] * 1000): "characters long",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30].encode("ascii", "replace"))
def test_refuses_what_is_not_allowed_and_names_it(text: str) -> None:
    with pytest.raises(BrainseekError, match=REFUSED[text]):
        parse_filter(text, TABLE.schema)


def test_refuses_more_levels_than_lance_can_read() -> None:
    text = "plate = 1 and (flag or plate = 2 and (flag or plate = 3))"
    assert Reader(TABLE.schema, most_levels=3).read(text).levels == 3
    with pytest.raises(BrainseekError, match="too many levels"):
        Reader(TABLE.schema, most_levels=2).read(text)
