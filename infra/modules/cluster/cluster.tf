resource "aws_ecs_cluster" "main" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.insights
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = [local.capacity_provider]

  default_capacity_provider_strategy {
    capacity_provider = local.capacity_provider
    weight            = 1
  }
}

# Tasks find each other here: the store's SRV records carry the host ports that Docker gave.
resource "aws_service_discovery_private_dns_namespace" "main" {
  name        = "${var.name}.internal"
  description = "Tasks of ${var.name}"
  vpc         = var.vpc_id
}

locals {
  ec2               = var.launch == "ec2"
  capacity_provider = local.ec2 ? aws_ecs_capacity_provider.instances[0].name : "FARGATE"
}
