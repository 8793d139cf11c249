output "cluster" {
  description = "What a service needs to run here: ARN and name of the cluster, its capacity provider, what tasks run on."
  value = {
    arn               = aws_ecs_cluster.main.arn
    name              = aws_ecs_cluster.main.name
    capacity_provider = local.capacity_provider
    launch            = var.launch
    architecture      = var.instances.architecture
  }
  # A service can only be made once its capacity provider belongs to the cluster.
  depends_on = [aws_ecs_cluster_capacity_providers.main]
}

output "namespace" {
  description = "The private DNS namespace: id and name."
  value = {
    id   = aws_service_discovery_private_dns_namespace.main.id
    name = aws_service_discovery_private_dns_namespace.main.name
  }
}

output "instance_security_group_id" {
  description = "Id of the security group of the instances; null on Fargate."
  value       = one(aws_security_group.instances[*].id)
}

output "autoscaling_group_name" {
  description = "Name of the group of instances; null on Fargate."
  value       = one(aws_autoscaling_group.instances[*].name)
}
