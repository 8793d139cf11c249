output "url" {
  description = "Where the API answers."
  value       = module.edge.url
}

output "image" {
  description = "The image that runs."
  value       = local.image.image
}

output "cluster" {
  description = "Name of the cluster."
  value       = module.cluster.cluster.name
}

output "services" {
  description = "Names of the services of the roles, by role."
  value       = { for role, service in module.role : role => service.service_name }
}

output "task_definitions" {
  description = "ARNs of the task definitions that were planned, by service: what runs is another one where ECS undid the deployment."
  value       = merge({ for service in module.role : service.service_name => service.task_definition }, module.monitoring.task_definitions)
}

output "table" {
  description = "Name of the table."
  value       = module.table.name
}

output "secrets" {
  description = "Names of the secrets, by what they are for."
  value       = { for name, secret in aws_secretsmanager_secret.main : name => secret.name }
}

output "private_certificate_arns" {
  description = "Certificates of the roles that AWS Private CA made, by role; none without it."
  value       = { for role, certificate in aws_acm_certificate.role : role => certificate.arn }
}

output "ports" {
  description = "Container ports of each role, by name."
  value       = { for role, service in module.role : role => service.ports }
}

output "containers" {
  description = "Container definitions as they are registered, by role."
  value       = { for role, service in module.role : role => service.containers }
}

output "deregistration_seconds" {
  description = "How long the balancer leaves a task that goes."
  value       = ceil(var.stop.linger_seconds) + var.stop.drain_seconds
}

output "commit" {
  description = "Commit that is deployed."
  value       = var.commit
}

output "certificate_arn" {
  description = "ARN of the certificate that callers see."
  value       = module.edge.certificate_arn
}
