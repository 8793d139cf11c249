# What an apply calls, as the provider's log has it (a test compares them), bound to names of the project wherever AWS
# knows how to. Reading items, and secrets of others, is not among it.
locals {
  account = data.aws_caller_identity.me.account_id
  region  = data.aws_region.here.name
  arn     = "arn:${data.aws_partition.here.partition}"
  here    = { StringEquals = { "aws:RequestedRegion" = local.region } }
  named   = "${var.project}-*"

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

  compute = [
    {
      Sid    = "Cluster"
      Effect = "Allow"
      Action = formatlist("ecs:%s", [
        "CreateCapacityProvider", "CreateCluster", "CreateService", "DeleteCapacityProvider", "DeleteCluster", "DeleteService",
        "PutClusterCapacityProviders", "TagResource", "UntagResource", "UpdateCapacityProvider", "UpdateCluster", "UpdateService",
      ])
      Resource = [for kind in ["capacity-provider/${local.named}", "cluster/${local.named}", "service/${local.named}/*", "task-definition/${local.named}:*"] :
      "${local.arn}:ecs:${local.region}:${local.account}:${kind}"]
    },
    {
      Sid       = "TaskDefinitions"
      Effect    = "Allow"
      Action    = ["ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition"]
      Resource  = "*"
      Condition = local.here
    },
    {
      Sid    = "Instances"
      Effect = "Allow"
      Action = formatlist("autoscaling:%s", [
        "CancelInstanceRefresh", "CreateAutoScalingGroup", "CreateOrUpdateTags", "DeleteAutoScalingGroup", "DeleteTags",
        "SetInstanceProtection", "StartInstanceRefresh", "UpdateAutoScalingGroup",
      ])
      Resource = "${local.arn}:autoscaling:${local.region}:${local.account}:autoScalingGroup:*:autoScalingGroupName/${local.named}"
    },
    {
      Sid    = "Templates"
      Effect = "Allow"
      Action = formatlist("ec2:%s", [
        "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "DeleteLaunchTemplate", "ModifyLaunchTemplate", "RunInstances",
      ])
      Resource  = "*"
      Condition = local.here
    },
    {
      Sid    = "Names"
      Effect = "Allow"
      Action = concat(formatlist("servicediscovery:%s", [
        "CreatePrivateDnsNamespace", "CreateService", "DeleteNamespace", "DeleteService", "DeregisterInstance", "TagResource", "UntagResource",
        "UpdatePrivateDnsNamespace", "UpdateService",
      ]), formatlist("route53:%s", ["AssociateVPCWithHostedZone", "CreateHostedZone", "DeleteHostedZone"]))
      Resource = "*"
    },
  ]

  # EC2's network has no names to bind to: the actions are few, and hold in one region.
  network = [{
    Sid    = "Network"
    Effect = "Allow"
    Action = formatlist("ec2:%s", [
      "AllocateAddress", "AssociateRouteTable", "AssociateVpcCidrBlock", "AttachInternetGateway", "AuthorizeSecurityGroupEgress",
      "AuthorizeSecurityGroupIngress", "CreateFlowLogs", "CreateInternetGateway", "CreateNatGateway", "CreateNetworkAcl",
      "CreateNetworkAclEntry", "CreateRoute", "CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateTags", "CreateVpc",
      "CreateVpcEndpoint", "DeleteFlowLogs", "DeleteInternetGateway", "DeleteNatGateway", "DeleteNetworkAcl", "DeleteNetworkAclEntry",
      "DeleteNetworkInterface", "DeleteRoute", "DeleteRouteTable", "DeleteSecurityGroup", "DeleteSubnet", "DeleteTags", "DeleteVpc",
      "DeleteVpcEndpoints", "DetachInternetGateway", "DetachNetworkInterface", "DisassociateAddress", "DisassociateRouteTable",
      "DisassociateSubnetCidrBlock", "DisassociateVpcCidrBlock", "ModifySecurityGroupRules", "ModifySubnetAttribute", "ModifyVpcAttribute",
      "ModifyVpcEndpoint", "ReleaseAddress", "ReplaceNetworkAclAssociation", "ReplaceNetworkAclEntry", "ReplaceRoute",
      "ReplaceRouteTableAssociation", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress",
    ])
    Resource  = "*"
    Condition = local.here
  }]

  edge = concat([
    {
      Sid    = "Balancer"
      Effect = "Allow"
      Action = formatlist("elasticloadbalancing:%s", [
        "AddListenerCertificates", "AddTags", "CreateListener", "CreateLoadBalancer", "CreateTargetGroup", "DeleteListener",
        "DeleteLoadBalancer", "DeleteTargetGroup", "ModifyListener", "ModifyListenerAttributes", "ModifyLoadBalancerAttributes",
        "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RemoveListenerCertificates", "RemoveTags", "SetIpAddressType",
        "SetSecurityGroups", "SetSubnets", "SetWebAcl",
      ])
      Resource = [for kind in ["listener/app/${local.named}/*", "loadbalancer/app/${local.named}/*", "targetgroup/api-*/*"] :
      "${local.arn}:elasticloadbalancing:${local.region}:${local.account}:${kind}"]
    },
    {
      Sid    = "Firewall"
      Effect = "Allow"
      Action = formatlist("wafv2:%s", [
        "AssociateWebACL", "CreateWebACL", "DeleteLoggingConfiguration", "DeleteWebACL", "DisassociateWebACL", "PutLoggingConfiguration",
        "TagResource", "UntagResource", "UpdateWebACL",
      ])
      Resource = [
        "${local.arn}:wafv2:${local.region}:${local.account}:regional/webacl/${local.named}/*",
        "${local.arn}:wafv2:${local.region}:${local.account}:regional/managedruleset/*/*",
        "${local.arn}:elasticloadbalancing:${local.region}:${local.account}:loadbalancer/app/${local.named}/*",
      ]
    },
    {
      Sid      = "FirewallsLog"
      Effect   = "Allow"
      Action   = formatlist("logs:%s", ["CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy"])
      Resource = "*"
    },
    {
      Sid       = "NewCertificates"
      Effect    = "Allow"
      Action    = ["acm:AddTagsToCertificate", "acm:ImportCertificate", "acm:RequestCertificate", "acm-pca:CreateCertificateAuthority", "acm-pca:TagCertificateAuthority"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:RequestTag/project" = var.project } }
    },
    {
      Sid    = "OwnCertificates"
      Effect = "Allow"
      Action = [
        "acm-pca:CreatePermission", "acm-pca:DeleteCertificateAuthority", "acm-pca:DeletePermission", "acm-pca:ImportCertificateAuthorityCertificate",
        "acm-pca:IssueCertificate", "acm-pca:RevokeCertificate", "acm-pca:UntagCertificateAuthority", "acm-pca:UpdateCertificateAuthority", "acm:DeleteCertificate", "acm:ExportCertificate",
        "acm:ImportCertificate", "acm:RemoveTagsFromCertificate", "acm:UpdateCertificateOptions",
      ]
      Resource  = "*"
      Condition = { StringEquals = { "aws:ResourceTag/project" = var.project } }
    },
    ], [for ids in [var.zone_ids] : {
      Sid      = "Records"
      Effect   = "Allow"
      Action   = ["route53:ChangeResourceRecordSets"]
      Resource = [for id in ids : "${local.arn}:route53:::hostedzone/${id}"]
  } if length(ids) > 0])

  watch = [
    {
      Sid    = "Logs"
      Effect = "Allow"
      Action = formatlist("logs:%s", [
        "AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteMetricFilter", "DeleteRetentionPolicy", "DisassociateKmsKey",
        "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource",
      ])
      Resource = "${local.arn}:logs:${local.region}:${local.account}:log-group:*${var.project}-*"
    },
    {
      Sid    = "Alarms"
      Effect = "Allow"
      Action = formatlist("cloudwatch:%s", [
        "DeleteAlarms", "DeleteDashboards", "PutCompositeAlarm", "PutDashboard", "PutMetricAlarm", "TagResource", "UntagResource",
      ])
      Resource = [
        "${local.arn}:cloudwatch:${local.region}:${local.account}:alarm:${local.named}",
        "${local.arn}:cloudwatch::${local.account}:dashboard/${local.named}",
      ]
    },
    local.told,
    {
      Sid    = "Topics"
      Effect = "Allow"
      Action = formatlist("sns:%s", [
        "CreateTopic", "DeleteTopic", "SetSubscriptionAttributes", "SetTopicAttributes", "Subscribe", "TagResource", "Unsubscribe", "UntagResource",
      ])
      Resource = "${local.arn}:sns:${local.region}:${local.account}:${local.named}"
    },
    {
      Sid    = "Prometheus"
      Effect = "Allow"
      Action = formatlist("aps:%s", [
        "CreateAlertManagerDefinition", "CreateLoggingConfiguration", "CreateRuleGroupsNamespace", "CreateWorkspace",
        "DeleteAlertManagerDefinition", "DeleteLoggingConfiguration", "DeleteRuleGroupsNamespace", "DeleteWorkspace",
        "PutAlertManagerDefinition", "PutRuleGroupsNamespace", "TagResource", "UntagResource", "UpdateLoggingConfiguration", "UpdateWorkspaceAlias",
      ])
      Resource  = "*"
      Condition = local.here
    },
  ]

  roles = [
    {
      Sid       = "MakeBoundedRoles"
      Effect    = "Allow"
      Action    = formatlist("iam:%s", ["CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"])
      Resource  = "${local.arn}:iam::${local.account}:role/${local.named}"
      Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
    },
    {
      Sid      = "KeepRoles"
      Effect   = "Allow"
      Action   = formatlist("iam:%s", ["DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole"])
      Resource = "${local.arn}:iam::${local.account}:role/${local.named}"
    },
    # These roles themselves are not the deployer's to change.
    {
      Sid      = "NotTheOwnOnes"
      Effect   = "Deny"
      Action   = ["iam:Delete*", "iam:Put*", "iam:Tag*", "iam:Untag*", "iam:Update*"]
      Resource = "${local.arn}:iam::${local.account}:role/${var.project}-pipeline-*"
    },
    {
      Sid    = "Profiles"
      Effect = "Allow"
      Action = formatlist("iam:%s", [
        "AddRoleToInstanceProfile", "CreateInstanceProfile", "DeleteInstanceProfile", "RemoveRoleFromInstanceProfile", "TagInstanceProfile", "UntagInstanceProfile",
      ])
      Resource = [
        "${local.arn}:iam::${local.account}:instance-profile/${local.named}",
        "${local.arn}:iam::${local.account}:role/${var.project}-*-instances",
      ]
    },
    {
      Sid      = "HandOverRoles"
      Effect   = "Allow"
      Action   = "iam:PassRole"
      Resource = "${local.arn}:iam::${local.account}:role/${local.named}"
      Condition = { StringEquals = { "iam:PassedToService" = [
        "backup.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com",
      ] } }
    },
    {
      Sid      = "RolesOfServices"
      Effect   = "Allow"
      Action   = "iam:CreateServiceLinkedRole"
      Resource = "${local.arn}:iam::${local.account}:role/aws-service-role/*"
      Condition = { StringEquals = { "iam:AWSServiceName" = [
        "autoscaling.amazonaws.com", "backup.amazonaws.com", "dynamodb.application-autoscaling.amazonaws.com", "ecs.amazonaws.com",
        "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com", "wafv2.amazonaws.com",
      ] } }
    },
  ]
}
