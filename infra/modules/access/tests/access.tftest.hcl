# Who may deploy, and that they can't become more than that.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
  mock_data "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/larder-boundary" }
  }
  mock_data "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/some" }
  }
}

variables {
  state_bucket_arn = "arn:aws:s3:::larder-state-123456789012-eu-west-1"
  deploy_subjects  = ["repo:example/larder:environment:staging", "repo:example/larder:environment:production"]
  plan_subjects    = ["repo:example/larder:environment:plan"]
  renew_subjects   = ["repo:example/larder:environment:staging-certificates"]
  zone_ids         = ["Z1"]
}

run "who" {
  assert {
    condition     = jsondecode(aws_iam_role.pipeline["deploy"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example/larder:environment:staging", "repo:example/larder:environment:production"]
    error_message = "Only the named environments of the named repository deploy."
  }
  assert {
    condition     = alltrue([for r in aws_iam_role.pipeline : jsondecode(r.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"])
    error_message = "Tokens are meant for AWS."
  }
  assert {
    condition     = toset([for key, a in aws_iam_role_policy_attachment.pipeline : key if startswith(key, "plan-")]) == toset(["plan-read", "plan-state-read"])
    error_message = "Whoever plans changes nothing."
  }
  assert {
    condition     = alltrue([for r in aws_iam_role.pipeline : r.max_session_duration == 3600])
    error_message = "Credentials last an hour."
  }
}

run "who_renews" {
  assert {
    condition     = jsondecode(aws_iam_role.pipeline["renew"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example/larder:environment:staging-certificates"]
    error_message = "Only the named environment renews."
  }
  assert {
    condition     = toset([for key, a in aws_iam_role_policy_attachment.pipeline : a.role if a.role == aws_iam_role.pipeline["renew"].name]) == toset([])
    error_message = "Whoever renews has no right of the others."
  }
  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.renew[0].policy).Statement : s.Resource if contains(flatten([s.Action]), "secretsmanager:PutSecretValue")] == ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-*/tls-*"]
    error_message = "Whoever renews writes the roles' certificates, and no other secret."
  }
  assert {
    condition     = toset(flatten([for s in jsondecode(aws_iam_role_policy.renew[0].policy).Statement : s.Resource if contains(flatten([s.Action]), "secretsmanager:GetSecretValue")])) == toset([for name in ["pki", "tls"] : "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-*/${name}-*"])
    error_message = "Whoever renews reads no token and no key of the API."
  }
  assert {
    condition = toset([for action in flatten([for s in jsondecode(aws_iam_role_policy.renew[0].policy).Statement : s.Action]) : action if !can(regex(":(Describe|Get|List|BatchGet|BatchCheck|Decrypt)", action))]) == toset([
      "acm:ExportCertificate", "acm:ImportCertificate", "cloudwatch:PutMetricData", "ecs:UpdateService", "kms:GenerateDataKey", "secretsmanager:PutSecretValue",
    ])
    error_message = "Whoever renews changes certificates and tasks, and nothing else."
  }
}

run "a_private_ca" {
  assert {
    condition     = length(setsubtract(["acm-pca:CreatePermission", "acm-pca:DeletePermission"], flatten([for s in jsondecode(output.policies.edge).Statement : s.Action]))) == 0
    error_message = "The deployer lets ACM renew what a private CA signed."
  }
}

run "nobody_renews_unasked" {
  variables { renew_subjects = [] }
  assert {
    condition     = length(aws_iam_role_policy.renew) == 0 && !contains(keys(aws_iam_role.pipeline), "renew")
    error_message = "The role is there only for somebody."
  }
}

run "what" {
  assert {
    condition     = alltrue([for policy in values(output.policies) : length(policy) <= 6144])
    error_message = "A managed policy has at most 6144 characters."
  }
  assert {
    condition     = length(flatten([for policy in values(output.policies) : [for s in jsondecode(policy).Statement : [for a in flatten([s.Action]) : a if s.Effect == "Allow" && (a == "*" || endswith(a, ":*"))]]])) == 0
    error_message = "No service is allowed as a whole."
  }
  assert {
    condition     = length(flatten([for policy in values(output.policies) : [for s in jsondecode(policy).Statement : [for a in flatten([s.Action]) : a if s.Effect == "Allow" && contains(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:BatchGetItem"], a)]]])) == 0
    error_message = "The deployer reads no item."
  }
  assert {
    condition     = length(flatten([for policy in values(output.policies) : [for s in jsondecode(policy).Statement : [for a in flatten([s.Action]) : a if s.Effect == "Allow" && strcontains(a, "RecoveryPoint")]]])) == 0
    error_message = "The deployer deletes no backup: whoever takes a pipeline over leaves them."
  }
  assert {
    condition     = [for s in jsondecode(output.policies.roles).Statement : s.Condition.StringEquals["iam:PermissionsBoundary"] if s.Sid == "MakeBoundedRoles"] == [output.boundary_arn]
    error_message = "A role that the deployer makes is bounded."
  }
  assert {
    condition     = length([for s in jsondecode(output.policies.roles).Statement : s if s.Effect == "Deny" && strcontains(jsonencode(s.Resource), "larder-pipeline-")]) == 1
    error_message = "The deployer does not change its own roles."
  }
  assert {
    condition     = alltrue([for s in jsondecode(output.policies.roles).Statement : can(s.Condition.StringEquals["iam:PassedToService"]) if s.Action == "iam:PassRole"])
    error_message = "Roles are handed over to services only."
  }
  assert {
    condition     = length([for a in jsondecode(aws_iam_policy.boundary[0].policy).Statement[0].Action : a if startswith(a, "iam:") || startswith(a, "sts:") || a == "*"]) == 0
    error_message = "No role of ours can make or take another one."
  }
  assert {
    condition     = [for s in jsondecode(output.policies.edge).Statement : s.Resource if s.Sid == "Records"] == [["arn:aws:route53:::hostedzone/Z1"]]
    error_message = "Records are made in the named zones only."
  }
}

run "names_of_this_region" {
  assert {
    condition     = toset([for r in aws_iam_role.pipeline : r.name]) == toset(formatlist("larder-pipeline-eu-west-1-%s", ["deploy", "plan", "renew"])) && alltrue([for p in aws_iam_policy.pipeline : startswith(p.name, "larder-pipeline-eu-west-1-")])
    error_message = "Each region has a pipeline's roles of its own, since what they may do is bound to it."
  }
  assert {
    condition     = alltrue([for s in jsondecode(output.policies.roles).Statement : alltrue([for r in flatten([s.Resource]) : strcontains(r, "/larder-*-eu-west-1-")]) if s.Effect == "Allow" && s.Sid != "RolesOfServices"])
    error_message = "The deployer of a region touches no role of another one."
  }
}

run "another_region" {
  variables { first_region = false }
  override_data {
    target = data.aws_region.here
    values = { name = "eu-central-1" }
  }

  assert {
    condition     = length(aws_iam_policy.boundary) == 0 && length(aws_iam_openid_connect_provider.pipeline) == 0
    error_message = "What an account has once is there already."
  }
  assert {
    condition     = output.boundary_arn == "arn:aws:iam::123456789012:policy/larder-boundary" && data.aws_iam_policy.boundary[0].arn == output.boundary_arn
    error_message = "The boundary is that of the first region."
  }
  assert {
    condition     = jsondecode(aws_iam_role.pipeline["deploy"].assume_role_policy).Statement[0].Principal.Federated == data.aws_iam_openid_connect_provider.pipeline[0].arn && data.aws_iam_openid_connect_provider.pipeline[0].url == "https://token.actions.githubusercontent.com"
    error_message = "The identity provider is that of the first region."
  }
  assert {
    condition     = aws_iam_role.pipeline["deploy"].name == "larder-pipeline-eu-central-1-deploy"
    error_message = "The pipeline's roles are this region's."
  }
}

run "a_wildcard_is_refused" {
  command = plan
  variables { deploy_subjects = ["repo:example/larder:*"] }
  expect_failures = [var.deploy_subjects]
}
