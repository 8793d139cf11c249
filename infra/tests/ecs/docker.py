"""The few calls of Docker's API that a task needs, over its socket: the command line can't say all of a task definition."""

import http.client
import json
import os
import socket
import urllib.parse

SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


class Connection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def call(method, path, body=None, timeout=60, **query):
    """One request; the answer's JSON, or its bytes."""
    connection = Connection("engine", timeout=timeout)
    target = f"/v1.40{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
    connection.request(method, target, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status} {told.decode(errors='replace').strip()}")
    return json.loads(told) if "json" in (answer.headers["Content-Type"] or "") and told else told


def gateway():
    """The address under which containers on the bridge reach this machine, and each other's host ports."""
    return call("GET", "/networks/bridge")["IPAM"]["Config"][0]["Gateway"]


def start(name, config):
    """Makes and starts a container; its id."""
    made = call("POST", "/containers/create", config, name=name)["Id"]
    try:
        call("POST", f"/containers/{made}/start")
    except RuntimeError:
        remove(made)
        raise
    return made


def state(container):
    """What the engine knows of a container."""
    return call("GET", f"/containers/{container}/json")


def wait(container, timeout):
    """Waits until a container ends; its exit code."""
    return call("POST", f"/containers/{container}/wait", timeout=timeout)["StatusCode"]


def stop(container, seconds):
    """SIGTERM, and SIGKILL when the time is over."""
    call("POST", f"/containers/{container}/stop", timeout=seconds + 30, t=seconds)


def kill(container):
    """SIGKILL."""
    call("POST", f"/containers/{container}/kill")


def logs(container):
    """What a container wrote, without the frames that the engine puts around it."""
    raw = call("GET", f"/containers/{container}/logs", stdout=1, stderr=1, tail=40)
    lines, at = [], 0
    while at + 8 <= len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "big")
        lines.append(raw[at + 8 : at + 8 + size].decode(errors="replace"))
        at += 8 + size
    return "".join(lines)


def remove(container):
    """Removes a container, running or not."""
    call("DELETE", f"/containers/{container}", force=1, v=1)
