output "topic_arn" {
  description = "ARN of the topic that alarms go to."
  value       = aws_sns_topic.alarms.arn
}

output "alarms" {
  description = "Each alarm's description, by name."
  value = { for alarm in concat(
    values(aws_cloudwatch_metric_alarm.plain),
    values(aws_cloudwatch_metric_alarm.computed),
    [aws_cloudwatch_metric_alarm.none_healthy, aws_cloudwatch_metric_alarm.certificate, aws_cloudwatch_metric_alarm.role_certificates],
    aws_cloudwatch_metric_alarm.canary,
  ) : alarm.alarm_name => alarm.alarm_description }
}

output "figures" {
  description = "What this deployment says of itself to the alerts of Managed Prometheus, by record."
  value       = local.figures
}

output "otlp_endpoint" {
  description = "Where traces go; null without a collector."
  value       = var.collector == null ? null : local.otlp_endpoint
}

output "security_group_ids" {
  description = "Ids of the security groups of tasks with an address of their own, by service."
  value = merge(
    { for collector in module.collector : "collector" => collector.security_group_id },
    { for prober in module.prober : "prober" => prober.security_group_id if var.tasks.cluster.launch == "fargate" },
  )
}

output "task_definitions" {
  description = "ARNs of the task definitions that were planned, by service."
  value       = { for service in concat(module.collector, module.prober) : service.name => service.task_definition }
}

output "containers" {
  description = "The container definitions of collector and prober, as they are registered."
  value = {
    collector = flatten(module.collector[*].containers)
    prober    = flatten(module.prober[*].containers)
  }
}

output "task_policies" {
  description = "What collector and prober may do: policies by name."
  value = {
    collector = merge(module.collector[*].task_policies...)
    prober    = merge(module.prober[*].task_policies...)
  }
}
