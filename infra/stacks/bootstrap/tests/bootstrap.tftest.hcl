# What is there before anything else: a place for states, and somebody who may deploy.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/some" }
  }
}

variables {
  owner           = "team"
  cost_centre     = "4711"
  commit          = "0123456789abcdef0123456789abcdef01234567"
  deploy_subjects = ["repo:example/larder:environment:staging"]
  # Nothing here may be applied in a test that could not be destroyed again.
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
}

run "the_state" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "larder-state-123456789012-eu-west-1"
    error_message = "The bucket's name follows from account and region, so that scripts find it."
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "A state can be taken back."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "States are encrypted."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.state.block_public_acls && aws_s3_bucket_public_access_block.state.restrict_public_buckets && aws_s3_bucket_public_access_block.state.block_public_policy && aws_s3_bucket_public_access_block.state.ignore_public_acls
    error_message = "States are nobody else's."
  }
  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.state.rule[0].noncurrent_version_expiration).noncurrent_days == 365
    error_message = "A state of a year ago can still be looked at."
  }
}
