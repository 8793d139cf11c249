variable "region" {
  type        = string
  description = "AWS region; that of the environment or the profile if null."
  default     = null
}

variable "project" {
  type        = string
  description = "First part of every name, and the tag that collates everything."
  default     = "larder"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.project))
    error_message = "A project is 2 to 12 of a-z and 0-9, and begins with a letter."
  }
}

variable "environment" {
  type        = string
  description = "Second part of every name, such as dev or prod."

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "An environment is 2 to 12 of a-z and 0-9, and begins with a letter."
  }
}

variable "owner" {
  type        = string
  description = "Who is asked about it: a team, or its address."

  validation {
    condition     = length(trimspace(var.owner)) > 0
    error_message = "Somebody owns it."
  }
}

variable "cost_centre" {
  type        = string
  description = "Who pays for it."

  validation {
    condition     = length(trimspace(var.cost_centre)) > 0
    error_message = "Somebody pays for it."
  }
}

variable "commit" {
  type        = string
  description = "Commit that is deployed; also the tag of its image."

  validation {
    condition     = can(regex("^[0-9a-f]{40}(-[0-9a-f]{12})?$", var.commit))
    error_message = "A commit has forty hex digits (and twelve more for what was not committed)."
  }
}

variable "registry" {
  type = object({
    account_id = optional(string)
    repository = optional(string, "larder")
  })
  description = "Account that holds the images (this one if null), and the repository of the service."
  default     = {}
}

variable "network" {
  type = object({
    cidr                = optional(string, "10.40.0.0/16")
    ipv6                = optional(bool, true)
    zones               = optional(number, 3)
    nat                 = optional(string, "one")
    interface_endpoints = optional(set(string), [])
  })
  description = "The VPC: its range, whether callers have IPv6, how many zones, the way out (none, one, per_zone), AWS services that are reached inside instead."
  default     = {}

  # Without a way out, everything that starting a task needs has to be inside.
  validation {
    condition     = var.network.nat != "none" || length(setsubtract(["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager"], var.network.interface_endpoints)) == 0
    error_message = "With nat = none, interface_endpoints need ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry, logs and secretsmanager."
  }
}

variable "launch" {
  type        = string
  description = "What tasks run on: ec2 (bridge mode, host ports that Docker picks) or fargate."
  default     = "ec2"
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
  description = "The instances, for launch = ec2."
  default     = {}
}

variable "ami_parameter" {
  type        = string
  description = "SSM parameter that holds the image id of the instances, instead of the newest one that AWS publishes."
  default     = null
}

variable "insights" {
  type        = string
  description = "Container Insights: enabled, enhanced or disabled."
  default     = "enabled"
}

variable "roles" {
  type = object({
    api = optional(object({
      cpu        = optional(number, 256)
      memory     = optional(number, 512)
      min        = optional(number, 2)
      max        = optional(number, 6)
      cpu_target = optional(number, 60)
    }), {})
    store = optional(object({
      cpu        = optional(number, 512)
      memory     = optional(number, 1024)
      min        = optional(number, 2)
      max        = optional(number, 6)
      cpu_target = optional(number, 60)
    }), {})
  })
  description = "For each role: CPU units and MiB of a task, how few and many tasks, the percentage of CPU that is aimed at."
  default     = {}
}

variable "stop" {
  type        = object({ linger_seconds = optional(number, 3), drain_seconds = optional(number, 20) })
  description = "How long a process that was told to stop goes on taking traffic, and how long what is in flight may then take."
  default     = {}
}

variable "settings" {
  type        = map(string)
  description = "More settings for both roles, by the names of docs/configuration.md, but for those that follow from other variables: role, shutdown.*, *.listen, store.*, *.tls.*, api.secret, auth.keys."
  default     = {}
}

variable "table" {
  type = object({
    name = optional(string)
    capacity = optional(object({
      mode      = optional(string, "provisioned")
      read      = optional(number, 25)
      write     = optional(number, 25)
      max_read  = optional(number, 400)
      max_write = optional(number, 400)
      target    = optional(number, 70)
    }), {})
    recovery_days        = optional(number, 35)
    contributor_insights = optional(bool, false)
    extra_access_arns    = optional(list(string), [])
  })
  description = "The table: its name (project-environment if null), how it is paid for, days of recovery, whether hot keys are told, roles that may touch items besides the store."
  default     = {}
}

variable "domains" {
  type        = map(string)
  description = "Names under which the API is reached, each with the name of its Route 53 zone."
  default     = {}
}

variable "take_over_records" {
  type        = bool
  description = "Whether address records of these names that are there already, such as those of another region, are overwritten: callers come here from then on."
  default     = false
}

variable "certificate_arn" {
  type        = string
  description = "ARN of a certificate in ACM, where there is no domain; scripts/secrets-ecs imports one."
  default     = null
}

variable "callers" {
  type        = object({ ipv4 = optional(list(string), ["0.0.0.0/0"]), ipv6 = optional(list(string), ["::/0"]) })
  description = "Ranges that may call: everybody by default. The prober may in any case."
  default     = {}
}

variable "rate_limit" {
  type        = number
  description = "Requests that one address may make in five minutes, before the firewall refuses it."
  default     = 100000
}

variable "private_ca" {
  type        = bool
  description = "Whether certificates between the roles come from AWS Private CA (400 USD a month) instead of `app pki`."
  default     = false
}

variable "collector_tag" {
  type        = string
  description = "Tag of the OpenTelemetry collector's image in the repository mirror/collector; without it there are neither traces nor Managed Prometheus. Needs a way to both."
  default     = null

  # Where its tasks are on instances, it asks EC2 for their addresses.
  validation {
    condition     = var.collector_tag == null || var.network.nat != "none" || length(setsubtract(concat(["aps-workspaces", "xray"], var.launch == "ec2" ? ["ec2"] : []), var.network.interface_endpoints)) == 0
    error_message = "With nat = none, the collector needs aps-workspaces and xray among interface_endpoints, and ec2 for launch = ec2."
  }
}

variable "alertmanager" {
  type        = bool
  description = "Whether Managed Prometheus sends its alerts to the topic; needs a collector."
  default     = true
}

variable "prober" {
  type        = bool
  description = "Whether the happy paths are walked all the time. Needs a domain (its certificate has to be a public one) and a way out."
  default     = false

  validation {
    condition     = !var.prober || (length(var.domains) > 0 && var.network.nat != "none")
    error_message = "The prober needs a domain, and NAT to reach it."
  }
}

variable "alarm_limits" {
  type        = map(number)
  description = "From where on alarms fire, by the names in modules/monitoring, such as { slow_seconds = 0.5 }."
  default     = {}
}

variable "alarm_emails" {
  type        = set(string)
  description = "Addresses that alarms go to; each has to confirm."
  default     = []
}

variable "runbooks_url" {
  type        = string
  description = "Where docs/runbooks can be read."
  default     = "https://larder.example/docs/runbooks"
}

variable "grafana_url" {
  type        = string
  description = "Where Grafana with the dashboards is, for the links in alerts of Managed Prometheus; without it they have none."
  default     = null
}

variable "backup" {
  type = object({
    enabled                = optional(bool, true)
    daily_retention_days   = optional(number, 35)
    monthly_retention_days = optional(number, 365)
    lock                   = optional(string, "none")
    copy_to_vault_arn      = optional(string)
  })
  description = "AWS Backup: how long a day's and a month's are kept, who may delete them early (none, governance, compliance), the vault in another region that they are copied to."
  default     = {}
}

variable "log_retention_days" {
  type        = number
  description = "Days for which logs are kept."
  default     = 30
}

variable "protect" {
  type        = bool
  description = "Whether table and balancer can't be deleted, and secrets can be recovered for a week; `just destroy-ecs` turns it off."
  default     = true
}

variable "drop_backups" {
  type        = bool
  description = "Whether the backups may go with their vault; `just destroy-ecs NAME --with-backups` says so, and nothing else should."
  default     = false

  validation {
    condition     = !var.drop_backups || !var.protect
    error_message = "What is protected keeps its backups: drop_backups needs protect = false."
  }
}

variable "wait" {
  type        = bool
  description = "Whether an apply waits until the new tasks are stable."
  default     = true
}

variable "permissions_boundary_arn" {
  type        = string
  description = "ARN of the policy that bounds every role made here, which the stack bootstrap makes; none if null."
  default     = null
}
