variable "region" {
  type        = string
  description = "AWS region; that of the environment or the profile if null."
  default     = null
}

variable "project" {
  type        = string
  description = "First part of every name, and the tag that collates everything."
  default     = "larder"
}

variable "owner" {
  type        = string
  description = "Who is asked about it: a team, or its address."
}

variable "cost_centre" {
  type        = string
  description = "Who pays for it."
}

variable "commit" {
  type        = string
  description = "Commit that these files are of."
}

variable "deploy_subjects" {
  type        = list(string)
  description = "Who may deploy from a pipeline, such as repo:example/larder:environment:staging."
}

variable "plan_subjects" {
  type        = list(string)
  description = "Who may plan from a pipeline, such as repo:example/larder:environment:plan."
  default     = []
}

variable "renew_subjects" {
  type        = list(string)
  description = "Who may renew certificates from a pipeline, such as repo:example/larder:environment:staging-certificates."
  default     = []
}

variable "oidc_provider_arn" {
  type        = string
  description = "ARN of the pipeline's identity provider, where the account has it already."
  default     = null
}

variable "zone_names" {
  type        = set(string)
  description = "Route 53 zones in which deployments may make records."
  default     = []
}

variable "first_region" {
  type        = bool
  description = "Whether what an account has once is made here: the boundary of roles, and the pipeline's identity provider. False in each further region, which takes them as they are."
  default     = true
}
