provider "aws" {
  region = var.region

  # Whatever can carry tags carries these: cost is broken down by them, and all of it is found as one thing.
  default_tags {
    tags = local.tags
  }
}

locals {
  prefix = "${var.project}-${var.environment}"

  tags = {
    project     = var.project
    environment = var.environment
    service     = "shared"
    owner       = var.owner
    cost-centre = var.cost_centre
    commit      = var.commit
  }
}
