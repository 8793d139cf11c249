output "role_arns" {
  description = "ARNs of the pipeline's roles: deploy, and plan and renew where there are such."
  value       = { for name, role in aws_iam_role.pipeline : name => role.arn }
}

output "boundary_arn" {
  description = "ARN of the policy that bounds every role which a deployment makes."
  value       = local.boundary_arn
}

output "policies" {
  description = "What the deployer may do: policies as JSON, by name."
  value       = local.policies
}
