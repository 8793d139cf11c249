resource "aws_ecs_service" "main" {
  name                              = var.name
  cluster                           = var.cluster.arn
  task_definition                   = aws_ecs_task_definition.main.arn
  desired_count                     = var.scale.min
  propagate_tags                    = "SERVICE"
  enable_ecs_managed_tags           = true
  enable_execute_command            = false
  availability_zone_rebalancing     = "ENABLED"
  wait_for_steady_state             = var.wait
  health_check_grace_period_seconds = var.load_balancer == null ? null : 60

  # New tasks are well before old ones go.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_controller {
    type = "ECS"
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(var.rollback_alarm_names) > 0 ? [var.rollback_alarm_names] : []

    content {
      enable      = true
      rollback    = true
      alarm_names = alarms.value
    }
  }

  capacity_provider_strategy {
    capacity_provider = var.cluster.capacity_provider
    base              = 0
    weight            = 1
  }

  # Fargate spreads over the zones by itself.
  dynamic "ordered_placement_strategy" {
    for_each = var.cluster.launch == "ec2" ? ["attribute:ecs.availability-zone", "instanceId"] : []

    content {
      type  = "spread"
      field = ordered_placement_strategy.value
    }
  }

  dynamic "network_configuration" {
    for_each = local.bridged ? [] : [var.subnet_ids]

    content {
      subnets          = network_configuration.value
      security_groups  = aws_security_group.task[*].id
      assign_public_ip = false
    }
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.name
      container_port   = var.ports[load_balancer.value.port]
    }
  }

  dynamic "service_registries" {
    for_each = aws_service_discovery_service.main

    content {
      registry_arn = service_registries.value.arn
      # An A record carries no port.
      container_name = var.discovery.type == "SRV" ? var.name : null
      container_port = var.discovery.type == "SRV" ? var.ports[var.discovery.port] : null
    }
  }

  tags = local.tags

  # The autoscaler moves the number of tasks, and keeps a fixed one.
  lifecycle {
    ignore_changes = [desired_count]
  }

  # Without its permissions a task would fail at once, and the deployment with it.
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.task]
}

resource "aws_service_discovery_service" "main" {
  count = var.discovery == null ? 0 : 1

  name          = var.discovery.record
  description   = "Tasks of ${local.full_name}"
  force_destroy = true

  dns_config {
    namespace_id   = var.discovery.namespace_id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = var.discovery.type
      ttl  = 10
    }
  }

  # ECS itself says which tasks are well.
  health_check_custom_config {
    failure_threshold = 1
  }

  tags = local.tags
}

# Tasks with an address of their own have a group of their own; bridged ones share that of the instances.
resource "aws_security_group" "task" {
  count = local.bridged ? 0 : 1

  name        = local.full_name
  description = "Tasks of ${local.full_name}; the rules are made where both ends are known."
  vpc_id      = var.vpc_id

  tags = merge(local.tags, { Name = local.full_name })
}
