# Instances that give nothing away, scaled by ECS; or Fargate by one variable.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_default_tags" {
    defaults = { tags = { project = "larder", environment = "dev" } }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev" }
  }
  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::123456789012:instance-profile/larder-dev-instances" }
  }
  mock_resource "aws_autoscaling_group" {
    defaults = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/larder-dev-instances" }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-1", latest_version = 1 }
  }
}

variables {
  name       = "larder-dev"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-1", "subnet-2", "subnet-3"]
}

run "ec2" {
  assert {
    condition     = aws_iam_role.instances[0].name == "larder-dev-eu-west-1-instances" && aws_iam_instance_profile.instances[0].name == aws_iam_role.instances[0].name
    error_message = "The same environment in another region has a role and a profile of its own."
  }
  assert {
    condition     = aws_launch_template.instances[0].metadata_options[0].http_tokens == "required" && aws_launch_template.instances[0].metadata_options[0].http_put_response_hop_limit == 1
    error_message = "IMDSv2 only, and out of the reach of containers."
  }
  assert {
    condition     = alltrue([for device in aws_launch_template.instances[0].block_device_mappings : tobool(device.ebs[0].encrypted)])
    error_message = "Volumes are encrypted."
  }
  assert {
    condition     = !tobool(aws_launch_template.instances[0].network_interfaces[0].associate_public_ip_address)
    error_message = "No instance has a public address."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.instances[0].user_data), "cluster = \"larder-dev\"") && strcontains(base64decode(aws_launch_template.instances[0].user_data), "allow-privileged-containers = false") && strcontains(base64decode(aws_launch_template.instances[0].user_data), "awsvpc-block-imds = true")
    error_message = "Bottlerocket joins the cluster and runs nothing privileged."
  }
  assert {
    condition     = aws_autoscaling_group.instances[0].protect_from_scale_in && length(aws_autoscaling_group.instances[0].vpc_zone_identifier) == 3
    error_message = "Instances are spread, and only ECS takes one away."
  }
  assert {
    condition     = alltrue([for type in ["instance", "volume", "network-interface"] : contains([for s in aws_launch_template.instances[0].tag_specifications : s.resource_type if s.tags.project == "larder" && s.tags.environment == "dev"], type)])
    error_message = "Instances, volumes and interfaces carry the tags."
  }
  assert {
    condition     = alltrue([for tag in aws_autoscaling_group.instances[0].tag : tag.propagate_at_launch]) && contains([for tag in aws_autoscaling_group.instances[0].tag : tag.key], "project")
    error_message = "What the group starts carries its tags."
  }
}

run "ecs_scales_the_instances" {
  assert {
    condition     = aws_ecs_capacity_provider.instances[0].auto_scaling_group_provider[0].managed_scaling[0].status == "ENABLED"
    error_message = "ECS decides how many instances there are."
  }
  assert {
    condition     = aws_ecs_capacity_provider.instances[0].auto_scaling_group_provider[0].managed_draining == "ENABLED" && aws_ecs_capacity_provider.instances[0].auto_scaling_group_provider[0].managed_termination_protection == "ENABLED"
    error_message = "Tasks leave an instance before it goes."
  }
  assert {
    condition     = alltrue([for s in aws_ecs_cluster.main.setting : s.value == "enabled" if s.name == "containerInsights"])
    error_message = "The alarm on running tasks needs Container Insights."
  }
  assert {
    condition     = aws_service_discovery_private_dns_namespace.main.name == "larder-dev.internal" && aws_service_discovery_private_dns_namespace.main.vpc == "vpc-1"
    error_message = "The private names hold inside the VPC."
  }
}

run "the_agent_may_little" {
  assert {
    condition     = length([for s in jsondecode(aws_iam_role_policy.agent[0].policy).Statement : s if s.Resource == "*" && s.Action != "ecs:DiscoverPollEndpoint"]) == 0
    error_message = "But for finding its endpoint, the agent is bound to this cluster."
  }
  assert {
    condition     = length(regexall("ecr:|logs:|secretsmanager:|s3:|\\*\"\\]", aws_iam_role_policy.agent[0].policy)) == 0
    error_message = "Images, logs and secrets are a task's business, not the instance's."
  }
}

run "al2023_on_arm" {
  variables { instances = { type = "t4g.medium", architecture = "arm64", system = "al2023" } }

  assert {
    condition     = data.aws_ssm_parameter.ami[0].name == "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
    error_message = "The image is the newest that AWS publishes for that system and architecture."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.instances[0].user_data), "ECS_CLUSTER=larder-dev") && strcontains(base64decode(aws_launch_template.instances[0].user_data), "ECS_DISABLE_PRIVILEGED=true")
    error_message = "Amazon Linux joins the cluster and runs nothing privileged."
  }
}

run "fargate" {
  variables { launch = "fargate" }

  assert {
    condition     = length(aws_launch_template.instances) == 0 && length(aws_autoscaling_group.instances) == 0 && length(aws_iam_role.instances) == 0
    error_message = "Fargate needs no instances."
  }
  assert {
    condition     = aws_ecs_cluster_capacity_providers.main.capacity_providers == toset(["FARGATE"]) && output.cluster.capacity_provider == "FARGATE"
    error_message = "Tasks go to Fargate."
  }
}

run "an_unknown_system_is_refused" {
  command = plan
  variables { instances = { system = "windows" } }
  expect_failures = [var.instances]
}

run "an_unknown_launch_is_refused" {
  command = plan
  variables { launch = "lambda" }
  expect_failures = [var.launch]
}
