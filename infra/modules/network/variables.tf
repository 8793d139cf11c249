variable "name" {
  type        = string
  description = "Prefix of every name that this module gives."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}$", var.name))
    error_message = "A name is 2 to 25 of a-z, 0-9 and -, and begins with a letter."
  }
}

variable "cidr" {
  type        = string
  description = "IPv4 range of the VPC; it is cut into sixteen, and each subnet takes one piece."
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.cidr, 4, 15)) && tonumber(split("/", var.cidr)[1]) <= 22
    error_message = "An IPv4 range of /22 or larger, such as 10.40.0.0/16."
  }
}

variable "ipv6" {
  type        = bool
  description = "Whether the public tier has IPv6, for callers; tasks have IPv4 only."
  default     = true
}

variable "zones" {
  type        = number
  description = "Availability zones to spread over."
  default     = 3

  validation {
    condition     = var.zones >= 2 && var.zones <= 4
    error_message = "Between 2 (a load balancer needs two) and 4 zones."
  }
}

variable "nat" {
  type        = string
  description = "Way out for private subnets: none (interface endpoints only), one (cheap, one zone's failure cuts it), per_zone."
  default     = "one"

  validation {
    condition     = contains(["none", "one", "per_zone"], var.nat)
    error_message = "nat is none, one or per_zone."
  }
}

variable "interface_endpoints" {
  type        = set(string)
  description = "AWS services reached inside the VPC instead of through NAT, such as ecr.api, ecr.dkr, logs, secretsmanager; each costs by the hour and zone."
  default     = []
}

variable "container_ports" {
  type        = set(number)
  description = "Ports on which tasks with an address of their own listen; the network ACL lets the VPC reach them."
  default     = []

  validation {
    condition     = alltrue([for port in var.container_ports : port > 1023 && port < 32768])
    error_message = "Container ports lie between 1024 and 32767; what is above is open to the VPC anyway."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days for which flow logs are kept."
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch knows only certain retentions, among them 7, 14, 30, 90 and 365 days."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the flow logs."
}

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the policy that bounds every role made here; none if null."
  default     = null
}
