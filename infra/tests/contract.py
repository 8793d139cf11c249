"""Demands that what Terraform registered is what the program says of itself: ports, settings, probes, stop times.

usage: contract.py OUTPUTS.json CONTRACT.json

OUTPUTS is `terraform output -json` of the stack larder, CONTRACT what `app contract` prints.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What the image and ECS give, and no setting of ours.
NOT_SETTINGS = re.compile(r"^AWS_")


def faults(outputs, contract):
    """Each difference, in words."""
    settings = {about["environment"]: about for about in contract["settings"].values()}
    for role, containers in outputs["containers"]["value"].items():
        said = contract["roles"][role]
        main = next(container for container in containers if container["essential"])
        if main["command"] != said["args"]:
            yield f"{role}: the command is {main['command']}, the contract says {said['args']}"
        ports = {"traffic": said["traffic_port"], "admin": said["admin_port"]}
        mapped = {mapping["name"]: mapping["containerPort"] for mapping in main["portMappings"]}
        if mapped != ports or outputs["ports"]["value"][role] != ports:
            yield f"{role}: the ports are {mapped}, the contract says {ports}"
        if main["healthCheck"]["command"][:3] != ["CMD", "/app", "healthcheck"]:
            yield f"{role}: the health check is {main['healthCheck']['command']}"
        for container in containers:
            yield from of_container(role, container, settings, contract["stop"])
    if outputs["deregistration_seconds"]["value"] != contract["stop"]["deregistration_delay_seconds"]:
        yield "the balancer's deregistration delay is not the contract's"
    # Of the process alone: ECS replaces a task for what the balancer is told.
    path = contract["probes"]["replacing_load_balancer"]["path"]
    if f'= "{path}"' not in (ROOT / "infra/modules/edge/balancer.tf").read_text():
        yield f"the balancer does not ask {path}"


def of_container(role, container, settings, stop):
    """What is wrong with the settings and the stop time of one container."""
    if container["stopTimeout"] != stop["stopTimeout"]:
        yield f"{role}: {container['name']} may take {container['stopTimeout']} s to stop, the contract says {stop['stopTimeout']}"
    plain = {pair["name"] for pair in container["environment"]}
    secret = {pair["name"] for pair in container["secrets"]}
    for name in sorted(plain | secret):
        if NOT_SETTINGS.match(name):
            continue
        about = settings.get(name)
        if about is None:
            yield f"{role}: {name} is no setting of the program"
        elif role not in about["roles"]:
            yield f"{role}: {name} is a setting of {', '.join(about['roles'])}"
        elif about["secret"] and name in plain:
            yield f"{role}: {name} is a secret, and stands there for all to read"


def main(outputs, contract):
    """Prints what differs."""
    found = sorted(set(faults(*(json.loads(pathlib.Path(path).read_text()) for path in (outputs, contract)))))
    for fault in found:
        print(fault)
    print("contract: task definitions and program agree" if not found else f"contract: {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
