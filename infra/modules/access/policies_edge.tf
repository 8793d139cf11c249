# Of those policies: the network, and how callers come in.
locals {
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
}
