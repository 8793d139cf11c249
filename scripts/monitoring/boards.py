"""The dashboards: what each panel shows, in which unit, and which runbooks it belongs to."""

from .panel import dashboard, panel

OURS = 'job=~"larder-.+",namespace=~"$namespace"'
ONE = f'{OURS},instance=~"$instance"'
NS = 'namespace=~"$namespace"'
# Settings have the namespace of the chart that brought them, or none.
SET = 'namespace=~"$namespace|"'
RATE = "[$__rate_interval]"
ITEM = 'route="/v1/collections/{collection}/items/{key}"'


def quantile(q, metric, labels, by):
    return f"histogram_quantile({q}, sum by ({by}, le) (rate({metric}_bucket{{{labels}}}{RATE})))"


def rate(metric, labels, by):
    return f"sum by ({by}) (rate({metric}{{{labels}}}{RATE}))"


def burn(slo, window):
    indicator = f'larder:slo_bad:ratio_rate{window}{{slo="{slo}",{NS}}}'
    return f"{indicator} / on (slo) group_left () max by (slo) (larder:slo_budget:ratio)"


def overview():
    who = "{{role}} {{operation}}"
    down = ("LarderRoleDown", "LarderInstanceDown")
    return dashboard("larder-overview", "Larder / Overview", "Do callers get what they were promised, and if not, where to look.", [
        panel(10, "Firing alerts", "none", "What Prometheus holds against Larder now. Each has a runbook of its name.",
              ('count by (alertname, severity) (ALERTS{alertname=~"Larder.+",alertstate="firing"})', ""), kind="table"),
        panel(1, "Error budget left", "percentunit", "Of thirty days, or of as many as Prometheus keeps. Below zero it is overdrawn.",
              (f"larder:slo_budget_left:ratio_rate30d{{{NS}}}", "{{slo}}: {{role}} {{operation}}s"),
              kind="stat", width=16, limits=(0.25, 0), floor=None, top=1),
        panel(2, "Requests", "reqps", "What callers ask of the api, and what arrives at the store.",
              (f'larder:slo_total:rate5m{{slo="availability",{NS}}}', who)),
        panel(3, "Availability", "percentunit", "Share that was answered without a failure of ours, over five minutes. The objective is 99.9 %.",
              (f'1 - larder:slo_bad:ratio_rate5m{{slo="availability",{NS}}}', who), limits=(0.999, 0.99), floor=None, top=1),
        panel(11, "Latency of single items, p99", "s", "As the api measures it, from the head of the request to the end of the answer.",
              (quantile(0.99, "http_server_request_duration_seconds", f'{OURS},{ITEM},method=~"GET|HEAD"', "role"), "{{role}} reads"),
              (quantile(0.99, "http_server_request_duration_seconds", f'{OURS},{ITEM},method=~"PUT|PATCH|DELETE"', "role"), "{{role}} writes")),
        panel(4, "Availability budget: speed of burning", "none", "1 uses up exactly the budget of the month. 14.4 over an hour, or 6 over six hours, wakes somebody.",
              (burn("availability", "1h"), f"1 h {who}"), (burn("availability", "6h"), f"6 h {who}"), limits=(6, 14.4),
              runbooks=("LarderAvailabilityBudgetBurn",)),
        panel(5, "Latency budget: speed of burning", "none", "The same for requests that were answered too late.",
              (burn("latency", "1h"), f"1 h {who}"), (burn("latency", "6h"), f"6 h {who}"), limits=(6, 14.4),
              runbooks=("LarderLatencyBudgetBurn",)),
        panel(9, "Measured capacity in use", "percentunit", "Load as a share of what the same processes did in the benchmark of docs/capacity.json. The alert is at 60 %.",
              (f"larder:capacity_used:ratio_rate5m{{{NS}}}", "{{role}}"), limits=(0.6, 0.9), runbooks=("LarderNearCapacity",)),
        panel(6, "Processes that answer", "short", "Targets of Prometheus by job: those that can be scraped, and all.",
              (f"sum by (job) (up{{{OURS}}})", "{{job}} up"), (f"count by (job) (up{{{OURS}}})", "{{job}} all"), runbooks=down),
        panel(8, "What runs", "short", "Processes by build; and in Kubernetes the bootstrap jobs that failed.",
              (f"count by (job, version, commit) (build_info{{{OURS}}})", "{{job}} {{version}} {{commit}}"),
              (f'sum by (job_name) (kube_job_failed{{condition="true",job_name=~".*larder.*bootstrap.*",{NS}}})', "failed: {{job_name}}"),
              runbooks=("LarderRolloutStuck", "LarderBootstrapFailed")),
        panel(7, "Happy paths: since the last success", "s", "Age of the last run of app smoke that went well. The alert is at five minutes, or at five turns of a prober that is slower.",
              (f"time() - (smoke_last_success_timestamp_seconds{{{OURS}}} > 0)", "{{instance}}"), limits=(60, 300),
              runbooks=("LarderHappyPathFailing", "LarderProberDown")),
        panel(12, "Happy paths: runs and failures", "ops", "Runs by outcome, and the steps that failed.",
              (rate("smoke_runs_total", OURS, "outcome"), "runs {{outcome}}"),
              (f"{rate('smoke_step_failures_total', OURS, 'step')} > 0", "failed: {{step}}")),
        panel(13, "Happy paths: time", "s", "A whole run, and the five slowest steps, each one request or several.",
              (quantile(0.5, "smoke_run_duration_seconds", OURS, "job"), "run, median"),
              (f"topk(5, {quantile(0.9, 'smoke_step_duration_seconds', OURS, 'step')})", "{{step}}, p90")),
    ])


def api():
    http = "http_server_request_duration_seconds"
    mine = f'{ONE},role=~"api|all"'
    line = "store_client_request_duration_seconds"
    return dashboard("larder-api", "Larder / Api", "The public role: what callers send, what they get, and its line to the stores.", [
        panel(1, "Requests by route", "reqps", "Answered requests on the traffic port, by pattern of the path and method.",
              (rate(f"{http}_count", mine, "method, route"), "{{method}} {{route}}"), width=12),
        panel(2, "Answers by status", "reqps", "4xx are the callers' own, 5xx count against availability.",
              (rate(f"{http}_count", mine, "status"), "{{status}}"), width=12),
        panel(3, "Latency of single items", "s", "Median and 99th percentile. The objectives: 99 % of reads within 25 ms, of writes within 100 ms.",
              *[(quantile(q, http, f'{mine},{ITEM},method=~"{methods}"', "role"), f"{name} {word}")
                for methods, name in (("GET|HEAD", "reads"), ("PUT|PATCH|DELETE", "writes")) for q, word in ((0.5, "p50"), (0.99, "p99"))],
              limits=(0.025, 0.1)),
        panel(4, "Latency by route, p99", "s", "Exports and imports are as long as they are; the others should be milliseconds.",
              (quantile(0.99, http, mine, "method, route"), "{{method}} {{route}}")),
        panel(10, "Time of operations over the line, p99", "s", "What the api waits for a store, retries included. Compare with the store's own time.",
              (quantile(0.99, line, ONE, "operation"), "{{operation}}")),
        panel(5, "Requests in flight", "short", "By process. Beyond admission.max_in_flight, 1,024 by default, requests are refused. The alert is at 80 %.",
              (f'http_server_active_requests{{{mine}}}', "{{instance}}"), (f"larder:in_flight_limit:requests{{{SET}}}", "limit {{namespace}}"),
              runbooks=("LarderInFlightNearLimit",)),
        panel(6, "Requests refused to protect the process", "reqps", "Answered 503 overloaded at once, by role and reason.",
              (rate("requests_shed_total", ONE, "role, reason"), "{{role}} {{reason}}"), runbooks=("LarderShedding",)),
        panel(7, "Callers turned away", "reqps", "Unknown callers (401) by reason, and known ones over their limit (429).",
              (rate("authentication_failures_total", ONE, "reason"), "unknown: {{reason}}"),
              (rate("rate_limited_requests_total", ONE, "job"), "over their limit"), runbooks=("LarderAuthenticationFailing",)),
        panel(9, "Lines to the stores", "short", "By state. down is being connected; without one that is up, callers get 503.",
              (f"sum by (instance, state) (store_client_endpoints{{{ONE},job=~\".+-api\"}})", "{{instance}} {{state}}"),
              runbooks=("LarderStoreUnreachable", "LarderStoreEndpointDown")),
        panel(8, "Operations sent once more", "ops", "unsent: no store was reached; ambiguous: the line broke before the answer.",
              (rate("store_client_retries_total", ONE, "reason"), "{{reason}}"), runbooks=("LarderStoreLineUnstable",)),
        panel(11, "Operations that failed", "ops", "By outcome, as the api sees them. Many are answers that callers asked for, such as precondition-failed.",
              (rate(f"{line}_count", f'{ONE},outcome!="ok"', "outcome"), "{{outcome}}")),
    ])


def store():
    time = "store_operation_duration_seconds"
    return dashboard("larder-store", "Larder / Store", "The role that owns the data, whatever database is below.", [
        panel(1, "Operations", "ops", "By operation and backend.",
              (rate(f"{time}_count", ONE, "backend, operation"), "{{backend}} {{operation}}"), width=12),
        panel(2, "Operations that failed", "ops", "By outcome. Conflicts and conditions are answers; internal-error, throttled and deadline-exceeded are trouble.",
              (rate(f"{time}_count", f'{ONE},outcome!="ok"', "operation, outcome"), "{{operation}} {{outcome}}"), width=12),
        panel(3, "Time of operations, p99", "s", "In the process that owns the data, without the line. The objectives: 99 % of reads within 25 ms, of writes within 50 ms.",
              (quantile(0.99, time, ONE, "operation"), "{{operation}}"), limits=(0.025, 0.05)),
        panel(4, "Time of operations, median", "s", "What most operations take.", (quantile(0.5, time, ONE, "operation"), "{{operation}}")),
        panel(5, "Size of stored documents", "bytes", "Median and 99th percentile of single puts.",
              (quantile(0.5, "item_document_bytes", ONE, "job"), "p50"), (quantile(0.99, "item_document_bytes", ONE, "job"), "p99")),
        panel(6, "Lines from api processes", "short", "Open long-lived requests, one a line; by process. They should be spread evenly.",
              (f'http_server_active_requests{{{ONE},role="store"}}', "{{instance}}")),
        panel(7, "Operations refused to protect the process", "ops", "The store's own bound on work in flight was reached.",
              (rate("requests_shed_total", f'{ONE},role="store"', "reason"), "{{reason}}"), runbooks=("LarderShedding",)),
    ])


def dynamodb():
    units = "dynamodb_consumed_capacity_units_total"
    month = "30 * 86400 / 1e6"
    return dashboard("larder-dynamodb", "Larder / DynamoDB capacity and cost", "What the table is asked for, what it refuses, and what that costs.", [
        panel(1, "Consumed capacity by operation", "short", "Units a second, as DynamoDB reports them with each call.",
              (rate(units, ONE, "operation, kind"), "{{operation}} {{kind}}"), width=12),
        panel(2, "Consumed capacity by kind", "short", "Units a second, all operations together.", (rate(units, OURS, "kind"), "{{kind}}"), width=12),
        panel(3, "Provisioned capacity in use", "percentunit", "Nothing for a table on demand (a setting of zero). The alert is at 80 %.",
              (f"{rate(units, OURS, 'kind')} / on (kind) group_left () (max by (kind) (larder:dynamodb_provisioned:units_per_second{{{SET}}}) > 0)", "{{kind}}"),
              limits=(0.8, 1), runbooks=("LarderDynamoDBCapacityNearLimit",)),
        panel(4, "Refused requests", "reqps", "hot-key: one partition; table: the table's capacity; account: a quota of the account in this region.",
              (rate("dynamodb_throttled_requests_total", ONE, "operation, reason"), "{{operation}} {{reason}}"),
              runbooks=("LarderDynamoDBThrottled", "LarderDynamoDBHotKey")),
        panel(5, "Conditions that did not hold", "ops", "Each consumes write capacity although nothing is written.",
              (rate("dynamodb_condition_failures_total", ONE, "operation"), "{{operation}}")),
        panel(6, "Cost of a month at this load, on demand", "currencyUSD",
              "List price of us-east-1: 0.125 USD for a million read units, 0.625 USD for a million write units; storage and backups not included.",
              (f'sum(rate({units}{{{OURS},kind="read"}}{RATE})) * {month} * 0.125', "reads"),
              (f'sum(rate({units}{{{OURS},kind="write"}}{RATE})) * {month} * 0.625', "writes"), width=12),
        panel(7, "Time of operations, p99", "s", "Calls to DynamoDB with our own part, by operation.",
              (quantile(0.99, "store_operation_duration_seconds", f'{ONE},backend="dynamodb"', "operation"), "{{operation}}"), width=12),
    ])


def embedded():
    commit = "embedded_commit_duration_seconds"
    claim = f'persistentvolumeclaim=~".*larder.*",{NS}'
    kubelet = f"kubelet_volume_stats_capacity_bytes{{{claim}}}"
    return dashboard("larder-embedded", "Larder / Embedded engine", "The database in a directory: commits, room, backups.", [
        panel(1, "Time of a commit", "s", "Median and 99th percentile of a group commit, the sync to disk included. The alert is at 100 ms.",
              (quantile(0.5, commit, ONE, "instance"), "{{instance}} p50"), (quantile(0.99, commit, ONE, "instance"), "{{instance}} p99"),
              limits=(0.1,), runbooks=("LarderCommitSlow",)),
        panel(2, "Commits and writes", "ops", "Writers that wait share a commit, so under load there are fewer commits than writes.",
              (rate(f"{commit}_count", ONE, "instance"), "{{instance}} commits"),
              (rate("embedded_commit_batch_size_sum", ONE, "instance"), "{{instance}} writes")),
        panel(3, "Writes that share a commit", "short", "Median and 99th percentile. It grows when the disk is slow.",
              (quantile(0.5, "embedded_commit_batch_size", ONE, "instance"), "{{instance}} p50"),
              (quantile(0.99, "embedded_commit_batch_size", ONE, "instance"), "{{instance}} p99")),
        panel(4, "Space on disk", "bytes", "Documents, keys, and versions that are not yet compacted.",
              (f"embedded_disk_bytes{{{ONE}}} > 0", "{{instance}}")),
        panel(5, "Volume in use", "percentunit", "In Kubernetes as the kubelet sees it, else by the size that the settings name. The alert is at 80 %.",
              (f'(embedded_disk_bytes{{{ONE}}} > 0) / on () group_left () (max(larder:embedded_volume:bytes{{{SET}}}) > 0) unless on (namespace) {kubelet}', "{{instance}}"),
              (f'1 - kubelet_volume_stats_available_bytes{{{claim}}} / {kubelet}', "{{persistentvolumeclaim}}"),
              limits=(0.8, 0.95), top=1, runbooks=("LarderDiskNearlyFull",)),
        panel(6, "Age of the last backup", "s",
              "Since the process last gave a whole backup, and since the chart's CronJob last brought one to where it goes; nothing before the first. The alert is at 26 hours, unless the values say otherwise.",
              (f"time() - (embedded_backup_last_success_timestamp_seconds{{{ONE}}} > 0)", "{{instance}}"),
              (f'time() - max by (namespace, cronjob) (kube_cronjob_status_last_successful_time{{cronjob=~".+-backup",{NS}}})', "{{cronjob}}"),
              limits=(93600,),
              runbooks=("LarderBackupTooOld",)),
    ])


def process():
    return dashboard("larder-process", "Larder / Process", "What the operating system sees of each process, and its upkeep.", [
        panel(1, "CPU", "short", "Cores in use; a whole number of seconds is counted, so short windows are coarse.", (f"rate(process_cpu_seconds_total{{{ONE}}}{RATE})", "{{job}} {{instance}}")),
        panel(2, "Memory", "bytes", "Really used. A role at rest takes less than 40 MiB.",
              (f"process_resident_memory_bytes{{{ONE}}}", "{{job}} {{instance}}")),
        panel(3, "Threads", "short", "Workers, timers, and those of the database.", (f"process_threads{{{ONE}}}", "{{job}} {{instance}}")),
        panel(4, "File descriptors in use", "percentunit", "Connections and files. The alert is at 80 %.",
              (f"process_open_fds{{{ONE}}} / process_max_fds{{{ONE}}}", "{{job}} {{instance}}"), limits=(0.8, 0.95), top=1,
              runbooks=("LarderFileDescriptorsNearLimit",)),
        panel(5, "Time since the start", "s", "A saw that falls to zero again and again is a process that restarts.",
              (f"time() - process_start_time_seconds{{{ONE}}}", "{{job}} {{instance}}"), runbooks=("LarderRestarting",)),
        panel(6, "Certificates end in", "s", "By the setting that names it, as loaded. The alerts are at fourteen and at two days, unless the values say otherwise.",
              (f"(tls_certificate_not_after_timestamp_seconds{{{ONE}}} > 0) - time()", "{{job}} {{instance}} {{name}}"),
              limits=(1209600, 172800), floor=None, runbooks=("LarderCertificateExpiry",)),
        panel(7, "Configuration read again", "short", "In the last half hour. refused: of what has a mistake, the settings before were kept.",
              (f"increase(config_reloads_total{{{ONE}}}[30m])", "{{job}} {{instance}} {{outcome}}"), limits=(), runbooks=("LarderConfigReloadRefused",)),
        panel(8, "Telemetry lost", "ops", "Log lines that standard output did not take, spans that the receiver did not take.",
              (f"rate(log_lines_dropped_total{{{ONE}}}{RATE})", "{{job}} {{instance}} log lines"),
              (f"rate(trace_spans_dropped_total{{{ONE}}}{RATE})", "{{job}} {{instance}} spans"),
              runbooks=("LarderLogLinesDropped", "LarderTraceSpansDropped")),
    ])


def all_boards():
    """Every dashboard, by the name of its file."""
    return {board["uid"].removeprefix("larder-"): board for board in (overview(), api(), store(), dynamodb(), embedded(), process())}
