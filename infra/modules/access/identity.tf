data "aws_caller_identity" "me" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

# The pipeline shows a token of its own platform and gets an hour's credentials: no key is stored anywhere.
resource "aws_iam_openid_connect_provider" "pipeline" {
  count = var.oidc_provider_arn == null && var.first_region ? 1 : 0

  url            = "https://${var.oidc_host}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_openid_connect_provider" "pipeline" {
  count = var.oidc_provider_arn == null && !var.first_region ? 1 : 0

  url = "https://${var.oidc_host}"
}

locals {
  provider_arn = coalesce(var.oidc_provider_arn, one(aws_iam_openid_connect_provider.pipeline[*].arn), one(data.aws_iam_openid_connect_provider.pipeline[*].arn))

  # Roles and policies are the account's; what the pipeline may do is bound to a region, and so each region has its own.
  pipeline = "${var.project}-pipeline-${local.region}"

  trust = { for role, subjects in { deploy = var.deploy_subjects, plan = var.plan_subjects, renew = var.renew_subjects } : role => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "${var.oidc_host}:aud" = "sts.amazonaws.com"
        "${var.oidc_host}:sub" = subjects
      } }
    }]
  }) if length(subjects) > 0 }
}

resource "aws_iam_role" "pipeline" {
  for_each = local.trust

  name                 = "${local.pipeline}-${each.key}"
  assume_role_policy   = each.value
  max_session_duration = 3600
}

resource "aws_iam_policy" "pipeline" {
  for_each = local.policies

  name        = "${local.pipeline}-${each.key}"
  description = "What deployments of ${var.project} need: ${each.key}"
  policy      = each.value
}

resource "aws_iam_role_policy_attachment" "pipeline" {
  for_each = merge(
    { for policy in keys(local.policies) : "deploy-${policy}" => { role = "deploy", policy = policy } },
    { for policy in ["read", "state-read"] : "plan-${policy}" => { role = "plan", policy = policy } if contains(keys(local.trust), "plan") },
  )

  role       = aws_iam_role.pipeline[each.value.role].name
  policy_arn = aws_iam_policy.pipeline[each.value.policy].arn
}
