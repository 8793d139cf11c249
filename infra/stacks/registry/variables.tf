variable "region" {
  type        = string
  description = "AWS region; that of the environment or the profile if null."
  default     = null
}

variable "project" {
  type        = string
  description = "The tag that collates everything."
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

variable "repositories" {
  type        = set(string)
  description = "The service's repository, and mirrors of images that run beside it."
  default     = ["larder", "mirror/collector"]
}

variable "pull_account_ids" {
  type        = set(string)
  description = "Accounts in which environments run; they may pull."
  default     = []
}

variable "keep_images" {
  type        = number
  description = "Images kept in each repository."
  default     = 100
}

variable "force_delete" {
  type        = bool
  description = "Whether a repository that still holds images may be destroyed."
  default     = false
}
