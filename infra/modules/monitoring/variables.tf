variable "name" {
  type        = string
  description = "Prefix of every name that this module gives, such as larder-dev."
}

variable "cluster_name" {
  type        = string
  description = "Name of the cluster."
}

variable "service_names" {
  type        = map(string)
  description = "Name of each role's service in the cluster, by role."
}

variable "edge" {
  type = object({
    load_balancer = string
    target_group  = string
    web_acl       = string
    failing       = object({ expression = string, metrics = map(string) })
  })
  description = "What CloudWatch calls the balancer, its target group and the firewall; the share of 5xx, and the balancer's metrics that it is computed of."
}

variable "certificate_arn" {
  type        = string
  description = "ARN of the certificate that callers see."
}

variable "table" {
  type        = object({ name = string, provisioned = bool, read_units = optional(number, 0), write_units = optional(number, 0) })
  description = "The table, whether its capacity is provisioned, and which: 0 where it is on demand, or scaled by itself."
}

variable "backup" {
  type        = object({ vault = string, copied = bool })
  description = "Name of the vault that the table's backups are in, and whether they are copied to another region. None if null, and then their alarms are left out."
  default     = null
}

variable "insights" {
  type        = bool
  description = "Whether Container Insights counts the running tasks; without it their alarm is left out."
}

variable "tasks" {
  type = object({
    cluster = object({
      arn               = string
      name              = string
      capacity_provider = string
      launch            = string
      architecture      = string
    })
    namespace                = object({ id = string, name = string })
    vpc_id                   = string
    subnet_ids               = list(string)
    wait                     = bool
    permissions_boundary_arn = string
  })
  description = "Where the collector and the prober run: the outputs of the modules cluster and network."
}

variable "prober" {
  type        = object({ image = string, repository_arn = string, url = string, token_secret_arn = string })
  description = "The prober, which walks the happy paths all the time: the service's own image, the public URL, the secret with its token (JSON: token). None if null, and then its alarm is left out."
  default     = null
}

variable "collector" {
  type        = object({ image = string, repository_arn = string })
  description = "The OpenTelemetry collector, which scrapes the admin ports into Managed Prometheus and hands traces to X-Ray. None if null."
  default     = null
}

variable "alertmanager" {
  type        = bool
  description = "Whether Managed Prometheus sends its alerts to the topic; needs a collector."
  default     = true
}

variable "log_retention_days" {
  type        = number
  description = "Days for which logs are kept."
  default     = 30
}

variable "limits" {
  type = object({
    failing_percent      = optional(number, 1)
    slow_seconds         = optional(number, 1)
    cpu_percent          = optional(number, 85)
    memory_percent       = optional(number, 85)
    capacity_percent     = optional(number, 80)
    certificate_days     = optional(number, 21)
    refused_per_minute   = optional(number, 1000)
    prober_quiet_minutes = optional(number, 5)
  })
  description = "From where on something is told: share of 5xx, p99 in seconds, use of CPU, memory and of the table's capacity, days before a certificate ends, requests that the firewall refuses, minutes without a happy path."
  default     = {}
}

variable "emails" {
  type        = set(string)
  description = "Addresses that alarms go to; each has to confirm."
  default     = []
}

variable "runbooks_url" {
  type        = string
  description = "Where docs/runbooks can be read."
}

variable "grafana_url" {
  type        = string
  description = "Where Grafana with the dashboards is, for the links in alerts of Managed Prometheus; without it they have none."
  default     = null
}

variable "max_in_flight" {
  type        = number
  description = "Requests that a process works on at once: its setting admission.max_in_flight."
  default     = 1024
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the key that encrypts the topic."
}
