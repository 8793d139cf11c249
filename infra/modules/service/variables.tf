variable "prefix" {
  type        = string
  description = "Prefix of every name that this module gives, such as larder-dev."
}

variable "name" {
  type        = string
  description = "Name of the service within the system, and of its container, such as api."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,12}$", var.name))
    error_message = "A service's name is 2 to 13 of a-z, 0-9 and -, and begins with a letter: with prefix and region it is in names of roles, of at most 64."
  }
}

variable "cluster" {
  type = object({
    arn               = string
    name              = string
    capacity_provider = string
    launch            = string
    architecture      = string
  })
  description = "Where to run: the output of the module cluster."
}

variable "network_mode" {
  type        = string
  description = "bridge (host ports that Docker picks) or awsvpc (an address of its own; Fargate knows nothing else)."
  default     = "bridge"

  validation {
    condition     = contains(["bridge", "awsvpc"], var.network_mode) && (var.cluster.launch == "ec2" || var.network_mode == "awsvpc")
    error_message = "network_mode is bridge or awsvpc; on Fargate it is awsvpc."
  }
}

variable "vpc_id" {
  type        = string
  description = "Id of the VPC."
}

variable "subnet_ids" {
  type        = list(string)
  description = "Ids of the private subnets, for tasks with an address of their own."
}

variable "image" {
  type        = string
  description = "The image, by digest."

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image is named by its digest: NAME@sha256:…"
  }
}

variable "repository_arn" {
  type        = string
  description = "ARN of the repository that the image is pulled from."
}

variable "command" {
  type        = list(string)
  description = "Arguments of the image's entry point."
}

variable "init_command" {
  type        = list(string)
  description = "Arguments of a run of the same image that has to end well before the container starts; none if null."
  default     = null
}

variable "environment" {
  type        = map(string)
  description = "Environment of the container, and of the run before it."
  default     = {}
}

variable "secrets" {
  type        = map(string)
  description = "Environment from Secrets Manager: name, and ARN:JSON-KEY:: of the secret."
  default     = {}
}

variable "secret_arns" {
  type        = list(string)
  description = "ARNs of the secrets that the execution role may read."
  default     = []
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts logs and secrets."
}

variable "ports" {
  type        = map(number)
  description = "Container ports by name."

  validation {
    condition     = alltrue([for port in values(var.ports) : port > 1023])
    error_message = "A container that is not root listens above 1023."
  }
}

variable "health_command" {
  type        = list(string)
  description = "Command by which the container says that it is well; none if null."
  default     = null
}

variable "size" {
  type = object({
    cpu    = number
    memory = number
  })
  description = "CPU units (1024 are one core) and MiB of a task."

  validation {
    condition     = var.size.cpu >= 128 && var.size.memory >= 128
    error_message = "A task has at least 128 CPU units and 128 MiB."
  }
}

variable "scale" {
  type = object({
    min        = number
    max        = number
    cpu_target = optional(number, 60)
  })
  description = "How few and many tasks, and the percentage of CPU that is aimed at; the same min and max mean a fixed number."

  validation {
    condition     = var.scale.min >= 0 && var.scale.max >= var.scale.min && var.scale.cpu_target >= 10 && var.scale.cpu_target <= 90
    error_message = "max is not below min, and cpu_target lies between 10 and 90 percent."
  }
}

variable "stop_timeout_seconds" {
  type        = number
  description = "How long a container that was told to stop may take."

  validation {
    condition     = var.stop_timeout_seconds >= 2 && var.stop_timeout_seconds <= 120
    error_message = "Fargate stops a container within 2 to 120 seconds."
  }
}

variable "load_balancer" {
  type = object({
    target_group_arn = string
    port             = string
  })
  description = "The target group that the tasks join, and the name of the port; none if null."
  default     = null
}

variable "discovery" {
  type = object({
    namespace_id = string
    record       = string
    port         = string
    type         = optional(string, "SRV")
  })
  description = "The record under which the tasks are found, and the name of the port that it carries; none if null."
  default     = null

  validation {
    condition     = var.discovery == null ? true : contains(["SRV", "A"], var.discovery.type) && (var.discovery.type == "SRV" || var.network_mode == "awsvpc")
    error_message = "discovery.type is SRV or A; A needs tasks with an address of their own."
  }
}

variable "task_policies" {
  type        = map(string)
  description = "What the task itself may do: policies as JSON, by name. Empty: nothing."
  default     = {}
}

variable "rollback_alarm_names" {
  type        = list(string)
  description = "CloudWatch alarms that undo a deployment which sets them off."
  default     = []
}

variable "log_retention_days" {
  type        = number
  description = "Days for which logs are kept."
  default     = 30
}

variable "wait" {
  type        = bool
  description = "Whether an apply waits until the new tasks are stable."
  default     = true
}

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the policy that bounds every role made here; none if null."
  default     = null
}
