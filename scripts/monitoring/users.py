"""Who uses each metric: the alerts and dashboards that look at it, as docs/metrics.md lists them."""

from . import files, metrics, promql

HEAD = "| metric | alerts | dashboards |"


def families(expr, records):
    """The families that an expression looks at, itself or through what our rules record."""
    found, seen, todo = set(), set(), promql.names(expr)
    while todo:
        name = todo.pop()
        if name in records and name not in seen:
            todo |= records[name]
        elif name not in records:
            found.add(metrics.family(name))
        seen.add(name)
    return found


def users():
    """Each family with its alerts and its dashboards."""
    records = {}
    for rule in files.rules():
        if rule.record:
            records.setdefault(rule.record, set()).update(promql.names(rule.expr))
    found = {}
    for place, user, expr in [
        *((0, rule.alert, rule.expr) for rule in files.alerts()),
        *((1, query.where.split(".", 1)[0], query.expr) for query in files.queries()),
    ]:
        for name in families(expr, records) - metrics.FOREIGN.keys():
            found.setdefault(name, (set(), set()))[place].add(user)
    return found


def rows():
    def alerts(names):
        return " ".join(f"[{name}](runbooks/{name}.md)" for name in sorted(names)) or "–"

    def boards(names):
        return " ".join(sorted(names)) or "–"

    return [f"| `{name}` | {alerts(of[0])} | {boards(of[1])} |" for name, of in sorted(users().items())]


def unlisted():
    lines = (files.ROOT / "docs/metrics.md").read_text().splitlines()
    begins = lines.index(HEAD) + 2 if HEAD in lines else len(lines)
    listed = []
    for line in lines[begins:]:
        if not line.startswith("|"):
            break
        listed.append(line)
    expected = rows()
    yield from (f"docs/metrics.md misses: {row}" for row in expected if row not in listed)
    yield from (f"docs/metrics.md has, and should not: {row}" for row in listed if row not in expected)
