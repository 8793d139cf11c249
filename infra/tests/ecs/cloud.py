"""What ECS would ask of AWS before it starts a task, asked of an emulator: services, checks, task definitions, secrets, Cloud Map."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import json  # noqa: E402
import re  # noqa: E402
import urllib.parse  # noqa: E402

import emulator  # noqa: E402

ECS = "AmazonEC2ContainerServiceV20141113"
NAMES = "Route53AutoNaming_v20170314"


def service(cluster, name):
    """A service as it is registered."""
    return emulator.ask("ecs", f"{ECS}.DescribeServices", cluster=cluster, services=[name])["services"][0]


def health_check(target_group_arn):
    """What the balancer asks its targets: the path, how often in seconds, and how many good answers in a row it wants."""
    form = {"Action": "DescribeTargetGroups", "Version": "2015-12-01", "TargetGroupArns.member.1": target_group_arn}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    told = emulator.call("elasticloadbalancing", urllib.parse.urlencode(form).encode(), headers).decode()
    path, interval, good = (
        re.search(f"<{name}>([^<]+)</{name}>", told)[1] for name in ("HealthCheckPath", "HealthCheckIntervalSeconds", "HealthyThresholdCount")
    )
    return path, int(interval), int(good)


def definition(arn):
    """A task definition as it is registered."""
    return emulator.ask("ecs", f"{ECS}.DescribeTaskDefinition", taskDefinition=arn)["taskDefinition"]


def secret(reference):
    """The value behind `ARN:JSON-KEY:VERSION-STAGE:VERSION-ID`, as a task definition names it."""
    parts = reference.split(":")
    value = emulator.ask("secretsmanager", "secretsmanager.GetSecretValue", SecretId=":".join(parts[:7]))["SecretString"]
    if len(parts) > 7 and parts[7]:
        return json.loads(value)[parts[7]]
    return value


def record(registry_arn):
    """The name, type and TTL of the record that a service registers under."""
    found = emulator.ask("servicediscovery", f"{NAMES}.GetService", Id=registry_arn.rsplit("/", 1)[1])["Service"]
    dns = found["DnsConfig"]
    namespace = emulator.ask("servicediscovery", f"{NAMES}.GetNamespace", Id=found.get("NamespaceId") or dns["NamespaceId"])
    kind = dns["DnsRecords"][0]
    return found["Id"], f"{found['Name']}.{namespace['Namespace']['Name']}", kind["Type"], int(kind["TTL"])


def register(service_id, instance, address, port):
    """Enters a task, as ECS does once it is healthy."""
    attributes = {"AWS_INSTANCE_IPV4": address, "AWS_INSTANCE_PORT": str(port)}
    emulator.ask("servicediscovery", f"{NAMES}.RegisterInstance", ServiceId=service_id, InstanceId=instance, Attributes=attributes)


def deregister(service_id, instance):
    """Takes a task out."""
    emulator.ask("servicediscovery", f"{NAMES}.DeregisterInstance", ServiceId=service_id, InstanceId=instance)


def instances(service_id):
    """The tasks that are entered: instance, address and port of each."""
    listed = emulator.ask("servicediscovery", f"{NAMES}.ListInstances", ServiceId=service_id)["Instances"]
    return [(found["Id"], found["Attributes"]["AWS_INSTANCE_IPV4"], int(found["Attributes"]["AWS_INSTANCE_PORT"])) for found in listed]
