# Each alarm: what it looks at, from where on it is told, the runbook that says what to do, and whether it wakes somebody.
locals {
  balancer = { LoadBalancer = var.edge.load_balancer }
  table    = { TableName = var.table.name }
  vault    = { BackupVaultName = try(var.backup.vault, null) }

  # Alarms on one metric.
  plain = merge(
    {
      unhealthy = {
        says       = "A task of the api fails the balancer's health check.", runbook = "LarderInstanceDown", critical = false
        namespace  = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", minutes = 5, above = 0
        dimensions = { LoadBalancer = var.edge.load_balancer, TargetGroup = var.edge.target_group }
      }
      slow = {
        says       = "One request in a hundred takes longer than ${var.limits.slow_seconds} s.", runbook = "LarderLatencyBudgetBurn", critical = false
        namespace  = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p99", minutes = 5, above = var.limits.slow_seconds
        dimensions = local.balancer
      }
      throttled-reads = {
        says      = "DynamoDB refuses reads of the table.", runbook = "LarderDynamoDBThrottled", critical = false
        namespace = "AWS/DynamoDB", metric = "ReadThrottleEvents", statistic = "Sum", minutes = 3, above = 0, dimensions = local.table
      }
      throttled-writes = {
        says      = "DynamoDB refuses writes to the table.", runbook = "LarderDynamoDBThrottled", critical = false
        namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents", statistic = "Sum", minutes = 3, above = 0, dimensions = local.table
      }
      refused = {
        says       = "The firewall refuses more than ${var.limits.refused_per_minute} requests a minute: an attack, or a caller that is wronged.", runbook = "LarderAuthenticationFailing", critical = false
        namespace  = "AWS/WAFV2", metric = "BlockedRequests", statistic = "Sum", minutes = 5, above = var.limits.refused_per_minute
        dimensions = { WebACL = var.edge.web_acl, Region = data.aws_region.here.name, Rule = "ALL" }
      }
    },
    { for role, service in var.service_names : "${role}-cpu" => {
      says       = "The ${role} role uses most of its CPU, and has not been scaled out of it.", runbook = "LarderNearCapacity", critical = false
      namespace  = "AWS/ECS", metric = "CPUUtilization", statistic = "Average", minutes = 10, above = var.limits.cpu_percent
      dimensions = { ClusterName = var.cluster_name, ServiceName = service }
    } },
    { for role, service in var.service_names : "${role}-memory" => {
      says       = "The ${role} role uses most of its memory; at 100 % its tasks are killed.", runbook = "LarderRestarting", critical = false
      namespace  = "AWS/ECS", metric = "MemoryUtilization", statistic = "Maximum", minutes = 5, above = var.limits.memory_percent
      dimensions = { ClusterName = var.cluster_name, ServiceName = service }
    } },
  )

  # Alarms on several metrics, each minute unless they say another period.
  computed = merge(
    {
      failing = {
        says       = "More than ${var.limits.failing_percent} % of the answers are 5xx.", runbook = "LarderAvailabilityBudgetBurn", critical = true
        expression = var.edge.failing.expression, minutes = 5, above = var.limits.failing_percent
        metrics = { for id, metric in var.edge.failing.metrics :
        id => { namespace = "AWS/ApplicationELB", metric = metric, statistic = "Sum", dimensions = local.balancer } }
      }
      system-errors = {
        says       = "DynamoDB itself fails: 5xx of the service.", runbook = "dynamodb-region-trouble", critical = false
        expression = "SUM(METRICS())", minutes = 3, above = 0
        metrics = { for operation in ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactGetItems", "TransactWriteItems"] :
        lower(operation) => { namespace = "AWS/DynamoDB", metric = "SystemErrors", statistic = "Sum", dimensions = merge(local.table, { Operation = operation }) } }
      }
    },
    # AWS Backup tells of jobs every few minutes, and a plan has one a day: the hour's sum, so that none is overlooked.
    { for name, alarm in {
      backup-failed = {
        says       = "A backup of the table failed, was broken off, or did not begin in its time.", runbook = "LarderBackupTooOld", critical = false
        expression = "SUM(METRICS())", minutes = 60, above = 0
        period     = 3600
        metrics = { for jobs in ["NumberOfBackupJobsFailed", "NumberOfBackupJobsAborted", "NumberOfBackupJobsExpired"] :
        lower(jobs) => { namespace = "AWS/Backup", metric = jobs, statistic = "Sum", dimensions = local.vault } }
      }
      copy-failed = {
        says       = "A backup of the table was not copied to the other region.", runbook = "LarderBackupTooOld", critical = false
        expression = "SUM(METRICS())", minutes = 60, above = 0
        period     = 3600
        metrics = { for jobs in ["NumberOfCopyJobsFailed"] :
        lower(jobs) => { namespace = "AWS/Backup", metric = jobs, statistic = "Sum", dimensions = local.vault } }
      }
    } : name => alarm if var.backup == null ? false : name == "backup-failed" || var.backup.copied },
    { for role, service in var.service_names : "${role}-missing" => {
      says       = "Fewer tasks of the ${role} role run than should.", runbook = "LarderRoleDown", critical = true
      expression = "desired - running", minutes = 10, above = 0
      metrics = { for id, metric in { desired = "DesiredTaskCount", running = "RunningTaskCount" } :
      id => { namespace = "ECS/ContainerInsights", metric = metric, statistic = "Average", dimensions = { ClusterName = var.cluster_name, ServiceName = service } } }
    } if var.insights },
    { for way in ["Read", "Write"] : "${lower(way)}-capacity" => {
      says       = "The table's ${lower(way)}s use more than ${var.limits.capacity_percent} % of what is provisioned.", runbook = "LarderDynamoDBCapacityNearLimit", critical = false
      expression = "100 * consumed / PERIOD(consumed) / provisioned", minutes = 10, above = var.limits.capacity_percent
      # DynamoDB tells every five minutes what is provisioned: with one value in five, ten minutes would never be all above.
      period = 300
      metrics = {
        consumed    = { namespace = "AWS/DynamoDB", metric = "Consumed${way}CapacityUnits", statistic = "Sum", dimensions = local.table }
        provisioned = { namespace = "AWS/DynamoDB", metric = "Provisioned${way}CapacityUnits", statistic = "Average", dimensions = local.table }
      }
    } if var.table.provisioned },
  )

  # How many seconds each of these takes for a value, and how many values in a row make its minutes.
  periods = { for name, alarm in local.computed : name => try(alarm.period, 60) }
  values  = { for name, alarm in local.computed : name => alarm.minutes * 60 / local.periods[name] }

  critical = concat([for name, alarm in local.computed : name if alarm.critical], ["none-healthy"], var.prober == null ? [] : ["canary"])
}

data "aws_region" "here" {}

resource "aws_cloudwatch_metric_alarm" "plain" {
  for_each = local.plain

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} Runbook: ${var.runbooks_url}/${each.value.runbook}.md"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "computed" {
  for_each = local.computed

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.says} Runbook: ${var.runbooks_url}/${each.value.runbook}.md"
  evaluation_periods  = local.values[each.key]
  datapoints_to_alarm = local.values[each.key]
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  # A critical alarm is told through the composite one: one message however many of its parts fire.
  alarm_actions = each.value.critical ? [] : [aws_sns_topic.alarms.arn]
  ok_actions    = each.value.critical ? [] : [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "value"
    label       = each.key
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = local.periods[each.key]
      }
    }
  }
}

# Nobody is there to answer, whether or not anybody asks. The balancer counts healthy tasks for as long as any is registered,
# so that silence says the same; the most that any zone has, since a zone may well have none.
resource "aws_cloudwatch_metric_alarm" "none_healthy" {
  alarm_name          = "${var.name}-none-healthy"
  alarm_description   = "No task of the api passes the balancer's health check: every caller gets 503. Runbook: ${var.runbooks_url}/LarderRoleDown.md"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HealthyHostCount"
  dimensions          = { LoadBalancer = var.edge.load_balancer, TargetGroup = var.edge.target_group }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
}

# A certificate that nobody renews ends on a day that can be known.
resource "aws_cloudwatch_metric_alarm" "certificate" {
  alarm_name          = "${var.name}-certificate"
  alarm_description   = "The certificate that callers see ends within ${var.limits.certificate_days} days. Runbook: ${var.runbooks_url}/LarderCertificateExpiry.md"
  namespace           = "AWS/CertificateManager"
  metric_name         = "DaysToExpiry"
  dimensions          = { CertificateArn = var.certificate_arn }
  statistic           = "Minimum"
  period              = 86400
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = var.limits.certificate_days
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Certificates between the roles reach tasks as values, and nothing on AWS renews them. scripts/renew-ecs does, every day, and
# tells how many days are left; when nobody tells, nobody renews.
resource "aws_cloudwatch_metric_alarm" "role_certificates" {
  alarm_name          = "${var.name}-role-certificates"
  alarm_description   = "A certificate between the roles ends within ${var.limits.certificate_days} days, or nobody has looked after them for three days. Runbook: ${var.runbooks_url}/LarderCertificateExpiry.md"
  namespace           = "Larder"
  metric_name         = "${var.name}-certificate-days"
  statistic           = "Minimum"
  period              = 86400
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "LessThanThreshold"
  threshold           = var.limits.certificate_days
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# The happy path, walked from outside. Silence is a failure too.
resource "aws_cloudwatch_log_metric_filter" "walked" {
  count = var.prober == null ? 0 : 1

  name           = "${var.name}-happy-path"
  log_group_name = module.prober[0].log_group_name
  pattern        = "{ $.outcome = \"ok\" }"

  metric_transformation {
    namespace = "Larder"
    name      = "${var.name}-happy-path"
    value     = "1"
    unit      = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "canary" {
  count = var.prober == null ? 0 : 1

  alarm_name          = "${var.name}-canary"
  alarm_description   = "No happy path was walked to its end for ${var.limits.prober_quiet_minutes} minutes. Runbook: ${var.runbooks_url}/LarderHappyPathFailing.md"
  namespace           = "Larder"
  metric_name         = aws_cloudwatch_log_metric_filter.walked[0].metric_transformation[0].name
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = var.limits.prober_quiet_minutes
  datapoints_to_alarm = var.limits.prober_quiet_minutes
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
}

# One thing to look at, and one message.
resource "aws_cloudwatch_composite_alarm" "critical" {
  alarm_name        = "${var.name}-critical"
  alarm_description = "Callers are affected: at least one critical alarm of ${var.name} fires. Runbooks: ${var.runbooks_url}"
  alarm_rule        = join(" OR ", [for name in sort(local.critical) : "ALARM(\"${var.name}-${name}\")"])
  alarm_actions     = [aws_sns_topic.alarms.arn]
  ok_actions        = [aws_sns_topic.alarms.arn]

  depends_on = [aws_cloudwatch_metric_alarm.computed, aws_cloudwatch_metric_alarm.none_healthy, aws_cloudwatch_metric_alarm.canary]
}
