"""Do thresholds, autoscaling and requests for resources follow from docs/capacity.json, with the margins of docs/slo.md?"""

import json
import re

import yaml

from . import files

# A latency objective lies this many times above what was measured at saturation.
OBJECTIVE = (2, 100)
# The alert on capacity leaves between this much and that much of it unused.
RESERVE = (0.3, 0.6)
# Slow is a commit that takes this many times as long as a whole put at saturation (the 99th percentile), or longer.
COMMIT = 5
# Autoscaling aims at this much CPU in percent: room for a peak until new processes are ready.
TARGET = (50, 70)
# What a process asks for, at that aim, serves this many writes a second at least.
WRITES = 500
# It asks for this many times the memory that it takes at rest, at least, and may take this many times as much.
MEMORY = (2, 8)
# Settings follow a new measurement within this share.
AGREE = 0.1


# A load, and the latency under it.
POINT = {
    "connections": int, "requests_per_second": int, "cpu_seconds": float,
    "latency_seconds": {"p50": float, "p90": float, "p99": float},
}
# What docs/capacity.json has, and of which kind.
SHAPE = {
    "machine": {"cores": int, "cpu": str, "memory_mib": int, "shared_with_load_generator": bool},
    "load": {"generator": str, "document_bytes": int, "keys": int, "seconds": int},
    "results": [{
        "topology": str, "backend": str, "operation": str, "saturation": POINT, "half": POINT,
        "steps": [{"connections": int, "requests_per_second": int}],
    }],
    "resident_mib": {name: {"at_rest": int, "at_saturation": int} for name in ("all", "api", "store")},
}


def malformed():
    faults = list(unlike_shape("docs/capacity.json", read(), SHAPE))
    yield from faults
    if faults:
        return
    for key in (("pair", "read"), ("pair", "write"), ("all", "read"), ("all", "write")):
        if key not in measured():
            yield f"docs/capacity.json: no result for {' '.join(key)}"


def unlike_shape(where, found, shape):
    if isinstance(shape, dict):
        for name, inner in shape.items():
            if name in found:
                yield from unlike_shape(f"{where}: {name}", found[name], inner)
            else:
                yield f"{where}: {name} is missing"
    elif isinstance(shape, list):
        for at, one in enumerate(found):
            yield from unlike_shape(f"{where} {at}", one, shape[0])
    elif not isinstance(found, shape):
        yield f"{where}: {found!r} is of the wrong kind"


def read():
    return json.loads((files.ROOT / "docs/capacity.json").read_text())


def latency(point):
    """The 99th percentile in seconds."""
    return point["latency_seconds"]["p99"]


def measured():
    """The saturation of the embedded engine, by topology and operation."""
    results = [one for one in read()["results"] if one["backend"] == "embedded"]
    return {(one["topology"], one["operation"]): one["saturation"] for one in results}


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"capacity: nothing like {pattern} in {text!r}")
    return float(found.group(1))


def unmeasured():
    results, rules = measured(), files.rules()
    slo = (files.ROOT / "docs/slo.md").read_text()
    for rule in rules:
        if rule.record == "larder:capacity_requests:per_second":
            rate = results["pair", rule.labels["operation"]]["requests_per_second"]
            said = number(r"vector\((.*)\)", rule.expr)
            if abs(said / rate - 1) > AGREE:
                yield f"{rule.where}: {said:.0f}, but {rate} was measured"
        if rule.record == "larder:in_flight_limit:requests":
            preset = number(r"`admission.max_in_flight` \| `(\d+)`", (files.ROOT / "docs/configuration.md").read_text())
            if number(r"vector\((.*)\)", rule.expr) != preset:
                yield f"{rule.where}: admission.max_in_flight is {preset:.0f} by default"
        if rule.record == "larder:slo_bad:rate5m" and rule.labels["slo"] == "latency":
            yield from objective(rule, results, slo)
        if rule.alert == "LarderNearCapacity":
            reserve = 1 - number(r"> (0\.\d+)", rule.expr)
            if not RESERVE[0] <= reserve <= RESERVE[1]:
                yield f"{rule.where}: leaves {reserve:.0%} unused, not {RESERVE[0]:.0%} to {RESERVE[1]:.0%}"
        if rule.alert == "LarderCommitSlow":
            least = COMMIT * latency(results["all", "write"])
            if number(r"> (0\.\d+)$", rule.expr) < least:
                yield f"{rule.where}: a put at saturation alone makes {least:.3f} s with the margin"


def objective(rule, results, slo):
    limit = number(r'le="([\d.]+)"', rule.expr)
    topology = "all" if rule.labels.get("role") == "store" else "pair"
    usual = latency(results[topology, rule.labels["operation"]])
    if not OBJECTIVE[0] <= limit / usual <= OBJECTIVE[1]:
        yield f"{rule.where}: {limit} s is {limit / usual:.0f} times what was measured, not {OBJECTIVE[0]} to {OBJECTIVE[1]} times"
    role = "store" if topology == "all" else "api"
    if f"| {role} | {rule.labels['operation']} | {limit * 1000:.0f} ms |" not in slo:
        yield f"{rule.where}: docs/slo.md does not say {limit * 1000:.0f} ms"


def unsized():
    """The chart's and the tasks' sizes against what was measured for a core, and at rest."""
    capacity = read()
    per_core = measured()["pair", "write"]["requests_per_second"] / capacity["machine"]["cores"]
    for where, role, cores, target, asks, may in sizes():
        if not TARGET[0] <= target <= TARGET[1]:
            yield f"{where}: {role}: aims at {target} % of the CPU, not {TARGET[0]} to {TARGET[1]} %"
        if cores * per_core * target / 100 < WRITES:
            yield f"{where}: {role}: {cores} cores serve {cores * per_core * target / 100:.0f} writes a second at {target} %"
        rest = capacity["resident_mib"][role]["at_rest"]
        if asks < rest * MEMORY[0] or may < rest * MEMORY[1]:
            yield f"{where}: {role}: {asks:.0f} to {may:.0f} MiB are too little, it takes {rest} MiB at rest"
    yield from unlike()


def unlike():
    """Settings that repeat a default of the deployments."""
    values = yaml.safe_load((files.ROOT / "helm/values.yaml").read_text())
    table = (files.ROOT / "infra/stacks/larder/variables.tf").read_text()
    for rule in files.rules():
        expected = None
        if rule.record == "larder:embedded_volume:bytes":
            expected = quantity(values["embedded"]["volume"]["size"]) * 2**20
        if rule.record == "larder:dynamodb_provisioned:units_per_second":
            expected = number(rf"\b{rule.labels['kind']}\s*= optional\(number, (\d+)\)", table)
        if expected and number(r"vector\((.*)\)", rule.expr) != expected:
            yield f"{rule.where}: the default of the deployments is {expected:.0f}"


def sizes():
    """Where, role, cores, the aim in percent, MiB that are asked for, MiB that may be taken."""
    values = yaml.safe_load((files.ROOT / "helm/values.yaml").read_text())
    tasks = (files.ROOT / "infra/stacks/larder/variables.tf").read_text()
    for role in ("api", "store"):
        one = values[role]
        asks, may = one["resources"]["requests"], one["resources"]["limits"]
        yield ("helm/values.yaml", role, quantity(asks["cpu"]), one["autoscaling"]["cpuPercent"],
               quantity(asks["memory"]), quantity(may["memory"]))
        block = re.search(rf"\b{role} = optional\(object\({{(.*?)}}\)", tasks, flags=re.DOTALL)[1]
        task = {name: int(value) for name, value in re.findall(r"(\w+)\s*= optional\(number, (\d+)\)", block)}
        yield ("infra/stacks/larder/variables.tf", role, task["cpu"] / 1024, task["cpu_target"], task["memory"], task["memory"])


def quantity(text):
    """Cores, or MiB, of Kubernetes's notation."""
    text = str(text)
    for ending, scale in (("m", 0.001), ("Mi", 1), ("Gi", 1024)):
        if text.endswith(ending):
            return float(text.removesuffix(ending)) * scale
    return float(text)
