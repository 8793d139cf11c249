"""A task definition, run on a Docker engine as ECS would run it: user, limits, health check, secrets, host ports as written."""

import resource
import time
import uuid

import cloud
import docker

SECOND = 1_000_000_000


class Task:
    """One running task: its containers, and the host port of each of its named ports."""

    def __init__(self, definition, settings):
        self.id = uuid.uuid4().hex[:12]
        self.definition = definition
        self.settings = settings
        self.containers = {}
        self.ports = {}

    def start(self):
        """Starts the containers in their order; those that the others wait for have to end well first."""
        todo = list(self.definition["containerDefinitions"])
        while todo:
            ready = [found for found in todo if all(wanted["containerName"] in self.containers for wanted in found.get("dependsOn", []))]
            if not ready:
                raise RuntimeError("the containers wait for each other")
            for found in ready:
                todo.remove(found)
                self.run(found)
        return self

    def run(self, container):
        """Starts one container, once those that it depends on have ended well."""
        for wanted in container.get("dependsOn", []):
            assert wanted["condition"] == "SUCCESS", wanted
            code = docker.wait(self.containers[wanted["containerName"]], 60)
            if code != 0:
                raise RuntimeError(f"{wanted['containerName']} ended with {code}: {docker.logs(self.containers[wanted['containerName']])}")
        name = f"{self.settings['label']}-{container['name']}-{self.id}"
        self.containers[container["name"]] = docker.start(name, config(self.definition, container, self.settings))
        if container["essential"]:
            self.main = self.containers[container["name"]]
            self.stop_timeout = container["stopTimeout"]
            bound = docker.state(self.main)["NetworkSettings"]["Ports"]
            for mapping in container["portMappings"]:
                ports = bound.get(f"{mapping['containerPort']}/tcp")
                if ports:
                    self.ports[mapping["name"]] = int(ports[0]["HostPort"])

    def healthy(self, patience=90):
        """Waits until the container's own health check holds."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            state = docker.state(self.main)["State"]
            if not state["Running"]:
                raise RuntimeError(f"it ended with {state['ExitCode']}: {docker.logs(self.main)}")
            if state.get("Health", {}).get("Status") == "healthy":
                return self
            time.sleep(0.5)
        raise RuntimeError(f"it never became healthy: {docker.logs(self.main)}")

    def stop(self):
        """Stops it as ECS does, and says with which code it ended."""
        docker.stop(self.main, self.stop_timeout)
        return docker.state(self.main)["State"]["ExitCode"]

    def kill(self):
        """Loses it, as with its instance."""
        docker.kill(self.main)

    def remove(self):
        """Leaves nothing."""
        for container in self.containers.values():
            docker.remove(container)


def config(definition, container, settings):
    """What Docker is told for one container of a task."""
    unknown = set(container) - KNOWN
    if unknown:
        raise RuntimeError(f"this does not know how to run {sorted(unknown)}")
    linux = container["linuxParameters"]
    bridged = definition["networkMode"] == "bridge"
    environment = {pair["name"]: pair["value"] for pair in container["environment"]}
    environment |= {pair["name"]: cloud.secret(pair["valueFrom"]) for pair in container["secrets"]}
    # The role's credentials, and where AWS is.
    environment |= settings["ambient"]
    ports = {f"{mapping['containerPort']}/tcp": mapping["hostPort"] for mapping in container["portMappings"]}
    assert not bridged or all(port == 0 for port in ports.values()), "bridged tasks take any host port"
    told = {
        "Image": settings["image"],
        "Cmd": container["command"],
        "User": container["user"],
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "ExposedPorts": {port: {} for port in ports},
        "StopTimeout": container["stopTimeout"],
        "HostConfig": {
            "ReadonlyRootfs": container["readonlyRootFilesystem"],
            "Privileged": container["privileged"],
            "CapDrop": linux["capabilities"]["drop"],
            "CapAdd": linux["capabilities"]["add"],
            "Init": linux["initProcessEnabled"],
            "SecurityOpt": container.get("dockerSecurityOptions", []),
            "Ulimits": [ulimit(limit) for limit in container["ulimits"]],
            "Memory": int(definition["memory"]) * 1024 * 1024,
            "NanoCpus": int(int(definition["cpu"]) / 1024 * SECOND),
            "Dns": [settings["gateway"]],
            # Host ports that the engine picks, on the address under which the instance is known.
            "PortBindings": {port: [{"HostIp": settings["gateway"], "HostPort": ""}] for port in ports},
        },
    }
    if "healthCheck" in container:
        check = container["healthCheck"]
        told["Healthcheck"] = {
            "Test": check["command"],
            "Interval": check["interval"] * SECOND,
            "Timeout": check["timeout"] * SECOND,
            "Retries": check["retries"],
            "StartPeriod": check["startPeriod"] * SECOND,
        }
    else:
        # ECS does not look at the image's own.
        told["Healthcheck"] = {"Test": ["NONE"]}
    return told


def ulimit(limit):
    """A limit as written, but not above what this machine itself may."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] if limit["name"] == "nofile" else limit["hardLimit"]
    return {"Name": limit["name"], "Soft": min(limit["softLimit"], most), "Hard": min(limit["hardLimit"], most)}


KNOWN = {
    "command", "cpu", "dependsOn", "dockerSecurityOptions", "environment", "essential", "healthCheck", "image", "linuxParameters",
    "logConfiguration", "mountPoints", "name", "portMappings", "privileged", "readonlyRootFilesystem", "secrets", "stopTimeout",
    "systemControls", "ulimits", "user", "volumesFrom",
}  # fmt: skip
