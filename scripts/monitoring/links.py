"""Do tests, alerts, panels and runbooks point at each other? Each function yields what is wrong."""

import re

from . import files, promql

HEADINGS = ["What users feel", "How to confirm", "Likely causes", "What to do", "How to know that it is over"]
# Runbooks that no alert leads to.
PROCEDURES = ["restore-from-backup", "rotate-certificates", "rotate-keys", "scale-up", "roll-back", "dynamodb-region-trouble"]
UNITS = {"none", "short", "s", "bytes", "percentunit", "reqps", "ops", "currencyUSD"}


def inputs(rules, alert):
    """The scraped series that an alert looks at, through recording rules."""
    recorded = {}
    for rule in rules:
        if rule.record:
            recorded.setdefault(rule.record, []).append(rule.expr)
    todo, seen = [rule.expr for rule in rules if rule.alert == alert], set()
    while todo:
        for name in promql.names(todo.pop()) - seen:
            seen.add(name)
            todo += recorded.get(name, [])
    return {name for name in seen if name not in recorded}


def untested():
    """Each alert has a case that fires with its labels, and one that is silent although its series are there."""
    rules = files.rules()
    fired, silent = set(), set()
    for file, test in files.tests():
        given = {re.split(r"[{ ]", one["series"])[0] for one in test["input_series"]}
        for case in test["alert_rule_test"]:
            name = case["alertname"]
            for expected in case["exp_alerts"]:
                labels = expected["exp_labels"]
                fired.add((name, labels.get("severity"), labels.get("window")))
            if not case["exp_alerts"]:
                if given & inputs(rules, name):
                    silent.add(name)
                else:
                    yield f"tests/rules/{file}: {test['name']}: none of its series matters to the alert"
    for alert in files.alerts():
        if alert.identity not in fired:
            yield f"{alert.where}: no test fires it"
        if alert.alert not in silent:
            yield f"{alert.where}: no test shows it silent"


def unexplained():
    """Each alert has a runbook, each runbook an alert or a place in the list, and each the five headings."""
    expected = {alert.alert for alert in files.alerts()} | set(PROCEDURES)
    pages = {path.stem: path.read_text() for path in files.PAGES.glob("*.md") if path.stem != "README"}
    index = (files.PAGES / "README.md").read_text()
    for name in sorted(expected - pages.keys()):
        yield f"docs/runbooks/{name}.md is missing"
    for name in sorted(pages.keys() - expected):
        yield f"docs/runbooks/{name}.md belongs to no alert"
    for name, text in sorted(pages.items()):
        if not text.startswith(f"# {name}\n") and name not in PROCEDURES:
            yield f"docs/runbooks/{name}.md does not begin with its name"
        sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
        if [section.splitlines()[0] for section in sections] != HEADINGS:
            yield f"docs/runbooks/{name}.md has other headings than {', '.join(HEADINGS)}"
        for section in sections:
            if len(section.split()) < 12:
                yield f"docs/runbooks/{name}.md says next to nothing under {section.splitlines()[0]}"
        if f"({name}.md)" not in index:
            yield f"docs/runbooks/README.md does not list {name}"


def unlinked():
    """Each alert says what it has to, and leads to a panel that leads back to its runbook."""
    panels = {
        f"{files.DASHBOARDS}/{board['uid']}?viewPanel={panel['id']}": panel
        for board in files.dashboards().values() for panel in board["panels"]
    }
    for alert in files.alerts():
        said = alert.annotations
        if set(said) != {"summary", "description", "runbook_url", "dashboard_url"} or not all(said.values()):
            yield f"{alert.where}: needs summary, description, runbook_url and dashboard_url"
            continue
        if alert.labels.get("severity") not in ("critical", "warning"):
            yield f"{alert.where}: severity is critical or warning"
        if said["runbook_url"] != files.runbook_of(alert.alert):
            yield f"{alert.where}: its runbook is {files.runbook_of(alert.alert)}"
        panel = panels.get(said["dashboard_url"])
        if not panel:
            yield f"{alert.where}: {said['dashboard_url']} is no panel"
        elif said["runbook_url"] not in [link["url"] for link in panel["links"]]:
            yield f"{alert.where}: panel {panel['title']} does not lead to its runbook"


def undescribed():
    """Each panel has title, unit, description and a number of its own; each of its runbooks is one."""
    known = {files.runbook_of(alert.alert) for alert in files.alerts()}
    for name, board in files.dashboards().items():
        seen = set()
        for panel in board["panels"]:
            where = f"{name}: panel {panel['id']}"
            if panel["id"] in seen:
                yield f"{where}: the number is taken"
            seen.add(panel["id"])
            if not panel["title"] or len(panel["description"]) < 20:
                yield f"{where}: needs a title and a description"
            if panel["fieldConfig"]["defaults"]["unit"] not in UNITS:
                yield f"{where}: no known unit"
            for link in panel["links"]:
                if link["url"] not in known:
                    yield f"{where}: {link['url']} is the runbook of no alert"


# A name in Terraform that stands for several alarms.
EACH = {"role": ["api", "store"], "lower(way)": ["read", "write"]}
ALARM = re.compile(r'\s*"?([\w-]+)"?\s*=\s*\{$|.* : "([^"]+)" => \{$|\s*alarm_name\s*=\s*"\$\{var\.name\}-([\w-]+)"$')


def alarms(text):
    """Each alarm of a Terraform file, with its runbook."""
    name = None
    for line in text.splitlines():
        if found := ALARM.match(line):
            name = next(filter(None, found.groups()))
        for page in re.findall(r'runbook\s*=\s*"([\w-]+)"|runbooks_url}/([\w-]+)\.md', line):
            names = [name]
            for hole, values in EACH.items():
                if f"${{{hole}}}" in name:
                    names = [one.replace(f"${{{hole}}}", value) for one in names for value in values]
            yield from ((one, "".join(page)) for one in names)


def unheard():
    """Alarms outside Prometheus lead to runbooks that are there, and name them."""
    found = 0
    for path in sorted((files.ROOT / "infra").rglob("*.tf")):
        for name, page in alarms(path.read_text()):
            found += 1
            here, runbook = path.relative_to(files.ROOT), files.PAGES / f"{page}.md"
            if "${" in name:
                yield f"{here}: nobody knows which alarms `{name}` stands for"
            elif not runbook.exists():
                yield f"{here}: docs/runbooks/{page}.md is missing"
            elif f"`{name}`" not in runbook.read_text():
                yield f"{here}: docs/runbooks/{page}.md does not name the alarm `{name}`"
    if not found:
        yield "infra: no alarm names a runbook"


def unknown():
    """Outcomes of operations by which anybody asks are kinds of failure that there are."""
    kinds = {"ok"} | set(re.findall(r"`([a-z-]+)`", (files.ROOT / "docs/api.md").read_text()))
    found = 0
    for folder, kind in [("helm/files", "*"), ("tests/rules", "*.yaml"), ("docs", "*.md"), ("scripts", "*")]:
        for path in sorted(path for path in (files.ROOT / folder).rglob(kind) if path.is_file()):
            text = path.read_text(errors="ignore").replace('\\"', '"')
            for labels in re.findall(r"store_operation_duration_seconds\w*\s*\{([^}]*)\}", text):
                for outcomes in re.findall(r'outcome\s*[=!]~?\s*"([^"]*)"', labels):
                    found += 1
                    for outcome in sorted(set(outcomes.split("|")) - kinds):
                        yield f"{path.relative_to(files.ROOT)}: no operation has the outcome `{outcome}`"
    if not found:
        yield "nobody asks for the outcome of an operation"
