# Backups that are made by themselves, end, and can be put out of everybody's reach.
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
  mock_resource "aws_backup_vault" {
    defaults = { arn = "arn:aws:backup:eu-west-1:123456789012:backup-vault:larder-dev" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/larder-dev-backup" }
  }
}

variables {
  name          = "larder-dev"
  resource_arns = ["arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev"]
  kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/1"
}

run "the_plan" {
  assert {
    condition     = { for rule in aws_backup_plan.main.rule : rule.rule_name => one(rule.lifecycle).delete_after } == { daily = 35, monthly = 365 }
    error_message = "A backup a day for five weeks, one a month for a year."
  }
  assert {
    condition     = aws_backup_selection.main.resources == toset(var.resource_arns)
    error_message = "The table is backed up."
  }
  assert {
    condition     = aws_backup_vault.main.kms_key_arn == var.kms_key_arn
    error_message = "Backups are encrypted with our own key."
  }
  assert {
    condition     = !aws_backup_vault.main.force_destroy
    error_message = "Backups don't go because something else goes."
  }
  assert {
    condition     = length(aws_backup_vault_lock_configuration.main) == 0
    error_message = "A lock is somebody's decision."
  }
  assert {
    condition     = alltrue([for s in jsondecode(aws_iam_role_policy.backup.policy).Statement : s.Resource != "*" && s.Resource != ["*"]])
    error_message = "The role is bound to this table, vault and key."
  }
  assert {
    condition     = contains([for s in jsondecode(aws_backup_vault_policy.main.policy).Statement : s.Effect if s.Sid == "NoBackupLeavesTheAccount"], "Deny")
    error_message = "Backups don't leave the account."
  }
  assert {
    condition     = aws_iam_role.backup.name == "larder-dev-eu-west-1-backup"
    error_message = "The same environment in another region has a role of its own."
  }
}

run "restores" {
  assert {
    condition     = aws_iam_role.restore.name == "larder-dev-eu-west-1-restore" && strcontains(file("${path.module}/../../../scripts/restore-table"), "\"$PREFIX-$AWS_REGION-restore\"")
    error_message = "The role is the one that scripts/restore-table asks for."
  }
  assert {
    condition     = jsondecode(aws_iam_role.restore.assume_role_policy).Statement[0].Principal == { Service = "backup.amazonaws.com" } && jsondecode(aws_iam_role.restore.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only AWS Backup takes it, for this account."
  }
  assert {
    condition     = toset(flatten([for s in jsondecode(aws_iam_role_policy.restore.policy).Statement : s.Resource if contains(s.Action, "dynamodb:RestoreTableFromAwsBackup")])) == toset(["arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev", "arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev-*"])
    error_message = "It fills tables of this environment, and no other."
  }
  assert {
    condition     = alltrue([for s in jsondecode(aws_iam_role_policy.restore.policy).Statement : s.Resource == var.kms_key_arn || try(s.Condition.StringEquals["kms:ViaService"], "") == "backup.eu-west-1.amazonaws.com" if startswith(s.Action[0], "kms:")])
    error_message = "Other keys than the environment's are used by AWS Backup only."
  }
  assert {
    condition = length([for action in flatten([for s in jsondecode(aws_iam_role_policy.restore.policy).Statement : s.Action]) : action
    if !strcontains(file("${path.module}/../access/boundary.tf"), "\"${action}\"") && !startswith(action, "dynamodb:Describe")]) == 0
    error_message = "The boundary of roles leaves the role all that it is to do."
  }
}

run "a_table_of_another_name_is_restored" {
  variables { resource_arns = ["arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev-restored"] }

  assert {
    condition = length(setsubtract(["larder-dev", "larder-dev-*"],
    [for arn in flatten([for s in jsondecode(aws_iam_role_policy.restore.policy).Statement : s.Resource if contains(s.Action, "dynamodb:RestoreTableFromAwsBackup")]) : split("/", arn)[1]])) == 0
    error_message = "What was restored once can be restored again, under the name of before too."
  }
}

run "dropped_when_that_is_said" {
  variables { drop_backups = true }

  assert {
    condition     = aws_backup_vault.main.force_destroy
    error_message = "A vault that holds backups can be destroyed by whoever says so."
  }
}

run "copied_to_another_region" {
  variables { copy_to_vault_arn = "arn:aws:backup:eu-central-1:123456789012:backup-vault:copies" }

  assert {
    condition     = alltrue([for rule in aws_backup_plan.main.rule : one(rule.copy_action).destination_vault_arn == var.copy_to_vault_arn && one(one(rule.copy_action).lifecycle).delete_after == one(rule.lifecycle).delete_after])
    error_message = "Each backup is copied, and kept there as long as here."
  }
  assert {
    condition     = { for s in jsondecode(aws_iam_role_policy.backup.policy).Statement : s.Sid => s.Resource if startswith(s.Sid, "Copy") || s.Sid == "IntoTheOtherVault" } == { Copy = aws_backup_vault.main.arn, IntoTheOtherVault = var.copy_to_vault_arn }
    error_message = "The role copies out of this vault into that one."
  }
  assert {
    condition     = alltrue([for s in jsondecode(aws_iam_role_policy.backup.policy).Statement : s.Resource == "arn:aws:kms:eu-central-1:123456789012:key/*" && s.Condition.StringEquals["kms:ViaService"] == "backup.eu-central-1.amazonaws.com" if startswith(s.Sid, "EncryptThere")])
    error_message = "Keys of the other region are used by AWS Backup only."
  }
  assert {
    condition = length(setsubtract(flatten([for s in jsondecode(aws_iam_role_policy.backup.policy).Statement : s.Action]),
    flatten([for action in flatten([for s in jsondecode(aws_iam_role_policy.backup.policy).Statement : s.Action]) : action if strcontains(file("${path.module}/../access/boundary.tf"), "\"${action}\"") || startswith(action, "dynamodb:Describe")]))) == 0
    error_message = "The boundary of roles leaves the role all that it is to do."
  }
}

run "copied_nowhere_unasked" {
  assert {
    condition     = alltrue([for rule in aws_backup_plan.main.rule : length(rule.copy_action) == 0]) && !strcontains(aws_iam_role_policy.backup.policy, "CopyFromBackupVault")
    error_message = "A copy costs, so that none is made unasked."
  }
}

run "a_vault_that_is_none_is_refused" {
  command = plan
  variables { copy_to_vault_arn = "copies" }
  expect_failures = [var.copy_to_vault_arn]
}

run "locked_for_good" {
  variables { lock = "compliance" }

  assert {
    condition     = aws_backup_vault_lock_configuration.main[0].changeable_for_days == 3 && aws_backup_vault_lock_configuration.main[0].max_retention_days == 365
    error_message = "Three days to think again, then nobody can."
  }
}

run "longer_than_the_lock_allows_is_refused" {
  command = plan
  variables {
    lock                   = "governance"
    daily_retention_days   = 91
    monthly_retention_days = 90
  }
  expect_failures = [var.daily_retention_days]
}

run "governed" {
  variables { lock = "governance" }

  assert {
    condition     = aws_backup_vault_lock_configuration.main[0].changeable_for_days == null
    error_message = "A governed vault can be unlocked by who has the right."
  }
}

run "nothing_to_back_up_is_refused" {
  command = plan
  variables { resource_arns = [] }
  expect_failures = [var.resource_arns]
}
