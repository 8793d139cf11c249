# What an apply calls, as the provider's log has it (a test compares them), bound to names of the project wherever AWS
# knows how to. Reading items, and secrets of others, is not among it.
locals {
  account = data.aws_caller_identity.me.account_id
  region  = data.aws_region.here.name
  arn     = "arn:${data.aws_partition.here.partition}"
  here    = { StringEquals = { "aws:RequestedRegion" = local.region } }
  named   = "${var.project}-*"
  # Of what is the account's and not a region's.
  named_here = "${var.project}-*-${local.region}-*"
  roles_here = "${local.arn}:iam::${local.account}:role/${local.named_here}"

  policies = { for name, statements in {
    read       = local.read
    state-read = local.state_read
    state      = local.state
    data       = local.data
    images     = local.images
    compute    = local.compute
    network    = local.network
    edge       = local.edge
    watch      = local.watch
    roles      = local.roles
  } : name => jsonencode({ Version = "2012-10-17", Statement = statements }) }

  read = [
    {
      Sid    = "LookAtEverythingButContents"
      Effect = "Allow"
      Action = flatten([for service, actions in {
        acm                     = ["Describe*", "GetCertificate", "List*"]
        acm-pca                 = ["Describe*", "Get*", "List*"]
        application-autoscaling = ["Describe*", "List*"]
        aps                     = ["Describe*", "List*"]
        autoscaling             = ["Describe*"]
        backup                  = ["Describe*", "Get*", "List*"]
        cloudwatch              = ["Describe*", "GetDashboard", "List*"]
        dynamodb                = ["Describe*", "GetResourcePolicy", "List*"]
        ec2                     = ["Describe*", "GetManagedPrefixListEntries"]
        ecr                     = ["Describe*", "GetLifecyclePolicy", "GetRepositoryPolicy", "ListTagsForResource"]
        ecs                     = ["Describe*", "List*"]
        elasticloadbalancing    = ["Describe*"]
        iam                     = ["Get*", "List*"]
        kms                     = ["Describe*", "GetKeyPolicy", "GetKeyRotationStatus", "List*"]
        logs                    = ["Describe*", "ListTagsForResource"]
        route53                 = ["Get*", "List*"]
        secretsmanager          = ["DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds"]
        servicediscovery        = ["Get*", "List*"]
        sns                     = ["Get*", "List*"]
        sts                     = ["GetCallerIdentity"]
        wafv2                   = ["Get*", "List*"]
      } : formatlist("%s:%s", service, actions)])
      Resource = "*"
    },
    {
      Sid      = "LookAtBuckets"
      Effect   = "Allow"
      Action   = ["s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket*"]
      Resource = "${local.arn}:s3:::${local.named}"
    },
    {
      Sid      = "FindTheNewestInstanceImage"
      Effect   = "Allow"
      Action   = "ssm:GetParameter"
      Resource = "${local.arn}:ssm:*::parameter/aws/service/*"
    },
  ]

  state_read = [{
    Sid      = "ReadStates"
    Effect   = "Allow"
    Action   = "s3:GetObject"
    Resource = "${var.state_bucket_arn}/*"
  }]

  state = [{
    Sid      = "WriteAndLockStates"
    Effect   = "Allow"
    Action   = ["s3:DeleteObject", "s3:PutObject"]
    Resource = "${var.state_bucket_arn}/*"
  }]

  images = [
    {
      Sid      = "LogIn"
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*"
    },
    {
      Sid    = "Push"
      Effect = "Allow"
      Action = formatlist("ecr:%s", [
        "BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "UploadLayerPart",
      ])
      Resource = "${local.arn}:ecr:${local.region}:${local.account}:repository/${var.project}"
    },
  ]
}
