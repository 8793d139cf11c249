# Of those policies: what runs, and the roles that it runs by.
locals {
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

  roles = [
    {
      Sid       = "MakeBoundedRoles"
      Effect    = "Allow"
      Action    = formatlist("iam:%s", ["CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"])
      Resource  = local.roles_here
      Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
    },
    {
      Sid      = "KeepRoles"
      Effect   = "Allow"
      Action   = formatlist("iam:%s", ["DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole"])
      Resource = local.roles_here
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
        "${local.arn}:iam::${local.account}:instance-profile/${local.named_here}",
        "${local.arn}:iam::${local.account}:role/${var.project}-*-${local.region}-instances",
      ]
    },
    {
      Sid      = "HandOverRoles"
      Effect   = "Allow"
      Action   = "iam:PassRole"
      Resource = local.roles_here
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
