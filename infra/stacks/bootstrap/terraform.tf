terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Which bucket follows from the account and the region: scripts/deploy-ecs says it to `terraform init`.
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}
