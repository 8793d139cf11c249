output "vault_name" {
  description = "Name of the vault."
  value       = aws_backup_vault.main.name
}

output "plan_id" {
  description = "Id of the plan."
  value       = aws_backup_plan.main.id
}
