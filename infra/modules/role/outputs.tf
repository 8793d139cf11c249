output "service_name" {
  description = "Name of the service in its cluster."
  value       = module.service.name
}

output "task_definition" {
  description = "ARN of the task definition that was planned."
  value       = module.service.task_definition
}

output "containers" {
  description = "The container definitions as they are registered."
  value       = module.service.containers
}

output "ports" {
  description = "Container ports by name."
  value       = local.mine.ports
}

output "task_role_arn" {
  description = "ARN of the role that the task itself has."
  value       = module.service.task_role_arn
}

output "task_policies" {
  description = "What the task itself may do: policies by name."
  value       = module.service.task_policies
}

output "security_group_id" {
  description = "Id of the tasks' own security group; null for bridged ones."
  value       = module.service.security_group_id
}

output "log_group_name" {
  description = "Name of the log group."
  value       = module.service.log_group_name
}
