data "aws_caller_identity" "me" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

locals {
  # Where each backup goes as well, in another region: none or one.
  copy_to = var.copy_to_vault_arn == null ? [] : [var.copy_to_vault_arn]
  there   = [for arn in local.copy_to : { partition = split(":", arn)[1], region = split(":", arn)[3], account = split(":", arn)[4] }]

  # Only AWS Backup takes these roles, and only for this account.
  assume = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.me.account_id } }
    }]
  })
}

# Point-in-time recovery goes with the table. These stay when the table is deleted, and can outlive the account's
# administrators.
resource "aws_backup_vault" "main" {
  name        = var.name
  kms_key_arn = var.kms_key_arn
  # AWS deletes no vault that holds a backup; with this, Terraform deletes them first.
  force_destroy = var.drop_backups
}

resource "aws_backup_vault_lock_configuration" "main" {
  count = var.lock == "none" ? 0 : 1

  backup_vault_name   = aws_backup_vault.main.name
  min_retention_days  = 1
  max_retention_days  = var.monthly_retention_days
  changeable_for_days = var.lock == "compliance" ? 3 : null
}

resource "aws_backup_vault_policy" "main" {
  backup_vault_name = aws_backup_vault.main.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "NoBackupLeavesTheAccount"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["backup:CopyFromBackupVault"]
      Resource  = "*"
      Condition = { StringNotEquals = { "aws:PrincipalAccount" = data.aws_caller_identity.me.account_id } }
    }]
  })
}

resource "aws_backup_plan" "main" {
  name = var.name

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 3 * * ? *)"
    start_window      = 60
    completion_window = 360

    lifecycle {
      delete_after = var.daily_retention_days
    }

    dynamic "copy_action" {
      for_each = local.copy_to

      content {
        destination_vault_arn = copy_action.value

        lifecycle {
          delete_after = var.daily_retention_days
        }
      }
    }
  }

  rule {
    rule_name         = "monthly"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 4 1 * ? *)"
    start_window      = 60
    completion_window = 360

    lifecycle {
      delete_after = var.monthly_retention_days
    }

    dynamic "copy_action" {
      for_each = local.copy_to

      content {
        destination_vault_arn = copy_action.value

        lifecycle {
          delete_after = var.monthly_retention_days
        }
      }
    }
  }
}

resource "aws_backup_selection" "main" {
  name         = var.name
  plan_id      = aws_backup_plan.main.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = var.resource_arns
}

# Roles are the account's, whatever region they are for: their names say which.
resource "aws_iam_role" "backup" {
  name                 = "${var.name}-${data.aws_region.here.name}-backup"
  assume_role_policy   = local.assume
  permissions_boundary = var.permissions_boundary_arn
}

# What a backup of a table needs; AWS's own policy for this would allow it for every kind of resource.
resource "aws_iam_role_policy" "backup" {
  name = "tables"
  role = aws_iam_role.backup.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "BackUp"
        Effect = "Allow"
        Action = [
          "dynamodb:CreateBackup",
          "dynamodb:DescribeTable",
          "dynamodb:ListTagsOfResource",
          "dynamodb:StartAwsBackupJob",
        ]
        Resource = var.resource_arns
      },
      {
        Sid      = "Keep"
        Effect   = "Allow"
        Action   = ["dynamodb:DeleteBackup", "dynamodb:DescribeBackup"]
        Resource = [for arn in var.resource_arns : "${arn}/backup/*"]
      },
      {
        Sid      = "IntoTheVault"
        Effect   = "Allow"
        Action   = ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"]
        Resource = aws_backup_vault.main.arn
      },
      {
        Sid      = "Encrypt"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
        Resource = var.kms_key_arn
      },
      {
        Sid       = "EncryptLater"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant"]
        Resource  = var.kms_key_arn
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
      ], flatten([for there in local.there : [
        {
          Sid      = "Copy"
          Effect   = "Allow"
          Action   = ["backup:CopyFromBackupVault"]
          Resource = aws_backup_vault.main.arn
        },
        {
          Sid      = "IntoTheOtherVault"
          Effect   = "Allow"
          Action   = ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"]
          Resource = var.copy_to_vault_arn
        },
        # That vault has a key of its own region, whose name only it knows.
        {
          Sid       = "EncryptThere"
          Effect    = "Allow"
          Action    = ["kms:DescribeKey", "kms:GenerateDataKey"]
          Resource  = "arn:${there.partition}:kms:${there.region}:${there.account}:key/*"
          Condition = { StringEquals = { "kms:ViaService" = "backup.${there.region}.amazonaws.com" } }
        },
        {
          Sid       = "EncryptThereLater"
          Effect    = "Allow"
          Action    = ["kms:CreateGrant"]
          Resource  = "arn:${there.partition}:kms:${there.region}:${there.account}:key/*"
          Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" }, StringEquals = { "kms:ViaService" = "backup.${there.region}.amazonaws.com" } }
        },
    ]]))
  })
}
