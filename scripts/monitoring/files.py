"""The rules, their tests and the dashboards, as they lie in the repository."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from .panel import RUNBOOKS

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "helm/files/rules"
TESTS = ROOT / "tests/rules"
PAGES = ROOT / "docs/runbooks"
DASHBOARDS = "http://localhost:3000/d"


@dataclass(frozen=True)
class Rule:
    """A rule, and the file that it comes from."""

    file: str
    record: str | None
    alert: str | None
    expr: str
    labels: dict
    annotations: dict

    @property
    def where(self):
        extra = "".join(f", {name} {value}" for name, value in self.labels.items())
        return f"{self.file}: {self.alert or self.record}{extra}"

    @property
    def identity(self):
        """What tells this alert from others of its name."""
        return self.alert, self.labels.get("severity"), self.labels.get("window")


def rules():
    found = []
    for path in sorted(RULES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                found.append(Rule(path.name, rule.get("record"), rule.get("alert"), rule["expr"],
                                  rule.get("labels", {}), rule.get("annotations", {})))
    return found


def alerts():
    return [rule for rule in rules() if rule.alert]


def tests():
    """Every unit test, with the file that it comes from."""
    return [(path.name, test) for path in sorted(TESTS.glob("*.yaml")) for test in yaml.safe_load(path.read_text())["tests"]]


def dashboards():
    return {path.name: json.loads(path.read_text()) for path in sorted((ROOT / "helm/files/dashboards").glob("*.json"))}


@dataclass(frozen=True)
class Query:
    """A query of a panel or a runbook."""

    where: str
    expr: str


def concrete(expr):
    """A panel's query as Grafana would send it with every choice on All."""
    expr = re.sub(r"\$(namespace|instance)", ".*", expr)
    return expr.replace("$__rate_interval", "1m")


def queries():
    return [
        Query(f"{name}: {panel['title']}, {target['refId']}", concrete(target["expr"]))
        for name, board in dashboards().items() for panel in board["panels"] for target in panel["targets"]
    ]


def confirmations():
    """The queries of the runbooks."""
    return [
        Query(f"docs/runbooks/{path.name}", query.strip())
        for path in sorted(PAGES.glob("*.md")) for query in re.findall(r"```promql\n(.*?)```", path.read_text(), flags=re.DOTALL)
    ]


def runbook_of(alert):
    return f"{RUNBOOKS}/{alert}.md"
