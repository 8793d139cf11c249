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
    expression  = "IF(requests > 20, 100 * (target + balancer) / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      requests = "RequestCount"
      target   = "HTTPCode_Target_5XX_Count"
      balancer = "HTTPCode_ELB_5XX_Count"
    }

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
