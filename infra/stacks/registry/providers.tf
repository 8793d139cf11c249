provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = var.project
      environment = "shared"
      service     = "registry"
      owner       = var.owner
      cost-centre = var.cost_centre
      commit      = var.commit
    }
  }
}
