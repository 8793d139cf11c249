variable "name" {
  type        = string
  description = "Name of the table."

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.name))
    error_message = "A table's name is 3 to 255 letters, digits, _, - and dots."
  }
}

variable "capacity" {
  type = object({
    mode      = optional(string, "provisioned")
    read      = optional(number, 25)
    write     = optional(number, 25)
    max_read  = optional(number, 400)
    max_write = optional(number, 400)
    target    = optional(number, 70)
  })
  description = "How the table is paid for. provisioned: read and write units by the hour (25 and 25 are the free tier's); autoscaled: between those and max_read, max_write, at a utilisation of target percent; on_demand: by the request, at most max_read and max_write a second."
  default     = {}

  validation {
    condition     = contains(["provisioned", "autoscaled", "on_demand"], var.capacity.mode)
    error_message = "capacity.mode is provisioned, autoscaled or on_demand."
  }
  validation {
    condition     = alltrue([for units in [var.capacity.read, var.capacity.write] : units >= 1 && units <= 40000 && floor(units) == units])
    error_message = "Capacity units are whole numbers from 1 to 40000."
  }
  validation {
    condition     = var.capacity.mode == "provisioned" || (var.capacity.max_read >= var.capacity.read && var.capacity.max_write >= var.capacity.write)
    error_message = "The largest capacity is not below the smallest."
  }
  validation {
    condition     = var.capacity.target >= 20 && var.capacity.target <= 90
    error_message = "DynamoDB follows a utilisation between 20 and 90 percent."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the table."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the table can't be deleted, by Terraform or by hand."
  default     = true
}

variable "recovery_days" {
  type        = number
  description = "Days that point-in-time recovery reaches back."
  default     = 35

  validation {
    condition     = var.recovery_days >= 1 && var.recovery_days <= 35
    error_message = "Point-in-time recovery reaches back 1 to 35 days."
  }
}

variable "contributor_insights" {
  type        = bool
  description = "Whether CloudWatch tells the hottest keys (costs by the event)."
  default     = false
}

variable "item_access_arns" {
  type        = list(string)
  description = "ARNs of the roles that may touch items; whoever else in the account has dynamodb:* is refused. Empty: the table has no policy of its own."
  default     = []
}
