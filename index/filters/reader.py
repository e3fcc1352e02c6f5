"""From the text of a condition to a checked tree, written for Lance and for Arrow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from brainseek.catalog.core.errors import BrainseekError
from brainseek.index.filters.values import EXAMPLES, holds, literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot.expressions import Expr

MAX_NESTING = 20
"""Most parentheses (then ``not`` or signs in a row) inside each other in the text."""

MAX_LEVELS = 40
"""Most levels that Lance's parser may have to go down; it takes 50 with those of a comparison."""

OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""What ``NOT`` makes of a comparison."""

MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""What a comparison becomes when its sides change places."""

WORDS = ("and", "or", "not", "in", "between", "is", "null", "like", "ilike", "true", "false")
SYMBOLS = ("=", "==", "<>", "!=", "<", "<=", ">", ">=", "(", ")", ",", "-", ".")

FORMS = "write conditions such as structure = 'CA1' and (plate between 40 and 60 or note is null)"


@dataclass(frozen=True)
class Part:
    """A checked part of a condition, for Lance and for Arrow.

    `levels` is how many levels Lance's parser goes down to read its AND and OR.
    """

    sql: str
    expression: Any
    is_or: bool = False
    levels: int = 0


class Reader:
    """Turns the text of one condition into checked parts."""

    def __init__(
        self,
        columns: "Mapping[str, pa.DataType] | pa.Schema",
        most_levels: int = MAX_LEVELS,
    ) -> None:
        self.most_levels = most_levels
        fields = columns if isinstance(columns, Mapping) else {f.name: f.type for f in columns}
        usable = {name: kind for name, kind in fields.items() if holds(kind) and "`" not in name}
        self.types: dict[str, pa.DataType] = usable
        self.unusable = fields.keys() - usable.keys()
        self.used: set[str] = set()

    def read(self, text: str) -> Part:
        from sqlglot import ParseError, Parser

        try:
            trees = Parser().parse(self.tokens(text), text)
        except ParseError as error:
            piece = str(error.errors[0].get("highlight") or text) if error.errors else text
            raise BrainseekError(
                f"the condition is not complete or not in order at {_shown(piece)}; {FORMS}."
            ) from error
        if len(trees) != 1 or trees[0] is None:
            raise BrainseekError(f"the condition holds no comparison; {FORMS}.")
        return self.condition(trees[0], negated=False)

    def tokens(self, text: str) -> list[Any]:
        """Split the text; every piece must be an allowed word, symbol, value or column."""
        from sqlglot import TokenError, Tokenizer, TokenType

        try:
            tokens = Tokenizer().tokenize(text)
        except TokenError as error:
            raise BrainseekError(
                "the condition has a quotation mark or a comment without an end; close it."
            ) from error
        checked: list[Any] = []
        end = opened = in_a_row = 0
        for token in tokens:
            _check_gap(text[end : token.start])
            end = token.end + 1
            word, kind = token.text.lower(), token.token_type
            if kind == TokenType.IDENTIFIER or (
                kind not in (TokenType.STRING, TokenType.NUMBER) and word not in WORDS + SYMBOLS
            ):
                name = self.column(token.text, quoted=kind == TokenType.IDENTIFIER)
                place = (token.line, token.col, token.start, token.end)
                token = type(token)(TokenType.IDENTIFIER, name, *place)
            opened += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
            in_a_row = in_a_row + 1 if kind in (TokenType.NOT, TokenType.DASH) else 0
            if opened + in_a_row > MAX_NESTING:
                raise BrainseekError(
                    f"the condition is nested more than {MAX_NESTING} deep; use fewer parentheses."
                )
            checked.append(token)
        _check_gap(text[end:])
        return checked

    def column(self, text: str, quoted: bool) -> str:
        """Return the column that a word of the condition means."""
        names = [text] if quoted else [text, text.lower()]
        for name in names:
            if name in self.types:
                return name
        problem = f"the condition holds {_shown(text)}, which is neither a column nor allowed"
        if self.unusable.intersection(names):
            problem = f"column {_shown(text)} holds data that can't be compared"
        raise BrainseekError(
            f"{problem}; use the columns {', '.join(self.types)} with the operators = <> < <= > "
            ">= AND OR NOT IN BETWEEN LIKE ILIKE IS NULL, and put text in single quotes."
        )

    def condition(self, node: "Expr", negated: bool) -> Part:
        """Check a node of the tree that is true, false or unknown."""
        import pyarrow.compute as pc
        from sqlglot import exp

        node = node.unnest()
        if isinstance(node, exp.Not):
            return self.condition(self.arguments(node, "this")[0], not negated)
        if isinstance(node, exp.And | exp.Or):
            both = isinstance(node, exp.And) != negated
            return self.joined(both, [self.condition(part, negated) for part in _operands(node)])
        if isinstance(node, exp.Between):
            column, low, high = self.arguments(node, "this", "low", "high")
            parts = [self.compare(">=", column, low, negated)]
            return self.joined(not negated, [*parts, self.compare("<=", column, high, negated)])
        if isinstance(node, exp.In):
            column, *values = self.arguments(node, "this", "expressions")
            return self.membership(self.name(column), values, negated)
        if isinstance(node, exp.Is):
            column, null = self.arguments(node, "this", "expression")
            name = self.name(column)
            if not isinstance(null, exp.Null):
                self.refuse(node)
            found = (pc.is_valid if negated else pc.is_null)(pc.field(name))
            return Part(f"`{name}` IS {'NOT ' * negated}NULL", found)
        if isinstance(node, exp.Like | exp.ILike):
            return self.like(node, negated)
        if isinstance(node, exp.Column) and holds(self.types[self.name(node)]) == "true or false":
            return self.compare("=", node, exp.true(), negated)
        operators: dict[type[Expr], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<="}
        operators |= {exp.GT: ">", exp.GTE: ">="}
        if type(node) not in operators:
            self.refuse(node)
        left, right = self.arguments(node, "this", "expression")
        return self.compare(operators[type(node)], left, right, negated)

    def compare(self, operator: str, left: "Expr", right: "Expr", negated: bool) -> Part:
        """Check a comparison of a column with a value, in either order."""
        import pyarrow.compute as pc
        from sqlglot import exp

        if not isinstance(left.unnest(), exp.Column):
            left, right, operator = right, left, MIRRORED[operator]
        name = self.name(left)
        sql, scalar = self.value(right, name)
        kind = holds(self.types[name])
        if kind == "true or false" and operator not in ("=", "<>"):
            raise BrainseekError(
                f"column {name} holds true or false, which have no order; compare it by = or <>."
            )
        operator = OPPOSITE[operator] if negated else operator
        kernels = {"=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal}
        kernels |= {">": pc.greater, ">=": pc.greater_equal}
        found = kernels[operator](pc.field(name), scalar)
        if kind == "numbers" and operator in (">", ">="):  # NaN is the largest, as for Lance
            found = pc.or_kleene(found, pc.is_nan(pc.field(name)))
        return Part(f"`{name}` {operator} {sql}", found)

    def membership(self, name: str, nodes: list["Expr"], negated: bool) -> Part:
        """Check ``column [NOT] IN (values)``."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column, values = pc.field(name), [self.value(node, name) for node in nodes]
        known = [scalar.as_py() for _, scalar in values]
        if holds(self.types[name]) == "numbers":  # is_in tells 0.0 from -0.0
            known += [-number for number in known if number == 0]
        found = pc.is_in(column, value_set=pa.array(known, self.types[name]))
        found = pc.if_else(pc.is_null(column), pa.scalar(None, pa.bool_()), found)
        listed = ", ".join(sql for sql, _ in values)
        if not negated:
            return Part(f"`{name}` IN ({listed})", found)
        # Lance takes "x NOT IN (1) OR x NOT IN (2)" for true where x is null, unless told.
        sql = f"`{name}` IS NOT NULL AND `{name}` NOT IN ({listed})"
        return Part(sql, pc.invert(found), levels=1)

    def like(self, node: "Expr", negated: bool) -> Part:
        """Check ``column [NOT] [I]LIKE pattern``; only ``%`` and ``_`` are special in it."""
        import pyarrow.compute as pc
        from sqlglot import exp

        column, pattern = self.arguments(node, "this", "expression", ignored="negate")
        name, text = self.name(column), pattern.unnest()
        if holds(self.types[name]) != "text" or not (
            isinstance(text, exp.Literal) and text.is_string
        ):
            raise BrainseekError(
                f"LIKE compares text with a pattern in single quotes, and column {name} holds "
                f"{holds(self.types[name])}; write {self.example(name)}."
            )
        negated = negated != bool(node.args.get("negate"))  # where sqlglot keeps NOT LIKE
        ignore_case = isinstance(node, exp.ILike)
        escaped = str(text.this).replace("\\", "\\\\")  # Lance and Arrow would take \% for %
        found = pc.match_like(pc.field(name), escaped, ignore_case=ignore_case)
        sql = f"`{name}` {'NOT ' * negated}{'I' * ignore_case}LIKE {quoted(escaped)}"
        return Part(sql, pc.invert(found) if negated else found)

    def name(self, node: "Expr") -> str:
        """Return the name of a node that must be a column."""
        from sqlglot import exp

        node = node.unnest()
        if not isinstance(node, exp.Column):
            self.refuse(node)
        (identifier,) = self.arguments(node, "this")
        if not isinstance(identifier, exp.Identifier) or identifier.name not in self.types:
            self.refuse(node)
        self.used.add(identifier.name)
        return identifier.name

    def value(self, node: "Expr", name: str) -> tuple[str, Any]:
        """Return a value as Lance reads it and as an Arrow scalar of its column's type."""
        import pyarrow as pa
        from sqlglot import exp

        node, sign = node.unnest(), ""
        if isinstance(node, exp.Null):
            raise BrainseekError(f"nothing equals null in SQL; write {name} IS NULL instead.")
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
            node, sign = node.this, "-"
        if not isinstance(node, exp.Literal | exp.Boolean) or (sign and node.is_string):
            self.refuse(node)
        kind, written = holds(self.types[name]), sign + str(node.this)
        given = "number"
        if isinstance(node, exp.Boolean) or node.is_string:
            given = "string" if node.is_string else "boolean"
        try:
            return literal(kind, given, written, self.types[name])
        except (ValueError, OverflowError, pa.ArrowException) as error:
            raise BrainseekError(
                f"column {name} holds {kind} ({self.types[name]}) and {_shown(written)} is not "
                f"such a value; write {self.example(name)}."
            ) from error

    def arguments(self, node: "Expr", *names: str, ignored: str = "") -> list["Expr"]:
        """Return the arguments of a node; refuse it when it lacks one or has any other."""
        given = {key: value for key, value in node.args.items() if value and key != ignored}
        if given.keys() != set(names):
            self.refuse(node)
        values = [given[name] for name in names]
        return [v for value in values for v in (value if isinstance(value, list) else [value])]

    def refuse(self, node: "Expr") -> NoReturn:
        raise BrainseekError(
            f"the condition holds {_shown(node.sql())}, which does not compare one column with "
            f"values; {FORMS}."
        )

    def joined(self, both: bool, parts: list[Part]) -> Part:
        """Join parts by AND or OR.

        An OR inside an AND needs parentheses, which cost a level of Lance's parser, and so does
        standing on the right of an operator; therefore the part with the most levels comes first.
        """
        import pyarrow.compute as pc

        parts = sorted(parts, key=lambda part: -part.levels)
        brackets = [both and part.is_or for part in parts]
        levels = max(
            p.levels + b + (p is not parts[0]) for p, b in zip(parts, brackets, strict=True)
        )
        if levels > self.most_levels:
            raise BrainseekError(
                "the condition mixes AND and OR in too many levels; use fewer parentheses."
            )
        written = [f"({p.sql})" if b else p.sql for p, b in zip(parts, brackets, strict=True)]
        kernel = pc.and_kleene if both else pc.or_kleene
        found = _paired(kernel, [part.expression for part in parts])
        return Part((" AND " if both else " OR ").join(written), found, not both, levels)

    def example(self, name: str) -> str:
        """Return an allowed condition on a column."""
        return f"{name} {EXAMPLES[holds(self.types[name])]}"


def _operands(node: "Expr") -> list["Expr"]:
    """Return the parts of a chain of one operator; by a loop, as a chain can be very long."""
    parts, waiting = [], [node]
    while waiting:
        part = waiting.pop().unnest()
        if type(part) is type(node):
            waiting += [part.args["expression"], part.this]
        else:
            parts.append(part)
    return parts


def _paired(kernel: Any, parts: list[Any]) -> Any:
    """Join expressions pair by pair, so that a thousand of them do not nest a thousand deep."""
    while len(parts) > 1:
        odd = parts[len(parts) // 2 * 2 :]
        parts = [kernel(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + odd
    return parts[0]


def _check_gap(between: str) -> None:
    """Refuse what the tokenizer skips, unless it is space: comments."""
    if between.strip():
        raise BrainseekError(
            f"the condition holds the comment {_shown(between)}, and comments are not allowed; "
            "remove it."
        )


def _shown(text: str) -> str:
    """Return a piece of the condition for a message: on one line and short."""
    line = " ".join(text.split())
    return f"'{line if len(line) <= 40 else line[:39] + '…'}'"
