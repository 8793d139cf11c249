# The share of answers that are 5xx, for whoever is told of it. A metric without a value in a minute was not counted there,
# and is zero. The balancer's own 503 for want of a task is not among `requests`; its 502 and 504 are, and so count twice
# below the line: where every answer is one of those the share is 50 %, and where few are it is what it is to a hundredth.
locals {
  failing = {
    expression = "IF(FILL(requests, 0) + FILL(balancer, 0) > 20, 100 * (FILL(target, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0)), 0)"
    metrics    = { requests = "RequestCount", target = "HTTPCode_Target_5XX_Count", balancer = "HTTPCode_ELB_5XX_Count" }
  }
}

# What undoes a deployment. Narrower and quicker than what wakes a person: a new version that fails one request in
# fifty for two minutes was not better than the one before.
resource "aws_cloudwatch_metric_alarm" "failing" {
  alarm_name          = "${var.name}-deployment-failing"
  alarm_description   = "More than 2 % of the answers are 5xx: the deployment under way is undone. Runbook: docs/guides/ecs.md#a-deployment-was-undone"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "share"
    label       = "5xx in percent"
    expression  = local.failing.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.failing.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = { LoadBalancer = aws_lb.main.arn_suffix }
        stat        = "Sum"
        period      = 60
      }
    }
  }

  tags = { service = "api" }
}
