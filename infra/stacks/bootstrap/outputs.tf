output "state_bucket" {
  description = "Name of the bucket that holds the states."
  value       = aws_s3_bucket.state.bucket
}

output "role_arns" {
  description = "ARNs of the pipeline's roles."
  value       = module.access.role_arns
}

output "permissions_boundary_arn" {
  description = "What environments need as permissions_boundary_arn, so that the pipeline may make their roles."
  value       = module.access.boundary_arn
}

output "policies" {
  description = "What the deployer may do: policies as JSON, by name."
  value       = module.access.policies
}
