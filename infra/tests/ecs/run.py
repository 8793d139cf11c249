"""Runs the services that Terraform registered with an emulator of AWS, on a Docker engine, and puts them to the test.

usage: run.py CLUSTER IMAGE [SCENARIO…]       scenarios: smoke roll lose strand plant (all of them without any)

The emulator is where AWS_ENDPOINT_URL says, and holds the applied stack, with values in its secrets.
"""

import concurrent.futures
import contextlib
import copy
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

import cloud
import docker
import names
from load import Load
from relay import Relay
from task import Task


class Cluster:
    """The tasks of both services, the names under which stores are found, and the balancer before the apis."""

    def __init__(self, name, image):
        self.name = name
        self.gateway = docker.gateway()
        aws = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL"])
        # The emulator listens on the loopback, which containers have one of their own of.
        self.aws = Relay(self.gateway, 0, [(aws.hostname, aws.port)])
        self.balancer = Relay("127.0.0.1", 0, [])
        self.settings = {
            "image": image,
            "label": name,
            "gateway": self.gateway,
            "ambient": {
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_ENDPOINT_URL": f"http://{self.gateway}:{self.aws.port}",
                "AWS_EC2_METADATA_DISABLED": "true",
            },
        }
        self.services = {role: cloud.service(name, role) for role in ("api", "store")}
        self.definitions = {role: cloud.definition(found["taskDefinition"]) for role, found in self.services.items()}
        self.tasks = {"api": [], "store": []}
        self.check = cloud.health_check(self.services["api"]["loadBalancers"][0]["targetGroupArn"])
        registry = self.services["store"]["serviceRegistries"][0]
        assert registry["containerPort"] == 8081, registry
        self.registry, self.record, kind, self.ttl = cloud.record(registry["registryArn"])
        assert kind == "SRV", kind
        self.dns = names.serve(self.gateway, lambda: {self.record: (self.ttl, cloud.instances(self.registry))})

    def start(self, role):
        """Starts a task, waits until it is well, and lets it be found."""
        task = Task(self.definitions[role], self.settings)
        try:
            task.start().healthy()
        except Exception:
            task.remove()
            raise
        self.tasks[role].append(task)
        if role == "store":
            cloud.register(self.registry, task.id, self.gateway, task.ports["traffic"])
        else:
            in_service(self.gateway, task.ports["traffic"], self.check)
            self.balancer.targets.append((self.gateway, task.ports["traffic"]))
        return task

    def start_all(self, role, count):
        """Starts that many tasks at once, as ECS does."""
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(self.start, [role] * count))

    def leave(self, role, task):
        """Takes a task out of where it is found."""
        self.tasks[role].remove(task)
        if role == "store":
            cloud.deregister(self.registry, task.id)
        else:
            self.balancer.targets.remove((self.gateway, task.ports["traffic"]))

    def replace(self, role):
        """A deployment: as many new tasks as there are old ones, all well before the old ones go, one after the other."""
        before = list(self.tasks[role])
        self.start_all(role, len(before))
        for old in before:
            self.leave(role, old)
            code = old.stop()
            if code != 0:
                raise RuntimeError(f"a {role} ended with {code}: {docker.logs(old.main)}")
            old.remove()

    def end(self):
        """Leaves nothing."""
        for role, tasks in self.tasks.items():
            for task in list(tasks):
                with contextlib.suppress(Exception):
                    self.leave(role, task)
                task.remove()

    def secret(self, name):
        """A secret's JSON."""
        return json.loads(cloud.secret(f"{self.name}/{name}"))


def say(text):
    """What was seen, at once."""
    print(text, flush=True)


def asked(address, port, path):
    """What a target says to the balancer: a status, or why there is none."""
    # Like the target group, this believes any certificate.
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(address, port, context=trusting, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return error
    finally:
        connection.close()


def in_service(address, port, check, patience=30):
    """Waits until the balancer would send requests there."""
    path, interval, wanted = check
    until, told, good = time.monotonic() + patience, None, 0
    while time.monotonic() < until:
        told = asked(address, port, path)
        good = good + 1 if told == 200 else 0
        if good == wanted:
            return
        time.sleep(interval)
    raise RuntimeError(f"an api never came into service: {path} says {told}")


def smoke(cluster):
    """Every kind of operation, through the balancer."""
    with tempfile.TemporaryDirectory() as place:
        pathlib.Path(place).chmod(0o755)
        authority = pathlib.Path(place, "ca.pem")
        authority.write_text(cluster.secret("tls-api")["ca"])
        authority.chmod(0o644)
        command = ["docker", "run", "--rm", "--network", "host", "-e", "LARDER_TOKEN", "-v", f"{place}:/ca:ro", cluster.settings["image"]]
        command += ["smoke", "--url", f"https://localhost:{cluster.balancer.port}", "--ca-file", "/ca/ca.pem", "--json"]
        run = subprocess.run(
            command, env={**os.environ, "LARDER_TOKEN": cluster.secret("prober")["token"]}, capture_output=True, text=True, check=False
        )
    try:
        steps = json.loads(run.stdout)["steps"]
    except ValueError:
        raise RuntimeError(f"the smoke test did not run: {run.stdout[-1000:]}{run.stderr[-1000:]}") from None
    failed = [step for step in steps if step["outcome"] != "ok"]
    if failed or len(steps) < 40:
        raise RuntimeError(f"the smoke test failed: {failed}")
    say(f"smoke: {len(steps)} of {len(steps)} steps")


def load(cluster):
    """Callers through the balancer."""
    return Load(cluster.balancer.port, cluster.secret("tls-api")["ca"], cluster.secret("prober")["token"])


def roll(cluster):
    """All tasks of both services are replaced, and no request fails; the stores end up on other ports."""
    before = {task.ports["traffic"] for task in cluster.tasks["store"]}
    with load(cluster) as callers:
        time.sleep(2)
        cluster.replace("api")
        cluster.replace("store")
        time.sleep(cluster.ttl + 5)
    after = {task.ports["traffic"] for task in cluster.tasks["store"]}
    if callers.failures or callers.done < 100 or before & after:
        raise RuntimeError(f"{len(callers.failures)} of {callers.done} requests failed: {callers.failures[:10]}; ports {before} and {after}")
    say(f"roll: all tasks replaced, stores moved from {sorted(before)} to {sorted(after)}, {callers.done} requests, none failed")


def lose(cluster):
    """One of two stores is lost: what follows is answered by the other."""
    with load(cluster) as callers:
        time.sleep(2)
        lost = cluster.tasks["store"][0]
        lost.kill()
        time.sleep(10)
        early, done = len(callers.failures), callers.done
        time.sleep(5)
        late = len(callers.failures) - early
        cluster.leave("store", lost)
        lost.remove()
        more = callers.done - done
    if late or more < 20:
        raise RuntimeError(f"ten seconds after the loss {late} of {more} requests failed: {callers.failures[-10:]}")
    cluster.start("store")
    say(f"lose: one of two stores killed, {early} of {done} requests failed until the other had all, then none of {more}")


def strand(cluster):
    """All stores are lost, for longer than ECS waits: no api is replaced for it, and the same ones go on when stores are back."""
    path, interval, _ = cluster.check
    for store in list(cluster.tasks["store"]):
        store.kill()
        cluster.leave("store", store)
        store.remove()
    until, told = time.monotonic() + 20, set()
    while time.monotonic() < until:
        told |= {asked(cluster.gateway, task.ports["traffic"], path) for task in cluster.tasks["api"]}
        time.sleep(interval)
    health = {docker.state(task.main)["State"]["Health"]["Status"] for task in cluster.tasks["api"]}
    if told != {200} or health != {"healthy"}:
        raise RuntimeError(f"without a store the balancer is told {told} and ECS {health}: the apis would be replaced")
    cluster.start_all("store", 2)
    time.sleep(cluster.ttl + 5)
    smoke(cluster)
    say("strand: without a store for twenty seconds no api would have been replaced, and the same ones went on")


def plant(cluster):
    """A wrong name of a setting, or a wrong secret, keeps a task from ever being well, and it says why."""
    faults = {
        "a setting that is none": (
            "api", "there is no such setting", lambda c: c["environment"].append({"name": "APP__STORE__ULR", "value": "x"})
        ),
        "the key of somebody else": (
            "store", "does not fit the certificate", lambda c: swap(c, "APP__HTTP__TLS__KEY", arn(cluster, "tls-store"), arn(cluster, "tls-api"))
        ),
        "a secret that is not there": ("api", "secrets", lambda c: swap(c, "APP__API__SECRET", ":secret::", ":secrets::")),
        "a table that is not there": ("store", "no-such-table is not there", lambda c: table(c)),
    }
    for what, (role, words, fault) in faults.items():
        definition = copy.deepcopy(cluster.definitions[role])
        for container in definition["containerDefinitions"]:
            fault(container)
        task = Task(definition, cluster.settings)
        try:
            task.start().healthy(60)
        except (RuntimeError, KeyError) as error:
            told = [line.strip() for line in str(error).splitlines() if words in line]
            if not told:
                raise RuntimeError(f"{what} was noticed, but not said: {error}") from error
            say(f"plant: {what} is noticed: {told[0][:160]}")
        else:
            raise RuntimeError(f"{what} was not noticed")
        finally:
            task.remove()


def arn(cluster, name):
    """The ARN of a secret, whose end is random, as the task definitions have it."""
    containers = [each for definition in cluster.definitions.values() for each in definition["containerDefinitions"]]
    named = [pair["valueFrom"] for each in containers for pair in each.get("secrets", []) if name in pair["valueFrom"]]
    return ":".join(named[0].split(":")[:7])


def swap(container, name, there, instead):
    """Changes where a secret comes from."""
    for pair in container["secrets"]:
        if pair["name"] == name:
            pair["valueFrom"] = pair["valueFrom"].replace(there, instead)


def table(container):
    """Names another table."""
    for pair in container["environment"]:
        if pair["name"] == "APP__STORE__DYNAMODB__TABLE":
            pair["value"] = "no-such-table"


def main(name, image, wanted):
    """Two stores, two apis, and the scenarios one after the other."""
    cluster = Cluster(name, image)
    try:
        for role in ("store", "api"):
            for task in cluster.start_all(role, 2):
                say(f"{role} {task.id}: well, traffic on host port {task.ports['traffic']}")
        for scenario in (smoke, roll, lose, strand, plant):
            if not wanted or scenario.__name__ in wanted:
                scenario(cluster)
    finally:
        cluster.end()
    say("the task definitions run")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
