"""Do the dashboards load by Grafana's own published models, without losing or bending anything?"""

import json

from grafana_foundation_sdk.cog import encoder, plugins
from grafana_foundation_sdk.models import dashboard as models

from . import files


def rejected():
    plugins.register_default_plugins()
    for name, board in files.dashboards().items():
        loaded = models.Dashboard.from_json(board)
        yield from differences(name, board, json.loads(encoder.JSONEncoder().encode(loaded)))


def differences(where, ours, theirs):
    """What of ours did not come back; what the models add are their defaults."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key in theirs:
                yield from differences(f"{where}.{key}", value, theirs[key])
            elif value is not None:
                yield f"{where}.{key} is unknown to Grafana"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for at, (one, other) in enumerate(zip(ours, theirs)):
            yield from differences(f"{where}[{at}]", one, other)
    elif ours != theirs:
        yield f"{where} is {ours!r}, and {theirs!r} to Grafana"
