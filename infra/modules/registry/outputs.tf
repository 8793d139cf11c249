output "repository_urls" {
  description = "Where images are pushed to and pulled from, by repository."
  value       = { for name, repository in aws_ecr_repository.main : name => repository.repository_url }
}

output "repository_arns" {
  description = "ARNs of the repositories, for whoever pushes."
  value       = { for name, repository in aws_ecr_repository.main : name => repository.arn }
}

output "registry_id" {
  description = "Account that holds the images."
  value       = values(aws_ecr_repository.main)[0].registry_id
}
