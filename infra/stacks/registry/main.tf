# In an account of its own: environments come and go, images stay, and no environment can change what another one runs.
module "registry" {
  source = "../../modules/registry"

  repositories     = var.repositories
  pull_account_ids = var.pull_account_ids
  keep_images      = var.keep_images
  force_delete     = var.force_delete
}
