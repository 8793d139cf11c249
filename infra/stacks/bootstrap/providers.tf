provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = var.project
      environment = "shared"
      service     = "bootstrap"
      owner       = var.owner
      cost-centre = var.cost_centre
      commit      = var.commit
    }
  }
}
