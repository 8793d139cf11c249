variable "role" {
  type        = string
  description = "Which of the two roles of the one binary this is: api or store. Everything else follows."

  validation {
    condition     = contains(["api", "store"], var.role)
    error_message = "role is api or store."
  }
}

variable "prefix" {
  type        = string
  description = "Prefix of every name that this module gives, such as larder-dev."
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

variable "namespace" {
  type        = object({ id = string, name = string })
  description = "The private DNS namespace in which the store is found."
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
}

variable "repository_arn" {
  type        = string
  description = "ARN of the repository that the image is pulled from."
}

variable "table" {
  type        = object({ name = string, arn = string })
  description = "The table that the store keeps its items in."
}

variable "secret_arns" {
  type = object({
    tls = map(string)
    api = string
  })
  description = "ARNs of the secrets: by role, its certificate, key and CA (JSON: certificate, key, ca); and what only the api knows (JSON: secret, keys)."

  validation {
    condition     = toset(keys(var.secret_arns.tls)) == toset(["api", "store"])
    error_message = "secret_arns.tls names one secret for api and one for store."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the table, the secrets and the logs."
}

variable "stop" {
  type = object({
    linger_seconds = optional(number, 3)
    drain_seconds  = optional(number, 20)
  })
  description = "How long a process that was told to stop goes on taking traffic, and how long what is in flight may then take."
  default     = {}
}

variable "size" {
  type        = object({ cpu = number, memory = number })
  description = "CPU units (1024 are one core) and MiB of a task."
}

variable "scale" {
  type        = object({ min = number, max = number, cpu_target = optional(number, 60) })
  description = "How few and many tasks, and the percentage of CPU that is aimed at."
}

variable "target_group_arn" {
  type        = string
  description = "The target group that tasks of the api join."
}

variable "balancer_cidr" {
  type        = string
  description = "The network that the balancer's addresses are in, which the api believes when they say who asks."

  validation {
    condition     = can(cidrhost(var.balancer_cidr, 0))
    error_message = "A network is written like 10.40.0.0/16."
  }
}

variable "balancer_idle_seconds" {
  type        = number
  description = "How long the balancer leaves a connection open on which nothing comes."
  default     = 60
}

variable "rollback_alarm_names" {
  type        = list(string)
  description = "CloudWatch alarms that undo a deployment which sets them off."
  default     = []
}

variable "otlp_endpoint" {
  type        = string
  description = "Where traces go, such as http://collector.larder-dev.internal:4317; nowhere if null."
  default     = null
}

variable "settings" {
  type        = map(string)
  description = "More settings, by the names of docs/configuration.md, such as { \"log.filter\" = \"debug\" }. Both roles get them."
  default     = {}

  validation {
    condition     = alltrue([for key in keys(var.settings) : can(regex("^[a-z_]+(\\.[a-z_]+)*$", key))])
    error_message = "A setting is named as in docs/configuration.md: log.filter, not APP__LOG__FILTER."
  }
  # What follows from other variables: said here alone, the rest of the deployment would not know of it.
  validation {
    condition     = length([for key in keys(var.settings) : key if startswith(key, "shutdown.")]) == 0
    error_message = "The balancer and ECS have to know how a process stops: instead of shutdown.linger and shutdown.drain set stop = { linger_seconds = …, drain_seconds = … }."
  }
  validation {
    condition     = length([for key in keys(var.settings) : key if key == "role" || endswith(key, ".listen")]) == 0
    error_message = "The role and its ports are what rules, checks and records are made for: role, http.listen and admin.listen can't be set. Ports that callers see are the balancer's."
  }
  validation {
    condition     = length([for key in keys(var.settings) : key if startswith(key, "store.") && !contains(["store.dynamodb.connect_timeout", "store.dynamodb.attempt_timeout"], key)]) == 0
    error_message = "The store and its table are found by what was made: instead of store.* set table = { name = … } and region. Only store.dynamodb.connect_timeout and store.dynamodb.attempt_timeout can be set."
  }
  validation {
    condition     = length([for key in keys(var.settings) : key if contains(["http.tls", "admin.tls"], join(".", slice(split(".", "${key}.."), 0, 2))) || contains(["api.secret", "auth.keys"], trimsuffix(key, "_file"))]) == 0
    error_message = "Certificates and keys come from Secrets Manager: instead of *.tls.*, api.secret and auth.keys use scripts/secrets-ecs, or private_ca = true. The admin port has no TLS."
  }
  validation {
    condition     = try(tonumber(regex("^([0-9]+)(ms|s|m|h)$", lookup(var.settings, "http.idle", "75s"))[0]) * { ms = 0.001, s = 1, m = 60, h = 3600 }[regex("^([0-9]+)(ms|s|m|h)$", lookup(var.settings, "http.idle", "75s"))[1]], 0) > var.balancer_idle_seconds
    error_message = "The balancer has to be the one that closes, or calls that it sends at that moment are 502: http.idle is a time of more than ${var.balancer_idle_seconds} s, such as 75s."
  }
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
