# Of those policies: what keeps data, and what keeps it safe.
locals {
  data = [
    {
      Sid    = "Tables"
      Effect = "Allow"
      Action = formatlist("dynamodb:%s", [
        "CreateTable", "DeleteResourcePolicy", "DeleteTable", "PutResourcePolicy", "TagResource", "UntagResource",
        "UpdateContinuousBackups", "UpdateContributorInsights", "UpdateTable", "UpdateTimeToLive",
      ])
      Resource = "${local.arn}:dynamodb:${local.region}:${local.account}:table/${local.named}"
    },
    {
      Sid    = "Scaling"
      Effect = "Allow"
      Action = formatlist("application-autoscaling:%s", [
        "DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget", "TagResource", "UntagResource",
      ])
      Resource  = "*"
      Condition = { StringEqualsIfExists = { "application-autoscaling:service-namespace" = ["dynamodb", "ecs"] } }
    },
    {
      Sid       = "NewKeys"
      Effect    = "Allow"
      Action    = ["kms:CreateKey"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:RequestTag/project" = var.project } }
    },
    {
      Sid    = "OwnKeys"
      Effect = "Allow"
      Action = formatlist("kms:%s", [
        "CreateAlias", "CreateGrant", "Decrypt", "DeleteAlias", "EnableKeyRotation", "Encrypt", "GenerateDataKey", "PutKeyPolicy",
        "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription",
      ])
      Resource  = "${local.arn}:kms:${local.region}:${local.account}:key/*"
      Condition = { StringEquals = { "aws:ResourceTag/project" = var.project } }
    },
    {
      Sid      = "OwnAliases"
      Effect   = "Allow"
      Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
      Resource = "${local.arn}:kms:${local.region}:${local.account}:alias/${local.named}"
    },
    {
      Sid    = "Secrets"
      Effect = "Allow"
      Action = formatlist("secretsmanager:%s", [
        "CreateSecret", "DeleteSecret", "GetSecretValue", "PutSecretValue", "TagResource", "UntagResource", "UpdateSecret",
      ])
      Resource = "${local.arn}:secretsmanager:${local.region}:${local.account}:secret:${var.project}-*"
    },
    {
      Sid    = "Backups"
      Effect = "Allow"
      Action = concat(formatlist("backup:%s", [
        "CreateBackupPlan", "CreateBackupSelection", "CreateBackupVault", "DeleteBackupPlan", "DeleteBackupSelection", "DeleteBackupVault",
        "DeleteBackupVaultAccessPolicy", "DeleteBackupVaultLockConfiguration", "PutBackupVaultAccessPolicy", "PutBackupVaultLockConfiguration",
        "TagResource", "UntagResource", "UpdateBackupPlan",
      ]), ["backup-storage:MountCapsule"])
      Resource  = "*"
      Condition = local.here
    },
    {
      Sid    = "Buckets"
      Effect = "Allow"
      Action = formatlist("s3:%s", [
        "CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "DeleteObject", "DeleteObjectVersion", "PutBucketPolicy",
        "PutBucketPublicAccessBlock", "PutBucketTagging", "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration",
      ])
      Resource = ["${local.arn}:s3:::${var.project}-*-access-logs-*", "${local.arn}:s3:::${var.project}-*-access-logs-*/*"]
    },
  ]
}
