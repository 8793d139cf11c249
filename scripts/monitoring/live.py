"""Runs a pair of roles with a prober, and a Prometheus that scrapes them by our rules; breaks and heals the store."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from . import files

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Seconds within which a process must be ready.
PATIENCE = 30


def shorten(text, factor):
    """Rule files whose windows, offsets and waiting times are shorter by a factor, evaluated every second."""

    def shorter(found):
        seconds = int(found[2]) * UNITS[found[3]]
        return f"{found[1]}{max(round(seconds / factor), 2)}s"

    text = re.sub(r"(\[|\boffset |\bfor: )(\d+)([smhd])\b", shorter, text)
    return text.replace("interval: 30s", "interval: 1s")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(what, holds, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = holds()
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"waited {seconds} s in vain for this: {what}")


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Process:
    """A program that runs in the background, its output in a file."""

    started = []

    def __init__(self, name, folder, command, environment=None):
        self.name, self.log = name, folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), env={**os.environ, **(environment or {})}, stdout=log, stderr=log
            )
        Process.started.append(self)

    @classmethod
    def stop_all(cls):
        """The latest first, so that whoever asks goes before who answers."""
        while cls.started:
            cls.started.pop().stop()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait()

    def ready(self, url):
        def holds():
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended:\n{self.log.read_text()[-2000:]}")
            return answers(url)

        wait_for(f"{self.name} is ready", holds, PATIENCE)


class System:
    """An api over a store, each knowing the other by its certificate, and a prober that walks the happy paths."""

    def __init__(self, app, folder):
        self.app, self.folder = app, folder
        self.traffic, self.admin, self.store_traffic, self.store_admin, self.prober_metrics = free_ports(5)
        self.url, self.table_admin = f"http://127.0.0.1:{self.traffic}", None
        self.settings = folder / "api.toml"
        self.configure("info")
        self.make_certificates()
        self.start_store()
        common = {"APP__SHUTDOWN__LINGER": "0s", "APP__LOG__REQUESTS": "failures", "APP__LOG__FORMAT": "json"}
        self.api = Process("api", folder, [app, "--role=api", "--config", self.settings], {
            **common, "APP__HTTP__LISTEN": f"127.0.0.1:{self.traffic}", "APP__ADMIN__LISTEN": f"127.0.0.1:{self.admin}",
            "APP__STORE__URL": f"https://127.0.0.1:{self.store_traffic}", "APP__STORE__TLS__NAMES": "store",
            **self.certificates("APP__STORE__TLS", "api"), "APP__STORE__TLS__CA_FILE": str(self.folder / "pki/ca.pem"),
        })
        self.api.ready(f"http://127.0.0.1:{self.admin}/readyz")
        self.prober = Process("prober", folder, [
            app, "smoke", "--url", self.url, "--every", "3s", "--metrics-listen", f"127.0.0.1:{self.prober_metrics}",
        ])

    def make_certificates(self):
        for command in (["init"], ["issue", "--name", "store", "--san", "store"], ["issue", "--name", "api", "--san", "api"]):
            subprocess.run([self.app, "pki", command[0], "--dir", self.folder / "pki", *command[1:]], check=True, capture_output=True)

    def certificates(self, where, name):
        return {f"{where}__{part}_FILE": str(self.folder / f"pki/{name}.{ending}") for part, ending in (("CERTIFICATE", "pem"), ("KEY", "key"))}

    def configure(self, level):
        self.settings.write_text(f'[log]\nfilter = "{level}"\n')

    def start_store(self):
        self.store = Process("store", self.folder, [self.app, "--role=store"], {
            "APP__SHUTDOWN__LINGER": "0s", "APP__LOG__FORMAT": "json", "APP__HTTP__LISTEN": f"127.0.0.1:{self.store_traffic}",
            "APP__ADMIN__LISTEN": f"127.0.0.1:{self.store_admin}", "APP__STORE__EMBEDDED__PATH": str(self.folder / "data"),
            **self.certificates("APP__HTTP__TLS", "store"), "APP__HTTP__TLS__CLIENT_CA_FILE": str(self.folder / "pki/ca.pem"),
        })
        self.store.ready(f"http://127.0.0.1:{self.store_admin}/readyz")

    def back_up(self):
        subprocess.run([self.app, "backup", "--admin", f"http://127.0.0.1:{self.store_admin}", "--output", self.folder / "larder.backup"],
                       check=True, capture_output=True)

    def add_table(self, endpoint):
        """One process over a table of DynamoDB, or of what stands in for it, on which all paths are walked once."""
        traffic, self.table_admin = free_ports(2)
        environment = {
            "APP__STORE__BACKEND": "dynamodb", "APP__STORE__DYNAMODB__ENDPOINT": f"http://{endpoint}",
            "APP__STORE__DYNAMODB__TABLE": f"observed-{os.getpid()}", "APP__STORE__DYNAMODB__REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "APP__SHUTDOWN__LINGER": "0s",
            "APP__HTTP__LISTEN": f"127.0.0.1:{traffic}", "APP__ADMIN__LISTEN": f"127.0.0.1:{self.table_admin}",
        }
        subprocess.run([self.app, "bootstrap", "--role=all"], env={**os.environ, **environment}, check=True, capture_output=True)
        Process("all", self.folder, [self.app, "--role=all"], environment).ready(f"http://127.0.0.1:{self.table_admin}/readyz")
        self.table_url = f"http://127.0.0.1:{traffic}"

    def walk_over_table(self):
        subprocess.run([self.app, "smoke", "--url", self.table_url], check=True, capture_output=True)

    def targets(self):
        found = {"larder-api": self.admin, "larder-store": self.store_admin, "larder-prober": self.prober_metrics}
        return {**found, "larder-all": self.table_admin} if self.table_admin else found


class Load:
    """Asks for single items all the time, whatever is answered."""

    def __init__(self, port):
        self.port, self.over, self.statuses = port, threading.Event(), {}
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(2)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        round_ = 0
        while not self.over.wait(0.01):
            round_ += 1
            path = f"/v1/collections/observed/items/{number}-{round_ % 50}"
            put = ("PUT", path, '{"seen": true}', {"Content-Type": "application/json"})
            for method, target, body, headers in (put, ("GET", path, None, {}), ("GET", path + "-none", None, {})):
                self.ask(method, target, body, headers)

    def ask(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        except OSError:
            pass
        finally:
            connection.close()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


class Prometheus:
    """Prometheus with our rules, their windows shortened."""

    def __init__(self, folder, targets, factor):
        (self.port,) = free_ports(1)
        rules = folder / "rules"
        rules.mkdir()
        for path in files.RULES.glob("*.yaml"):
            (rules / path.name).write_text(shorten(path.read_text(), factor))
        jobs = [{"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for job, port in targets.items()]
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules / "*.yaml")], "scrape_configs": jobs,
        }
        path = folder / "prometheus.yml"
        path.write_text(json.dumps(config))
        self.process = Process("prometheus", folder, [
            "prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn",
        ])
        self.process.ready(f"http://127.0.0.1:{self.port}/-/ready")

    def ask(self, path, **parameters):
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", data, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from error

    def query(self, expr):
        """Samples that are numbers; a quantile of nothing is none."""
        data = self.ask("query", query=expr)
        if data["resultType"] == "scalar":
            return [data["result"]]
        return [one for one in data["result"] if one["value"][1] != "NaN"]

    def alerts(self):
        """Those that fire, by name and further labels."""
        return [alert for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"]

    def failures(self):
        """Rules that could not be evaluated, with the reason."""
        groups = self.ask("rules")["groups"]
        return [f"{rule['name']}: {rule['lastError']}" for group in groups for rule in group["rules"] if rule["health"] == "err"]
