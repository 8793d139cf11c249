# What is watched, and that whoever is woken knows what to do.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:larder-dev-alarms" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/some" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/some:1" }
  }
  mock_resource "aws_service_discovery_service" {
    defaults = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/larder-dev/some" }
  }
  mock_resource "aws_prometheus_workspace" {
    defaults = {
      id                  = "ws-1"
      arn                 = "arn:aws:aps:eu-west-1:123456789012:workspace/ws-1"
      prometheus_endpoint = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"
    }
  }
}

variables {
  name          = "larder-dev"
  cluster_name  = "larder-dev"
  service_names = { api = "api", store = "store" }
  edge = {
    load_balancer = "app/larder-dev/1", target_group = "targetgroup/api-1/1", web_acl = "larder-dev"
    failing       = { expression = "100 * bad / all", metrics = { bad = "HTTPCode_ELB_5XX_Count", all = "RequestCount" } }
  }
  certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
  table           = { name = "larder-dev", provisioned = true, read_units = 7, write_units = 9 }
  backup          = { vault = "larder-dev", copied = true }
  max_in_flight   = 512
  insights        = true
  prober = {
    image            = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/larder@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    repository_arn   = "arn:aws:ecr:eu-west-1:111111111111:repository/larder"
    url              = "https://items.example.com"
    token_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/prober-1"
  }
  collector = {
    image          = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/mirror/collector@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    repository_arn = "arn:aws:ecr:eu-west-1:111111111111:repository/mirror/collector"
  }
  tasks = {
    cluster = {
      arn               = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev"
      name              = "larder-dev"
      capacity_provider = "larder-dev-instances"
      launch            = "ec2"
      architecture      = "x86_64"
    }
    namespace                = { id = "ns-1", name = "larder-dev.internal" }
    vpc_id                   = "vpc-1"
    subnet_ids               = ["subnet-1", "subnet-2", "subnet-3"]
    wait                     = true
    permissions_boundary_arn = null
  }
  emails       = ["on-call@example.com"]
  runbooks_url = "https://example.com/docs/runbooks"
  kms_key_arn  = "arn:aws:kms:eu-west-1:123456789012:key/1"
}

run "alarms" {
  assert {
    condition = toset([for name in keys(output.alarms) : trimprefix(name, "larder-dev-")]) == toset([
      "failing", "none-healthy", "backup-failed", "copy-failed", "slow", "unhealthy", "api-cpu", "store-cpu", "api-memory", "store-memory", "api-missing", "store-missing",
      "throttled-reads", "throttled-writes", "read-capacity", "write-capacity", "system-errors", "certificate", "role-certificates", "canary", "refused",
    ])
    error_message = "Every expected trouble has its alarm."
  }
  assert {
    condition     = alltrue([for says in values(output.alarms) : can(regex(" Runbook: https://example\\.com/docs/runbooks/[A-Za-z-]+\\.md$", says))])
    error_message = "Each alarm names its runbook."
  }
  assert {
    condition     = alltrue([for says in values(output.alarms) : fileexists("${path.module}/../../../docs/runbooks/${regex("[A-Za-z-]+\\.md$", says)}")])
    error_message = "Each named runbook is there."
  }
  assert {
    condition     = alltrue([for a in values(aws_cloudwatch_metric_alarm.plain) : a.alarm_actions == toset([aws_sns_topic.alarms.arn]) && a.ok_actions == toset([aws_sns_topic.alarms.arn])])
    error_message = "A warning is told by itself, and so is its end."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.plain["slow"].extended_statistic == "p99"
    error_message = "Latency is judged by the slowest in a hundred."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.canary[0].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.canary[0].comparison_operator == "LessThanThreshold"
    error_message = "A silent prober is a failure."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.certificate.threshold == 21 && aws_cloudwatch_metric_alarm.certificate.dimensions.CertificateArn == var.certificate_arn
    error_message = "Three weeks are enough to renew a certificate."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.role_certificates.threshold == 21 && aws_cloudwatch_metric_alarm.role_certificates.treat_missing_data == "breaching"
    error_message = "A certificate between the roles that ends is told, and so is that nobody looks after them."
  }
  assert {
    condition     = strcontains(file("${path.module}/../../../scripts/renew-ecs"), "--metric-name \"${replace(aws_cloudwatch_metric_alarm.role_certificates.metric_name, var.name, "$PREFIX")}\"")
    error_message = "The alarm looks at what scripts/renew-ecs tells."
  }
}

run "a_total_outage" {
  assert {
    condition     = aws_cloudwatch_metric_alarm.none_healthy.metric_name == "HealthyHostCount" && aws_cloudwatch_metric_alarm.none_healthy.comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.none_healthy.threshold == 1
    error_message = "That no task can answer is told, whether or not anybody asks."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.none_healthy.treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.none_healthy.statistic == "Maximum"
    error_message = "Without a registered task there is no count; and a zone may have none."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.none_healthy.dimensions == tomap({ LoadBalancer = "app/larder-dev/1", TargetGroup = "targetgroup/api-1/1" })
    error_message = "The tasks are those of the api's target group."
  }
  assert {
    condition     = { for query in aws_cloudwatch_metric_alarm.computed["failing"].metric_query : query.id => try(query.metric[0].metric_name, query.expression) } == { value = "100 * bad / all", bad = "HTTPCode_ELB_5XX_Count", all = "RequestCount" }
    error_message = "What wakes somebody and what undoes a deployment is computed alike."
  }
}

run "what_dynamodb_tells_every_five_minutes" {
  assert {
    condition = alltrue(flatten([for name in ["read-capacity", "write-capacity"] : [
      for query in aws_cloudwatch_metric_alarm.computed[name].metric_query : [for metric in query.metric : metric.period == 300]
    ]]))
    error_message = "Provisioned units have one value in five minutes: of shorter periods most are missing, and the alarm can never fire."
  }
  assert {
    condition = alltrue([for name in ["read-capacity", "write-capacity"] :
    aws_cloudwatch_metric_alarm.computed[name].evaluation_periods == 2 && aws_cloudwatch_metric_alarm.computed[name].datapoints_to_alarm == 2])
    error_message = "Ten minutes near the limit are told."
  }
  assert {
    condition = alltrue(flatten([for name in ["failing", "system-errors"] : [
      for query in aws_cloudwatch_metric_alarm.computed[name].metric_query : [for metric in query.metric : metric.period == 60]
    ]])) && aws_cloudwatch_metric_alarm.computed["failing"].evaluation_periods == 5
    error_message = "What is told every minute is looked at every minute."
  }
}

run "backups_that_fail" {
  variables { backup = { vault = "larder-dev", copied = false } }

  assert {
    condition     = toset(flatten([for query in aws_cloudwatch_metric_alarm.computed["backup-failed"].metric_query : query.metric[*].metric_name])) == toset(["NumberOfBackupJobsFailed", "NumberOfBackupJobsAborted", "NumberOfBackupJobsExpired"])
    error_message = "A backup that is not made is told, for whatever reason."
  }
  assert {
    condition     = alltrue(flatten([for query in aws_cloudwatch_metric_alarm.computed["backup-failed"].metric_query : [for metric in query.metric : metric.dimensions == tomap({ BackupVaultName = "larder-dev" }) && metric.period == 3600]])) && aws_cloudwatch_metric_alarm.computed["backup-failed"].evaluation_periods == 1
    error_message = "One failure in an hour is told, of this vault."
  }
  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.computed), "copy-failed")
    error_message = "What is not copied can't fail to be."
  }
}

run "one_message" {
  assert {
    condition     = aws_cloudwatch_composite_alarm.critical.alarm_rule == "ALARM(\"larder-dev-api-missing\") OR ALARM(\"larder-dev-canary\") OR ALARM(\"larder-dev-failing\") OR ALARM(\"larder-dev-none-healthy\") OR ALARM(\"larder-dev-store-missing\")"
    error_message = "What callers feel is told as one thing."
  }
  assert {
    condition     = alltrue([for alarm in concat([for name in ["failing", "api-missing", "store-missing"] : aws_cloudwatch_metric_alarm.computed[name]], [aws_cloudwatch_metric_alarm.none_healthy]) : length(coalesce(alarm.alarm_actions, [])) == 0])
    error_message = "The parts of the composite alarm say nothing themselves."
  }
  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.kms_key_arn && keys(aws_sns_topic_subscription.email) == ["on-call@example.com"]
    error_message = "The topic is encrypted, and reaches somebody."
  }
  assert {
    condition     = jsondecode(aws_sns_topic_policy.alarms.policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only alarms of this account speak on the topic."
  }
}

run "the_dashboard" {
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets) == 7
    error_message = "Alarms, requests, time, table, firewall, both roles."
  }
  assert {
    condition     = aws_cloudwatch_dashboard.main.dashboard_name == "larder-dev-eu-west-1"
    error_message = "The same environment in another region has a dashboard of its own."
  }
}

run "the_prober" {
  assert {
    condition     = output.containers.prober[0].command == ["smoke", "--url", "https://items.example.com", "--every", "30s", "--json", "--metrics-listen", "0.0.0.0:9090"]
    error_message = "The prober walks the public endpoint, all the time."
  }
  assert {
    condition     = [for s in output.containers.prober[0].secrets : s.name] == ["LARDER_TOKEN"] && length(output.task_policies.prober) == 0
    error_message = "The prober has a token, and no right on AWS."
  }
  assert {
    condition     = aws_cloudwatch_log_metric_filter.walked[0].log_group_name == "/larder-dev/prober" && aws_cloudwatch_log_metric_filter.walked[0].pattern == "{ $.outcome = \"ok\" }"
    error_message = "A walk that ended well is counted from the prober's log."
  }
}

run "the_collector" {
  assert {
    condition     = { for d in yamldecode({ for e in output.containers.collector[0].environment : e.name => e.value }.COLLECTOR_CONFIG).extensions.ecs_observer.task_definitions : d.job_name => d.metrics_ports } == { larder-api = [9080], larder-store = [9081], larder-smoke = [9090] }
    error_message = "The collector scrapes the admin port of each task, wherever Docker put it."
  }
  assert {
    condition     = alltrue([for d in yamldecode({ for e in output.containers.collector[0].environment : e.name => e.value }.COLLECTOR_CONFIG).extensions.ecs_observer.task_definitions : can(regex(d.arn_pattern, "arn:aws:ecs:eu-west-1:123456789012:task-definition/larder-dev-${ { larder-api = "api", larder-store = "store", larder-smoke = "prober" }[d.job_name]}:17"))])
    error_message = "The patterns match the task definitions."
  }
  # The observer's own label for it would be `prometheus_job`, and `job` the name of the scrape configuration.
  assert {
    condition     = try(yamldecode({ for e in output.containers.collector[0].environment : e.name => e.value }.COLLECTOR_CONFIG).extensions.ecs_observer.job_label_name, "prometheus_job") == "job"
    error_message = "The rules know the roles by the label `job`."
  }
  assert {
    condition     = yamldecode({ for e in output.containers.collector[0].environment : e.name => e.value }.COLLECTOR_CONFIG).exporters.prometheusremotewrite.endpoint == "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
    error_message = "Metrics go to Managed Prometheus."
  }
  assert {
    condition     = output.otlp_endpoint == "http://collector.larder-dev.internal:4317" && output.security_group_ids.collector != null
    error_message = "Traces find the collector by its name."
  }
  assert {
    condition     = length(flatten([for s in output.task_policies.collector.telemetry.Statement : [for a in s.Action : a if length(regexall("Delete|Update|Create|\\*", a)) > 0]])) == 0
    error_message = "The collector changes nothing."
  }
  assert {
    condition     = contains(keys(aws_prometheus_rule_group_namespace.main), "slo") && !contains(keys(aws_prometheus_rule_group_namespace.main), "kubernetes") && alltrue([for n in aws_prometheus_rule_group_namespace.main : !strcontains(n.data, "larder.example")])
    error_message = "The rules are those of every other deployment, with this one's runbooks."
  }
  assert {
    condition = {
      for rule in yamldecode(aws_prometheus_rule_group_namespace.main["settings"].data).groups[0].rules : join(" ", concat([rule.record], values(try(rule.labels, {})))) => rule.expr
      } == {
      "larder:slo_budget:ratio availability"               = "vector(0.001)"
      "larder:slo_budget:ratio latency"                    = "vector(0.01)"
      "larder:capacity_requests:per_second read"           = "vector(60000)"
      "larder:capacity_requests:per_second write"          = "vector(42000)"
      "larder:in_flight_limit:requests"                    = "vector(512)"
      "larder:dynamodb_provisioned:units_per_second read"  = "vector(7)"
      "larder:dynamodb_provisioned:units_per_second write" = "vector(9)"
      "larder:embedded_volume:bytes"                       = "vector(8589934592)"
      "larder:embedded_backup_age_limit:seconds"           = "vector(93600)"
      "larder:happy_path_age_limit:seconds"                = "vector(300)"
      "larder:certificate_time_left:seconds warning"       = "vector(1209600)"
      "larder:certificate_time_left:seconds critical"      = "vector(172800)"
    }
    error_message = "What alerts compare with is what this deployment has."
  }
  assert {
    condition     = alltrue([for n in aws_prometheus_rule_group_namespace.main : length(regexall("dashboard_url|localhost", n.data)) == 0 && can(yamldecode(n.data))])
    error_message = "Without Grafana, no alert has a link that leads to the reader's own machine."
  }
  assert {
    condition     = yamldecode(yamldecode(aws_prometheus_alert_manager_definition.main[0].definition).alertmanager_config).receivers[0].sns_configs[0].topic_arn == aws_sns_topic.alarms.arn
    error_message = "Its alerts go where the alarms go."
  }
}

run "what_a_deployment_is_held_to" {
  assert {
    condition     = keys(output.task_definitions) == ["collector", "prober"] && alltrue([for arn in values(output.task_definitions) : strcontains(arn, ":task-definition/")])
    error_message = "A deployment asks whether collector and prober run what was planned."
  }
}

run "links_to_grafana" {
  variables {
    grafana_url = "https://grafana.example.com/"
  }

  assert {
    condition     = alltrue([for a in yamldecode(aws_prometheus_rule_group_namespace.main["dynamodb"].data).groups[0].rules : startswith(a.annotations.dashboard_url, "https://grafana.example.com/d/larder-dynamodb?")])
    error_message = "Each alert has a link to its panel."
  }
}

run "less_to_watch" {
  variables {
    insights  = false
    prober    = null
    collector = null
    backup    = null
    table     = { name = "larder-dev", provisioned = false }
  }

  assert {
    condition     = length([for name in keys(output.alarms) : name if length(regexall("missing|capacity|canary|backup|copy", name)) > 0]) == 0
    error_message = "What can't be measured has no alarm that would never fire."
  }
  assert {
    condition     = aws_cloudwatch_composite_alarm.critical.alarm_rule == "ALARM(\"larder-dev-failing\") OR ALARM(\"larder-dev-none-healthy\")"
    error_message = "The composite alarm names none that is not there."
  }
}
