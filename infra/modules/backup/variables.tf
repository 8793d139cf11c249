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
    condition     = var.daily_retention_days >= 1
    error_message = "At least one day."
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

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the policy that bounds every role made here; none if null."
  default     = null
}
