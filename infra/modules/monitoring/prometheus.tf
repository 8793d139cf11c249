locals {
  # The same rules as in Kubernetes and compose, but for what only Kubernetes has.
  rules_folder = "${path.module}/../../../helm/files/rules"
  rules = var.collector == null ? [] : [for file in sort(fileset(local.rules_folder, "*.yaml")) :
  trimsuffix(file, ".yaml") if !contains(["embedded.yaml", "kubernetes.yaml"], file)]

  # What this deployment says of itself; the other settings stay what they are. Zero is not compared.
  figures = {
    "larder:in_flight_limit:requests"              = var.max_in_flight
    "larder:dynamodb_provisioned:units_per_second" = { read = var.table.read_units, write = var.table.write_units }
  }
  settings = yamldecode(file("${local.rules_folder}/settings.yaml"))
  files = merge({ for name in local.rules : name => file("${local.rules_folder}/${name}.yaml") }, {
    settings = yamlencode({ groups = [for group in local.settings.groups : merge(group, { rules = [for rule in group.rules : merge(rule, {
      expr = try("vector(${local.figures[rule.record][rule.labels.kind]})", "vector(${local.figures[rule.record]})", rule.expr)
    })] })] })
  })

  # Where nobody said where Grafana is, a link would lead to the reader's own machine: then there is none.
  dashboards = var.grafana_url == null ? ["/\\n *dashboard_url: .*/", ""] : ["http://localhost:3000", trimsuffix(var.grafana_url, "/")]
}

resource "aws_prometheus_workspace" "main" {
  count = var.collector == null ? 0 : 1

  alias = var.name

  logging_configuration {
    log_group_arn = "${aws_cloudwatch_log_group.prometheus[0].arn}:*"
  }
}

resource "aws_cloudwatch_log_group" "prometheus" {
  count = var.collector == null ? 0 : 1

  name              = "/aws/vendedlogs/prometheus/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_prometheus_rule_group_namespace" "main" {
  for_each = toset(local.rules)

  name         = each.key
  workspace_id = aws_prometheus_workspace.main[0].id
  data         = replace(replace(local.files[each.key], "https://larder.example/docs/runbooks", var.runbooks_url), local.dashboards...)
}

resource "aws_prometheus_alert_manager_definition" "main" {
  count = var.collector != null && var.alertmanager ? 1 : 0

  workspace_id = aws_prometheus_workspace.main[0].id

  definition = yamlencode({
    alertmanager_config = yamlencode({
      route = { receiver = "topic", group_by = ["alertname"], group_wait = "30s", group_interval = "5m", repeat_interval = "4h" }
      receivers = [{
        name = "topic"
        sns_configs = [{
          topic_arn = aws_sns_topic.alarms.arn
          sigv4     = { region = data.aws_region.here.name }
          message   = "{{ range .Alerts }}{{ .Labels.severity }}: {{ .Annotations.summary }}\n{{ .Annotations.runbook_url }}\n{{ end }}"
        }]
      }]
    })
  })
}
