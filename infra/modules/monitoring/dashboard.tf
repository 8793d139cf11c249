locals {
  # One widget: a title, and lines of [namespace, metric, dimension, value…, options].
  widgets = concat([
    { title = "Requests and failures", lines = [for metric in ["RequestCount", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_4XX_Count"] :
    ["AWS/ApplicationELB", metric, "LoadBalancer", var.edge.load_balancer, { stat = "Sum" }]] },
    { title = "Time to answer (s)", lines = [for stat in ["p50", "p99", "p99.9"] :
    ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.edge.load_balancer, { stat = stat }]] },
    { title = "Table: units used and refused", lines = concat(
      [for way in ["Read", "Write"] : ["AWS/DynamoDB", "Consumed${way}CapacityUnits", "TableName", var.table.name, { stat = "Sum" }]],
      [for way in ["Read", "Write"] : ["AWS/DynamoDB", "${way}ThrottleEvents", "TableName", var.table.name, { stat = "Sum" }]],
    ) },
    { title = "Firewall", lines = [for metric in ["AllowedRequests", "BlockedRequests"] :
    ["AWS/WAFV2", metric, "WebACL", var.edge.web_acl, "Region", data.aws_region.here.name, "Rule", "ALL", { stat = "Sum" }]] },
    ],
    [for role, service in var.service_names : { title = "Role ${role}: CPU and memory (%)", lines = [for metric in ["CPUUtilization", "MemoryUtilization"] :
    ["AWS/ECS", metric, "ClusterName", var.cluster_name, "ServiceName", service, { stat = "Average" }]] }],
  )
}

# Dashboards are the account's, and one of the same name would take the place of another region's.
resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "${var.name}-${data.aws_region.here.name}"

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type = "alarm", x = 0, y = 0, width = 24, height = 3
        properties = {
          title  = "Alarms"
          alarms = concat([aws_cloudwatch_composite_alarm.critical.arn], [for alarm in aws_cloudwatch_metric_alarm.plain : alarm.arn], [for alarm in aws_cloudwatch_metric_alarm.computed : alarm.arn])
        }
      }],
      [for position, widget in local.widgets : {
        type       = "metric", x = 12 * (position % 2), y = 3 + 6 * floor(position / 2), width = 12, height = 6
        properties = { title = widget.title, region = data.aws_region.here.name, period = 60, view = "timeSeries", metrics = widget.lines }
      }],
    )
  })
}
