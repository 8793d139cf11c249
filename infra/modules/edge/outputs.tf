output "url" {
  description = "Where the API answers: the first domain, or the balancer's own name."
  value       = "https://${local.own ? local.domains[0] : aws_lb.main.dns_name}"
}

output "target_group_arn" {
  description = "The target group that tasks of the api join."
  value       = aws_lb_target_group.api.arn

  # ECS refuses a target group that no listener uses yet.
  depends_on = [aws_lb_listener.https]
}

output "idle_seconds" {
  description = "How long the balancer leaves a connection open on which nothing comes."
  value       = aws_lb.main.idle_timeout
}

output "security_group_id" {
  description = "Id of the balancer's security group."
  value       = aws_security_group.balancer.id
}

output "rollback_alarm_names" {
  description = "CloudWatch alarms that undo a deployment."
  value       = [aws_cloudwatch_metric_alarm.failing.alarm_name]
}

output "metrics" {
  description = "What CloudWatch calls the balancer, the target group, and the firewall; how the share of 5xx is computed, and of which metrics."
  value = {
    failing       = local.failing
    load_balancer = aws_lb.main.arn_suffix
    target_group  = aws_lb_target_group.api.arn_suffix
    web_acl       = aws_wafv2_web_acl.main.name
  }
}

output "certificate_arn" {
  description = "ARN of the certificate that callers see."
  value       = local.certificate_arn
}
