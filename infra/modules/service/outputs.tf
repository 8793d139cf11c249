output "name" {
  description = "Name of the service in its cluster."
  value       = aws_ecs_service.main.name
}

output "task_definition" {
  description = "ARN of the task definition that was planned, whatever ECS went back to since."
  value       = aws_ecs_task_definition.main.arn
}

output "containers" {
  description = "The container definitions as they are registered."
  value       = jsondecode(aws_ecs_task_definition.main.container_definitions)
}

output "task_role_arn" {
  description = "ARN of the role that the task itself has."
  value       = aws_iam_role.task.arn
}

output "task_policies" {
  description = "What the task itself may do, as registered: policies by name."
  value       = { for name, policy in aws_iam_role_policy.task : name => jsondecode(policy.policy) }
}

output "security_group_id" {
  description = "Id of the tasks' own security group; null for bridged ones."
  value       = one(aws_security_group.task[*].id)
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.main.name
}
