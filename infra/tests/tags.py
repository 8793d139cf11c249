"""Demands of a plan that whatever can carry tags carries all six; prints the share.

usage: tags.py PLAN.json       (terraform show -json of a saved plan)
"""

import json
import pathlib
import sys

WANTED = {"project", "environment", "service", "owner", "cost-centre", "commit"}
STARTED_BY_TEMPLATE = {"instance", "volume", "network-interface"}


def resources(module):
    """Every managed resource that the plan wants there, in all modules."""
    yield from (found for found in module.get("resources", []) if found["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from resources(child)


def missing(values):
    """Which of the tags a resource lacks, or has empty."""
    tags = values.get("tags_all") or {}
    return sorted(name for name in WANTED if not tags.get(name))


def faults(found):
    """What is wrong with one resource; None where it can't carry tags."""
    kind, values = found["type"], found.get("values") or {}
    if kind == "aws_autoscaling_group":
        carried = {tag["key"] for tag in values["tag"] if tag["propagate_at_launch"] and tag["value"]}
        return [f"does not hand on {name}" for name in sorted(WANTED - carried)]
    if "tags_all" not in values:
        return None
    wrong = [f"lacks {name}" for name in missing(values)]
    if kind == "aws_launch_template":
        full = {
            spec["resource_type"]
            for spec in values["tag_specifications"]
            if WANTED <= {name for name, value in (spec["tags"] or {}).items() if value}
        }
        wrong += [f"starts an untagged {what}" for what in sorted(STARTED_BY_TEMPLATE - full)]
    if kind == "aws_ecs_service" and (values["propagate_tags"] != "SERVICE" or not values["enable_ecs_managed_tags"]):
        wrong.append("starts untagged tasks")
    return wrong


def main(path):
    """Judges one plan."""
    plan = json.loads(pathlib.Path(path).read_text())
    judged = {}
    for found in resources(plan["planned_values"]["root_module"]):
        wrong = faults(found)
        if wrong is not None:
            judged[found["address"]] = wrong
    bad = {address: wrong for address, wrong in judged.items() if wrong}
    for address, wrong in sorted(bad.items()):
        print(f"{address}: {', '.join(wrong)}")
    print(f"tags: {len(judged) - len(bad)} of {len(judged)} taggable resources carry all of {', '.join(sorted(WANTED))}")
    if bad or len(judged) < 20:
        sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
