variable "name" {
  type        = string
  description = "Prefix of every name that this module gives, such as larder-dev."

  validation {
    condition     = length(var.name) <= 25
    error_message = "Load balancers have names of at most 32 characters, so that a prefix has at most 25."
  }
}

variable "vpc_id" {
  type        = string
  description = "Id of the VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Ids of the public subnets."

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A load balancer needs subnets in two zones."
  }
}

variable "domains" {
  type        = map(string)
  description = "Names under which the API is reached, each with the name of the Route 53 zone that it lies in, such as { \"items.example.com\" = \"example.com\" }."
  default     = {}

  validation {
    condition     = alltrue([for domain, zone in var.domains : domain == zone || endswith(domain, ".${zone}")])
    error_message = "A domain lies in its zone."
  }
}

variable "take_over_records" {
  type        = bool
  description = "Whether address records of these names that are there already, such as those of another region, are overwritten: callers come here from then on."
  default     = false
}

variable "certificate_arn" {
  type        = string
  description = "ARN of a certificate in ACM, where there is no domain; null with domains, whose certificate is made here."
  default     = null

  validation {
    condition     = (var.certificate_arn == null) == (length(var.domains) > 0)
    error_message = "Either domains or a certificate_arn."
  }
}

variable "ipv6" {
  type        = bool
  description = "Whether callers reach it over IPv6 too; the subnets have to have it."
  default     = true
}

variable "target_type" {
  type        = string
  description = "What the balancer sends to: instance (bridged tasks) or ip (tasks with an address of their own)."

  validation {
    condition     = contains(["instance", "ip"], var.target_type)
    error_message = "target_type is instance or ip."
  }
}

variable "port" {
  type        = number
  description = "Port of the api's traffic, where a task has an address of its own."
  default     = 8080
}

variable "deregistration_seconds" {
  type        = number
  description = "How long a task that leaves may go on with what it has: linger and drain."

  validation {
    condition     = var.deregistration_seconds >= 0 && var.deregistration_seconds <= 3600
    error_message = "Between 0 and 3600 seconds."
  }
}

variable "callers" {
  type        = object({ ipv4 = optional(list(string), ["0.0.0.0/0"]), ipv6 = optional(list(string), ["::/0"]) })
  description = "Ranges that may call: everybody by default. The prober may in any case."
  default     = {}
}

variable "prober_ranges" {
  type        = map(string)
  description = "Ranges that the prober comes from, by any name: it may call even where only some may."
  default     = {}
}

variable "rate_limit" {
  type        = number
  description = "Requests that one address may make in five minutes, before the firewall refuses it; the service's own limits are finer."
  default     = 100000

  validation {
    condition     = var.rate_limit >= 10 && var.rate_limit <= 2000000000
    error_message = "The firewall counts from 10 to 2000000000 requests."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days for which access logs and the firewall's log are kept."
  default     = 30
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the firewall's log."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the balancer can't be deleted, and its access logs must be emptied by hand before they are."
  default     = true
}
