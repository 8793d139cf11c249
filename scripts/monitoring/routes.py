"""Does Alertmanager's configuration hold, and does each severity reach those whom docs/slo.md names?"""

import subprocess
import tempfile

import yaml

from . import files

STACK = "deploy/monitoring/kube-prometheus-stack.yaml"
RECEIVERS = {"critical": "wake", "warning": "ticket"}
# Alerts that are not ours: those on what watches us reach the same people, the one that always fires whoever misses it.
OTHERS = [
    ("nobody", "KubePodCrashLooping", "critical"),
    ("wake", "PrometheusRuleFailures", "critical"),
    ("wake", "AlertmanagerFailedReload", "critical"),
    ("ticket", "TargetDown", "warning"),
    ("ticket", "PrometheusOperatorNotReady", "warning"),
    ("ticket", "KubeStateMetricsListErrors", "warning"),
    ("nobody", "InfoInhibitor", "none"),
    ("alive", "Watchdog", "none"),
]


def misrouted():
    values = yaml.safe_load((files.ROOT / STACK).read_text())
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values["alertmanager"]["config"], file)
        file.flush()
        checked = subprocess.run(["amtool", "check-config", file.name], capture_output=True, text=True)
        if checked.returncode:
            yield f"{STACK}: {checked.stdout}{checked.stderr}"
            return
        found = {name: (receiver, [f"alertname={name}", f"severity={severity}"]) for receiver, name, severity in OTHERS}
        for alert in files.alerts():
            labels = [f"alertname={alert.alert}", *(f"{name}={value}" for name, value in alert.labels.items())]
            found[alert.where] = (RECEIVERS[alert.labels["severity"]], labels)
        for where, (receiver, labels) in found.items():
            told = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={file.name}", *labels],
                                  capture_output=True, text=True).stdout.strip()
            if told != receiver:
                yield f"{where}: goes to {told}, not to {receiver}"
