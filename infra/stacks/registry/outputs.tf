output "repository_urls" {
  description = "Where images are pushed to and pulled from, by repository."
  value       = module.registry.repository_urls
}

output "registry_id" {
  description = "Account that holds the images."
  value       = module.registry.registry_id
}
