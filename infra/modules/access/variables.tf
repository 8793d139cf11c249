variable "project" {
  type        = string
  description = "First part of every name that deployments give: what the deployer may touch."
  default     = "larder"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.project))
    error_message = "A project is 2 to 12 of a-z and 0-9, and begins with a letter."
  }
}

variable "state_bucket_arn" {
  type        = string
  description = "ARN of the bucket that holds the states."
}

variable "oidc_provider_arn" {
  type        = string
  description = "ARN of the identity provider of the pipeline, where the account has it already; made here if null."
  default     = null
}

variable "oidc_host" {
  type        = string
  description = "Host of the pipeline's identity provider."
  default     = "token.actions.githubusercontent.com"
}

variable "deploy_subjects" {
  type        = list(string)
  description = "Who may deploy, as the provider names it, such as repo:example/larder:environment:staging. No wildcard."

  validation {
    condition     = length(var.deploy_subjects) > 0 && alltrue([for subject in var.deploy_subjects : !strcontains(subject, "*")])
    error_message = "Name each who may deploy: with a wildcard, any branch of anybody could."
  }
}

variable "plan_subjects" {
  type        = list(string)
  description = "Who may plan but change nothing, such as repo:example/larder:environment:plan."
  default     = []
}

variable "renew_subjects" {
  type        = list(string)
  description = "Who may renew the roles' certificates and do nothing else, such as repo:example/larder:environment:staging-certificates."
  default     = []
}

variable "zone_ids" {
  type        = list(string)
  description = "Ids of the Route 53 zones in which records may be made."
  default     = []
}

variable "first_region" {
  type        = bool
  description = "Whether what an account has once is made here: the boundary of roles, and the pipeline's identity provider. False in each further region, which takes them as they are."
  default     = true
}
