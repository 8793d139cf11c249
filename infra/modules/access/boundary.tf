# The most that a role can ever do which a deployment makes. Whoever may make roles could otherwise make one that may
# everything. It is the same in each region, and the account has it once.
resource "aws_iam_policy" "boundary" {
  count = var.first_region ? 1 : 0

  # It grants nothing: each role's own policy names actions and resources, and a role may do what both allow.
  #checkov:skip=CKV_AWS_288:a boundary only limits
  #checkov:skip=CKV_AWS_289:a boundary only limits
  #checkov:skip=CKV_AWS_290:a boundary only limits
  #checkov:skip=CKV_AWS_355:a boundary only limits
  name        = "${var.project}-boundary"
  description = "The most that roles of ${var.project} can do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WhatTasksInstancesBackupsAndRestoresDo"
        Effect = "Allow"
        Action = [
          "aps:RemoteWrite",
          "backup:CopyFromBackupVault",
          "backup:CopyIntoBackupVault",
          "backup:DescribeBackupVault",
          "dynamodb:BatchGetItem",
          "dynamodb:BatchWriteItem",
          "dynamodb:ConditionCheckItem",
          "dynamodb:CreateBackup",
          "dynamodb:DeleteBackup",
          "dynamodb:DeleteItem",
          "dynamodb:Describe*",
          "dynamodb:GetItem",
          "dynamodb:ListTagsOfResource",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:RestoreTableFromAwsBackup",
          "dynamodb:RestoreTableFromBackup",
          "dynamodb:Scan",
          "dynamodb:StartAwsBackupJob",
          "dynamodb:UpdateItem",
          "ec2:DescribeInstances",
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:GetAuthorizationToken",
          "ecr:GetDownloadUrlForLayer",
          "ecs:Deregister*Instance",
          "ecs:Describe*",
          "ecs:DiscoverPollEndpoint",
          "ecs:List*",
          "ecs:Poll",
          "ecs:RegisterContainerInstance",
          "ecs:StartTelemetrySession",
          "ecs:Submit*",
          "ecs:UpdateContainerInstancesState",
          "kms:CreateGrant",
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "logs:CreateLogStream",
          "logs:DescribeLogStreams",
          "logs:PutLogEvents",
          "secretsmanager:GetSecretValue",
          "xray:PutTelemetryRecords",
          "xray:PutTraceSegments",
        ]
        Resource = "*"
      },
    ]
  })
}

data "aws_iam_policy" "boundary" {
  count = var.first_region ? 0 : 1

  arn = "${local.arn}:iam::${local.account}:policy/${var.project}-boundary"
}

locals {
  boundary_arn = coalesce(one(aws_iam_policy.boundary[*].arn), one(data.aws_iam_policy.boundary[*].arn))
}
