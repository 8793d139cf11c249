"""Are rules and dashboards written with the metrics and labels of docs/metrics.md, and do they use all of them?"""

import re

from . import files, promql

# Labels that scraping adds; namespace only in Kubernetes.
TARGET = {"job", "instance", "namespace"}
# Labels of what our own rules record, by the first part of the name.
RECORDED = {"slo", "operation", "role", "kind", "namespace"}
FOREIGN = {
    "up": TARGET,
    "ALERTS": TARGET | {"alertname", "severity", "alertstate"},
    "kube_cronjob_created": {"namespace", "cronjob"},
    "kube_cronjob_status_last_successful_time": {"namespace", "cronjob"},
    "kube_job_failed": {"namespace", "job_name", "condition"},
    "kubelet_volume_stats_available_bytes": {"namespace", "persistentvolumeclaim"},
    "kubelet_volume_stats_capacity_bytes": {"namespace", "persistentvolumeclaim"},
}
UNUSED = {
    "process_virtual_memory_bytes": "mapped memory says little about a process that maps its files",
    "process_virtual_memory_max_bytes": "the same",
}
# Decided, and used here already, but not yet in docs/metrics.md.
COMING = {}


def documented():
    """Names of docs/metrics.md with their labels; a histogram by its three series."""
    found = {}
    for row in (files.ROOT / "docs/metrics.md").read_text().splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        # Of three cells are the rows that say who uses it.
        if not row.startswith("| `") or len(cells) == 3:
            continue
        name = cells[0].strip("`")
        labels = set(re.findall(r"`(\w+)`", cells[2])) if len(cells) == 4 else set()
        if len(cells) == 4 and cells[1] == "histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[name] = labels
    return found


def family(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


def misnamed():
    ours = documented()
    known = {**COMING, **ours}
    known = {name: labels | TARGET for name, labels in known.items()} | FOREIGN
    recorded = {rule.record for rule in files.rules() if rule.record}
    used = set()
    for one in [*files.rules(), *files.queries(), *files.confirmations()]:
        for name, matched, by in promql.selectors(one.expr):
            used.add(family(name))
            labels = RECORDED if name in recorded else known.get(name)
            if labels is None:
                yield f"{one.where}: {name} is not in docs/metrics.md"
                continue
            for label in sorted((matched | by) - labels - {"le"}):
                yield f"{one.where}: {name} has no label {label}"
    for name in sorted({family(name) for name in ours} - used - UNUSED.keys()):
        yield f"{name} is in no rule and no panel"
    for name in sorted(UNUSED.keys() & used):
        yield f"{name} is used: take it out of the list of those that are not"


def still_coming():
    return sorted(COMING.keys() - documented().keys())
