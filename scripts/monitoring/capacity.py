"""Do the thresholds of the alerts follow from docs/capacity.json, with the margins that docs/slo.md states?"""

import json
import re

from . import files

# A latency objective lies this many times above what was measured at saturation.
OBJECTIVE = (5, 100)
# The alert on capacity leaves between this much and that much of it unused.
RESERVE = (0.3, 0.6)
# Slow is a commit that takes this many times as long as a whole put under saturation, or longer.
COMMIT = 10
# Settings follow a new measurement within this share.
AGREE = 0.1


def latency(result):
    """The 99th percentile in seconds, or where it was not taken the mean: a closed loop's is connections over rate."""
    quantiles = result.get("latency_seconds", {})
    return quantiles.get("p99", result["connections"] / result["requests_per_second"])


def measured():
    """Results at saturation, by topology and operation."""
    results = json.loads((files.ROOT / "docs/capacity.json").read_text())["results"]
    return {(one["topology"], one["operation"]): one for one in results if one["saturated"] and one["backend"] == "embedded"}


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
