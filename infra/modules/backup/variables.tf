variable "name" {
  type        = string
  description = "Prefix of every name that this module gives."
}

variable "resource_arns" {
  type        = list(string)
  description = "ARNs of what is backed up."

  validation {
    condition     = length(var.resource_arns) > 0
    error_message = "A plan that backs up nothing looks like a backup and is none."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the backups."
}

variable "daily_retention_days" {
  type        = number
  description = "Days for which a day's backup is kept."
  default     = 35

  validation {
    condition     = var.daily_retention_days >= 1 && var.daily_retention_days <= var.monthly_retention_days
    error_message = "At least one day, and no longer than a month's backup is kept: a locked vault takes none that stays longer."
  }
}

variable "monthly_retention_days" {
  type        = number
  description = "Days for which a month's backup is kept; longer than point-in-time recovery reaches."
  default     = 365

  validation {
    condition     = var.monthly_retention_days >= 90
    error_message = "At least 90 days: shorter, and the daily ones would do."
  }
}

variable "lock" {
  type        = string
  description = "Who may delete a backup early: none (whoever has the right), governance (nobody without a special one), compliance (nobody at all, AWS included, three days after the vault was locked)."
  default     = "none"

  validation {
    condition     = contains(["none", "governance", "compliance"], var.lock)
    error_message = "lock is none, governance or compliance."
  }
}

variable "copy_to_vault_arn" {
  type        = string
  description = "ARN of a vault in another region that each backup is copied to, for when this region is away; none if null."
  default     = null

  validation {
    condition     = var.copy_to_vault_arn == null || can(regex("^arn:[a-z-]+:backup:[a-z0-9-]+:[0-9]{12}:backup-vault:.+$", var.copy_to_vault_arn))
    error_message = "A vault is named like arn:aws:backup:eu-central-1:123456789012:backup-vault:copies."
  }
}

variable "drop_backups" {
  type        = bool
  description = "Whether the backups go when the vault does; otherwise a vault that holds one can't be destroyed."
  default     = false
}

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the policy that bounds every role made here; none if null."
  default     = null
}
