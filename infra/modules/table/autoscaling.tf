resource "aws_appautoscaling_target" "units" {
  for_each = local.autoscaled ? {
    Read  = { min = var.capacity.read, max = var.capacity.max_read }
    Write = { min = var.capacity.write, max = var.capacity.max_write }
  } : {}

  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.main.name}"
  scalable_dimension = "dynamodb:table:${each.key}CapacityUnits"
  min_capacity       = each.value.min
  max_capacity       = each.value.max

  tags = { service = "store" }
}

resource "aws_appautoscaling_policy" "units" {
  for_each = aws_appautoscaling_target.units

  name               = "${var.name}-${lower(each.key)}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = var.capacity.target

    predefined_metric_specification {
      predefined_metric_type = "DynamoDB${each.key}CapacityUtilization"
    }
  }
}
