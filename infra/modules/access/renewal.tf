# Who renews certificates every day without being asked: new versions of the roles' certificates, new tasks, and nothing else.
locals {
  renew = [
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "acm:DescribeCertificate", "acm:GetCertificate", "acm:ListCertificates", "ecr:GetAuthorizationToken", "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
      ]
      Resource = "*"
    },
    {
      Sid      = "WhichSecretsHaveAValue"
      Effect   = "Allow"
      Action   = "secretsmanager:ListSecretVersionIds"
      Resource = "${local.secrets}-*"
    },
    {
      Sid      = "TheAuthority"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = ["${local.secrets}-*/pki-*", "${local.secrets}-*/tls-*"]
    },
    {
      Sid      = "CertificatesOfTheRoles"
      Effect   = "Allow"
      Action   = "secretsmanager:PutSecretValue"
      Resource = "${local.secrets}-*/tls-*"
    },
    {
      Sid       = "ReadAndWriteWhatIsEncrypted"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "${local.arn}:kms:${local.region}:${local.account}:key/*"
      Condition = { StringEquals = { "aws:ResourceTag/project" = var.project } }
    },
    {
      Sid       = "CertificatesInAcm"
      Effect    = "Allow"
      Action    = ["acm:ExportCertificate", "acm:ImportCertificate"]
      Resource  = "${local.arn}:acm:${local.region}:${local.account}:certificate/*"
      Condition = { StringEquals = { "aws:ResourceTag/project" = var.project } }
    },
    {
      Sid      = "NewTasks"
      Effect   = "Allow"
      Action   = "ecs:UpdateService"
      Resource = "${local.arn}:ecs:${local.region}:${local.account}:service/${local.named}/*"
    },
    # The image may be of another account, whose repository says who pulls.
    {
      Sid      = "TheImageThatRuns"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = "${local.arn}:ecr:${local.region}:*:repository/${var.project}"
    },
    local.told,
  ]

  secrets = "${local.arn}:secretsmanager:${local.region}:${local.account}:secret:${var.project}"

  told = {
    Sid       = "DaysThatAreLeft"
    Effect    = "Allow"
    Action    = "cloudwatch:PutMetricData"
    Resource  = "*"
    Condition = { StringEquals = { "cloudwatch:namespace" = "Larder" } }
  }
}

resource "aws_iam_role_policy" "renew" {
  count = contains(keys(local.trust), "renew") ? 1 : 0

  name   = "renew"
  role   = aws_iam_role.pipeline["renew"].name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.renew })
}
