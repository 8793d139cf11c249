# What a backup is restored by: scripts/restore-table hands this role to AWS Backup, which has a new table made.
locals {
  # The environment's tables, and those that a restore makes beside them.
  tables = flatten([for arn in distinct(concat(var.resource_arns, ["${local.here}:table/${var.name}"])) : [arn, "${arn}-*"]])
  here   = "arn:${data.aws_partition.here.partition}:dynamodb:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}"
}

resource "aws_iam_role" "restore" {
  name                 = "${var.name}-${data.aws_region.here.name}-restore"
  assume_role_policy   = local.assume
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "restore" {
  name = "tables"
  role = aws_iam_role.restore.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # AWS asks for the rights on items of the table that it fills as well.
      {
        Sid    = "RestoreAndFill"
        Effect = "Allow"
        Action = formatlist("dynamodb:%s", [
          "BatchWriteItem", "DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "RestoreTableFromAwsBackup", "RestoreTableFromBackup", "Scan", "UpdateItem",
        ])
        Resource = local.tables
      },
      # Backups that DynamoDB itself keeps, where the account has not turned on that AWS Backup does.
      {
        Sid      = "ReadTheTablesBackups"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeBackup", "dynamodb:RestoreTableFromBackup"]
        Resource = [for arn in local.tables : "${arn}/backup/*"]
      },
      {
        Sid      = "Encrypt"
        Effect   = "Allow"
        Action   = formatlist("kms:%s", ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"])
        Resource = var.kms_key_arn
      },
      {
        Sid       = "EncryptLater"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant"]
        Resource  = var.kms_key_arn
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
      # A vault that holds copies from another region has a key of its own, whose name only it knows.
      {
        Sid       = "ReadCopies"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "${replace(local.here, ":dynamodb:", ":kms:")}:key/*"
        Condition = { StringEquals = { "kms:ViaService" = "backup.${data.aws_region.here.name}.amazonaws.com" } }
      },
    ]
  })
}
