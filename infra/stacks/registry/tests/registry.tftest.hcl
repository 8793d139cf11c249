# The stack hands on what it is told.
mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111111111111:key/1" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { repository_url = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/some", registry_id = "111111111111" }
  }
}

variables {
  owner            = "team"
  cost_centre      = "4711"
  commit           = "0123456789abcdef0123456789abcdef01234567"
  pull_account_ids = ["222222222222"]
}

run "repositories" {
  assert {
    condition     = toset(keys(output.repository_urls)) == toset(["larder", "mirror/collector"])
    error_message = "The service's repository, and the collector's mirror."
  }
  assert {
    condition     = output.registry_id == "111111111111"
    error_message = "Environments are told which account to pull from."
  }
}
