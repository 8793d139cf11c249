variable "name" {
  type        = string
  description = "Name of the cluster, and prefix of every name that this module gives."
}

variable "launch" {
  type        = string
  description = "What tasks run on: ec2 (instances of ours) or fargate."
  default     = "ec2"

  validation {
    condition     = contains(["ec2", "fargate"], var.launch)
    error_message = "launch is ec2 or fargate."
  }
}

variable "vpc_id" {
  type        = string
  description = "Id of the VPC in which the private DNS names hold."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Ids of the private subnets in which instances run."
}

variable "instances" {
  type = object({
    type         = optional(string, "t3a.medium")
    architecture = optional(string, "x86_64")
    system       = optional(string, "bottlerocket")
    min          = optional(number, 2)
    max          = optional(number, 6)
    volume_gib   = optional(number, 30)
  })
  description = "The instances, for launch = ec2: type, architecture (x86_64 or arm64), system (bottlerocket or al2023), how few and many, GiB for images and logs."
  default     = {}

  validation {
    condition     = contains(["x86_64", "arm64"], var.instances.architecture)
    error_message = "instances.architecture is x86_64 or arm64."
  }
  validation {
    condition     = contains(["bottlerocket", "al2023"], var.instances.system)
    error_message = "instances.system is bottlerocket or al2023."
  }
  validation {
    condition     = var.instances.min >= 1 && var.instances.max >= var.instances.min
    error_message = "At least one instance, and max not below min."
  }
}

variable "ami_parameter" {
  type        = string
  description = "SSM parameter that holds the image id, instead of the newest one that AWS publishes for the system."
  default     = null
}

variable "insights" {
  type        = string
  description = "Container Insights: enabled (the alarm on running tasks needs it), enhanced or disabled."
  default     = "enabled"

  validation {
    condition     = contains(["enabled", "enhanced", "disabled"], var.insights)
    error_message = "insights is enabled, enhanced or disabled."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the policy that bounds every role made here; none if null."
  default     = null
}
