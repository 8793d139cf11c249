"""Makes panels and dashboards in Grafana's JSON, all in one style."""

RUNBOOKS = "https://larder.example/docs/runbooks"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24


def target(number, expr, legend, instant):
    return {
        "refId": chr(ord("A") + number), "datasource": SOURCE, "editorMode": "code", "expr": expr,
        "legendFormat": legend, "range": not instant, "instant": instant,
    }


def steps(limits):
    """Green, yellow above the first limit, red above the second; the other way round if they fall."""
    colours = ["green", "yellow", "red"]
    if len(limits) == 2 and limits[0] > limits[1]:
        colours, limits = ["red", "yellow", "green"], limits[::-1]
    elif len(limits) == 1:
        colours = ["green", "red"]
    values = [None, *limits]
    return {"mode": "absolute", "steps": [{"color": c, "value": v} for c, v in zip(colours, values)]}


def panel(number, title, unit, about, *queries, kind="timeseries", width=8, limits=(), runbooks=(), floor=0, top=None):
    """A panel. `queries` are pairs of expression and legend; `runbooks` names the alerts that it explains."""
    instant = kind in ("stat", "table")
    defaults = {"unit": unit, "color": {"mode": "palette-classic" if kind == "timeseries" else "thresholds"}}
    defaults["thresholds"] = steps(list(limits))
    if floor is not None:
        defaults["min"] = floor
    if top is not None:
        defaults["max"] = top
    options = {}
    if kind == "timeseries":
        style = "dashed" if limits else "off"
        defaults["custom"] = {
            "drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": False,
            "thresholdsStyle": {"mode": style},
        }
        options = {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    elif kind == "stat":
        options = {
            "reduceOptions": {"calcs": ["lastNotNull"], "values": False}, "orientation": "auto",
            "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "textMode": "auto",
        }
    made = {
        "id": number, "type": kind, "title": title, "description": about, "datasource": SOURCE,
        "gridPos": {"h": 8, "w": width, "x": 0, "y": 0},
        "targets": [target(at, expr, legend, instant) for at, (expr, legend) in enumerate(queries)],
        "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options,
        "links": [
            {"title": f"Runbook {name}", "url": f"{RUNBOOKS}/{name}.md", "targetBlank": True} for name in runbooks
        ],
    }
    if kind == "table":
        made["targets"] = [{**one, "format": "table"} for one in made["targets"]]
        made["options"] = {"showHeader": True, "cellHeight": "sm"}
    return made


def variable(name, label, query):
    """A choice of label values; All matches series that lack the label too."""
    return {
        "name": name, "label": label, "type": "query", "datasource": SOURCE,
        "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True,
        "allValue": ".*", "current": {"text": "All", "value": "$__all"}, "hide": 0,
    }


def place(panels):
    """Fills rows from left to right."""
    x = y = 0
    for one in panels:
        if x + one["gridPos"]["w"] > WIDTH:
            x, y = 0, y + 8
        one["gridPos"].update(x=x, y=y)
        x += one["gridPos"]["w"]
    return panels


def dashboard(uid, title, about, panels):
    choices = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0},
        variable("namespace", "Namespace", 'label_values(up{job=~"larder-.+"}, namespace)'),
        variable("instance", "Instance", 'label_values(up{job=~"larder-.+",namespace=~"$namespace"}, instance)'),
    ]
    others = {
        "title": "Larder", "type": "dashboards", "tags": ["larder"], "asDropdown": True, "includeVars": True,
        "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": "",
    }
    runbooks = {
        "title": "Runbooks", "type": "link", "url": f"{RUNBOOKS}/README.md", "icon": "doc", "targetBlank": True,
        "tags": [], "asDropdown": False, "includeVars": False, "keepTime": False, "tooltip": "What to do, alert by alert",
    }
    return {
        "uid": uid, "title": title, "description": about, "tags": ["larder"], "timezone": "browser",
        "schemaVersion": 39, "editable": True, "graphTooltip": 1, "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"}, "templating": {"list": choices}, "links": [others, runbooks],
        "annotations": {"list": []}, "panels": place(panels),
    }
