variable "repositories" {
  type        = set(string)
  description = "Names of the repositories: the service's own, and mirrors of images that it runs beside."
  default     = ["larder"]

  validation {
    condition     = alltrue([for name in var.repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "Repository names are lower case letters and digits, with single . _ / - between."
  }
}

variable "pull_account_ids" {
  type        = set(string)
  description = "Accounts that may pull (and find) the images; the registry lives in an account of its own."

  validation {
    condition     = alltrue([for id in var.pull_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "An account id has twelve digits."
  }
}

variable "keep_images" {
  type        = number
  description = "Images kept in each repository; older ones go. Enough for every commit that may still be rolled back to."
  default     = 100

  validation {
    condition     = var.keep_images >= 10
    error_message = "Keep at least 10 images: what runs must never expire."
  }
}

variable "force_delete" {
  type        = bool
  description = "Whether a repository that still holds images may be destroyed."
  default     = false
}
