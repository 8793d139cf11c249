data "aws_region" "here" {}

locals {
  # Roles and profiles are the account's, whatever region they are for: their names say which.
  role_name = "${var.name}-${data.aws_region.here.name}-instances"
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "instances" {
  count = local.ec2 ? 1 : 0

  name                 = local.role_name
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_instance_profile" "instances" {
  count = local.ec2 ? 1 : 0

  name = local.role_name
  role = aws_iam_role.instances[0].name
}

# What the agent does for this one cluster. Images, logs and secrets come with each task's execution role.
resource "aws_iam_role_policy" "agent" {
  count = local.ec2 ? 1 : 0

  name = "agent"
  role = aws_iam_role.instances[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Register"
        Effect = "Allow"
        Action = [
          "ecs:DeregisterContainerInstance",
          "ecs:RegisterContainerInstance",
          "ecs:SubmitAttachmentStateChanges",
          "ecs:SubmitContainerStateChange",
          "ecs:SubmitTaskStateChange",
        ]
        Resource = aws_ecs_cluster.main.arn
      },
      {
        Sid    = "Listen"
        Effect = "Allow"
        Action = [
          "ecs:Poll",
          "ecs:StartTelemetrySession",
          "ecs:UpdateContainerInstancesState",
        ]
        Resource  = "${replace(aws_ecs_cluster.main.arn, ":cluster/", ":container-instance/")}/*"
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.main.arn } }
      },
      {
        Sid      = "FindTheEndpoint"
        Effect   = "Allow"
        Action   = "ecs:DiscoverPollEndpoint"
        Resource = "*"
      },
    ]
  })
}
