"""Reads PromQL: which series an expression looks at, by which labels, and what it is without its thresholds."""

import promql_parser as promql

COMPARISONS = (">", "<", ">=", "<=", "==", "!=")


def operator(node):
    """`>` and the like, which the parser keeps to itself but prints."""
    rest = str(node)[len(str(node.lhs)):].strip()
    return rest.split(" ", 1)[0]


def selectors(expr):
    """The names that an expression selects, each with the labels of its matchers and of the aggregations above it."""
    found = []

    def visit(node, by):
        if isinstance(node, promql.VectorSelector):
            found.append((node.name, {matcher.name for matcher in node.matchers.matchers}, by))
        elif isinstance(node, promql.MatrixSelector):
            visit(node.vector_selector, by)
        elif isinstance(node, promql.AggregateExpr):
            labels = set(node.modifier.labels) if node.modifier else set()
            visit(node.expr, by | labels)
        elif isinstance(node, promql.BinaryExpr):
            visit(node.lhs, by)
            visit(node.rhs, by)
        elif isinstance(node, promql.Call):
            for argument in node.args:
                visit(argument, by)
        elif hasattr(node, "expr"):
            visit(node.expr, by)

    visit(promql.parse(expr), set())
    return found


def names(expr):
    return {name for name, _, _ in selectors(expr)}


def parts(expr):
    """What an alert compares: its sides of `and`, `or` and `unless`, without their thresholds."""
    found = []

    def split(node):
        while isinstance(node, promql.ParenExpr):
            node = node.expr
        if isinstance(node, promql.BinaryExpr) and operator(node) in ("and", "or", "unless"):
            split(node.lhs)
            split(node.rhs)
        else:
            found.append(node)

    split(promql.parse(expr))
    return [str(promql.transform(node, post_visit=unbounded)) for node in found]


def unbounded(node):
    if isinstance(node, promql.BinaryExpr) and operator(node) in COMPARISONS:
        return node.lhs
    return None
