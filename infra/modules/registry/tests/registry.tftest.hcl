# Images: immutable, scanned, encrypted, pulled from other accounts, pushed from none of them.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111111111111:key/1" }
  }
}

variables {
  repositories     = ["larder", "mirror/collector"]
  pull_account_ids = ["222222222222", "333333333333"]
}

run "repositories" {
  assert {
    condition     = length(aws_ecr_repository.main) == 2 && alltrue([for r in aws_ecr_repository.main : r.image_tag_mutability == "IMMUTABLE"])
    error_message = "A tag never changes what it names."
  }
  assert {
    condition     = alltrue([for r in aws_ecr_repository.main : r.image_scanning_configuration[0].scan_on_push])
    error_message = "Each image is scanned."
  }
  assert {
    condition     = alltrue([for r in aws_ecr_repository.main : r.encryption_configuration[0].encryption_type == "KMS" && r.encryption_configuration[0].kms_key == aws_kms_key.images.arn]) && aws_kms_key.images.enable_key_rotation
    error_message = "Images are encrypted with a key that rotates."
  }
  assert {
    condition     = alltrue([for r in aws_ecr_repository.main : r.force_delete == false])
    error_message = "A repository with images is not destroyed unasked."
  }
  assert {
    condition     = alltrue([for p in aws_ecr_lifecycle_policy.main : jsondecode(p.policy).rules[0].selection.tagStatus == "untagged" && jsondecode(p.policy).rules[1].selection.countNumber == 100])
    error_message = "Rubbish goes, a hundred images stay."
  }
}

run "other_accounts_pull_and_no_more" {
  assert {
    condition     = jsondecode(aws_ecr_repository_policy.pull["larder"].policy).Statement[0].Principal.AWS == ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]
    error_message = "Just the named accounts pull."
  }
  assert {
    condition     = length([for action in jsondecode(aws_ecr_repository_policy.pull["larder"].policy).Statement[0].Action : action if length(regexall("Put|Upload|Delete|\\*", action)) > 0]) == 0
    error_message = "No other account pushes or deletes."
  }
  assert {
    condition     = contains(jsondecode(aws_ecr_repository_policy.pull["larder"].policy).Statement[0].Action, "ecr:DescribeImages")
    error_message = "The image is found by its tag, so that finding it must be allowed."
  }
}

run "alone" {
  variables { pull_account_ids = [] }

  assert {
    condition     = length(aws_ecr_repository_policy.pull) == 0
    error_message = "Without other accounts there is no policy."
  }
}

run "a_short_account_is_refused" {
  command = plan
  variables { pull_account_ids = ["12345"] }
  expect_failures = [var.pull_account_ids]
}
