# One service on ECS: hardened, told apart by roles, replaced without a gap, found by its SRV record.
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
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/some" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/larder-dev-store:1" }
  }
  mock_resource "aws_service_discovery_service" {
    defaults = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/larder-dev/store" }
  }
}

variables {
  prefix = "larder-dev"
  name   = "store"
  cluster = {
    arn               = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev"
    name              = "larder-dev"
    capacity_provider = "larder-dev-instances"
    launch            = "ec2"
    architecture      = "x86_64"
  }
  vpc_id               = "vpc-1"
  subnet_ids           = ["subnet-1", "subnet-2", "subnet-3"]
  image                = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/larder@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  repository_arn       = "arn:aws:ecr:eu-west-1:111111111111:repository/larder"
  command              = ["--role=store"]
  init_command         = ["bootstrap"]
  environment          = { B = "2", A = "1" }
  secrets              = { KEY = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tls:key::" }
  secret_arns          = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:tls"]
  kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:key/1"
  ports                = { traffic = 8081, admin = 9081 }
  health_command       = ["/app", "healthcheck"]
  size                 = { cpu = 512, memory = 1024 }
  scale                = { min = 2, max = 6 }
  stop_timeout_seconds = 28
  discovery            = { namespace_id = "ns-1", record = "_store._tcp", port = "traffic" }
  rollback_alarm_names = ["larder-dev-errors"]
}

run "names" {
  command = plan
  variables { prefix = "abcdefghijkl-abcdefghijkl" }

  assert {
    condition     = aws_iam_role.task.name == "abcdefghijkl-abcdefghijkl-eu-west-1-store-task" && aws_iam_role.execution.name == "abcdefghijkl-abcdefghijkl-eu-west-1-store-execution"
    error_message = "The same service in another region has roles of its own."
  }
}

run "the_longest_names" {
  command = plan
  variables {
    prefix = "abcdefghijkl-abcdefghijkl"
    name   = "abcdefghijklm"
  }
  override_data {
    target = data.aws_region.here
    values = { name = "ap-southeast-7" }
  }

  assert {
    condition     = length(aws_iam_role.execution.name) <= 64
    error_message = "A role's name has at most 64 characters."
  }
}

run "a_longer_name_is_refused" {
  command = plan
  variables { name = "abcdefghijklmn" }
  expect_failures = [var.name]
}

run "hardened" {
  assert {
    condition     = alltrue([for c in output.containers : c.user == "65532:65532" && !c.privileged])
    error_message = "No container is root."
  }
  assert {
    condition     = alltrue([for c in output.containers : c.readonlyRootFilesystem])
    error_message = "No container can write to its own file system."
  }
  assert {
    condition     = alltrue([for c in output.containers : c.linuxParameters.capabilities.drop == ["ALL"] && length(c.linuxParameters.capabilities.add) == 0])
    error_message = "No container has a capability."
  }
  assert {
    condition     = alltrue([for c in output.containers : c.linuxParameters.initProcessEnabled && c.dockerSecurityOptions == ["no-new-privileges"]])
    error_message = "Each container has an init process, and gains no privileges."
  }
  assert {
    condition     = alltrue([for c in output.containers : c.logConfiguration.logDriver == "awslogs" && c.logConfiguration.options.mode == "non-blocking"])
    error_message = "A slow log never holds up the service."
  }
  assert {
    condition     = alltrue([for c in output.containers : c.stopTimeout == 28])
    error_message = "A container gets the time to stop that it asked for."
  }
  assert {
    condition     = alltrue([for c in output.containers : c.logConfiguration.options.awslogs-group == aws_cloudwatch_log_group.main.name]) && aws_cloudwatch_log_group.main.retention_in_days == 30 && aws_cloudwatch_log_group.main.kms_key_id == var.kms_key_arn
    error_message = "Logs go to a group of ours that ends and is encrypted."
  }
}

run "the_containers" {
  assert {
    condition     = [for c in output.containers : c.name] == ["init", "store"] && output.containers[1].dependsOn == [{ containerName = "init", condition = "SUCCESS" }]
    error_message = "The service starts once the run before it ended well."
  }
  assert {
    condition     = output.containers[0].command == ["bootstrap"] && !output.containers[0].essential && output.containers[1].essential
    error_message = "The run before may end; the service may not."
  }
  assert {
    condition     = output.containers[0].environment == output.containers[1].environment && output.containers[0].secrets == output.containers[1].secrets
    error_message = "Both see the same settings."
  }
  assert {
    condition     = alltrue([for mapping in output.containers[1].portMappings : mapping.hostPort == 0]) && aws_ecs_task_definition.main.network_mode == "bridge"
    error_message = "Bridged tasks take any host port, so that several fit on one instance."
  }
  assert {
    condition     = output.containers[1].healthCheck.command == ["CMD", "/app", "healthcheck"]
    error_message = "The container is asked without a shell, which it does not have."
  }
  assert {
    condition     = output.containers[1].healthCheck.interval * output.containers[1].healthCheck.retries >= 60
    error_message = "A dependency that is gone for less than a minute restarts nothing."
  }
}

run "replaced_without_a_gap" {
  assert {
    condition     = aws_ecs_service.main.deployment_minimum_healthy_percent == 100 && aws_ecs_service.main.deployment_maximum_percent == 200
    error_message = "New tasks are well before old ones go."
  }
  assert {
    condition     = aws_ecs_service.main.deployment_circuit_breaker[0].enable && aws_ecs_service.main.deployment_circuit_breaker[0].rollback
    error_message = "A deployment that can't start is undone."
  }
  assert {
    condition     = aws_ecs_service.main.alarms[0].rollback && aws_ecs_service.main.alarms[0].alarm_names == toset(["larder-dev-errors"])
    error_message = "A deployment that sets off an alarm is undone."
  }
  assert {
    condition     = [for s in aws_ecs_service.main.ordered_placement_strategy : s.field] == ["attribute:ecs.availability-zone", "instanceId"] && aws_ecs_service.main.availability_zone_rebalancing == "ENABLED"
    error_message = "Tasks are spread over zones, then over instances."
  }
  assert {
    condition     = aws_ecs_service.main.propagate_tags == "SERVICE" && aws_ecs_service.main.enable_ecs_managed_tags
    error_message = "Tasks carry the tags of their service."
  }
  assert {
    condition     = !aws_ecs_service.main.enable_execute_command
    error_message = "Nobody gets a shell in a container."
  }
  assert {
    condition     = aws_appautoscaling_target.tasks.min_capacity == 2 && aws_appautoscaling_target.tasks.max_capacity == 6 && aws_appautoscaling_policy.cpu[0].target_tracking_scaling_policy_configuration[0].target_value == 60
    error_message = "The number of tasks follows their CPU."
  }
}

# The service itself ignores its number once it is there: what changes it is the bounds.
run "a_fixed_number" {
  variables { scale = { min = 2, max = 2 } }

  assert {
    condition     = aws_appautoscaling_target.tasks.min_capacity == 2 && aws_appautoscaling_target.tasks.max_capacity == 2
    error_message = "A fixed number is held by bounds that are the same."
  }
}

run "another_fixed_number" {
  variables { scale = { min = 4, max = 4 } }

  assert {
    condition     = aws_appautoscaling_target.tasks.min_capacity == 4 && aws_appautoscaling_target.tasks.max_capacity == 4
    error_message = "A fixed number can be changed."
  }
  assert {
    condition     = length(aws_appautoscaling_policy.cpu) == 0
    error_message = "Nothing but the settings changes a fixed number."
  }
}

run "found_by_srv" {
  assert {
    condition     = aws_service_discovery_service.main[0].name == "_store._tcp" && one(aws_service_discovery_service.main[0].dns_config[0].dns_records).type == "SRV"
    error_message = "The store is found by an SRV record."
  }
  assert {
    condition     = one(aws_service_discovery_service.main[0].dns_config[0].dns_records).ttl <= 10
    error_message = "A move is seen within seconds."
  }
  assert {
    condition     = aws_ecs_service.main.service_registries[0].container_port == 8081
    error_message = "The record carries the port of the traffic."
  }
}

run "roles" {
  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.execution.policy).Statement : s.Sid if s.Resource == "*"] == ["LogIn"]
    error_message = "Starting a task touches this image, these secrets and this log only."
  }
  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.execution.policy).Statement : s.Resource if s.Sid == "ReadSecrets"] == [["arn:aws:secretsmanager:eu-west-1:123456789012:secret:tls"]]
    error_message = "Only the named secrets are read."
  }
  assert {
    condition     = length(aws_iam_role_policy.task) == 0 && aws_iam_role.task.name != aws_iam_role.execution.name
    error_message = "The task itself may nothing unless told, and does not have the starter's role."
  }
  assert {
    condition     = jsondecode(aws_iam_role.task.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only tasks of this account take the role."
  }
}

run "fargate" {
  variables {
    cluster = {
      arn               = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev"
      name              = "larder-dev"
      capacity_provider = "FARGATE"
      launch            = "fargate"
      architecture      = "arm64"
    }
    network_mode = "awsvpc"
    scale        = { min = 1, max = 1 }
  }

  assert {
    condition     = aws_ecs_task_definition.main.requires_compatibilities == toset(["FARGATE"]) && aws_ecs_task_definition.main.runtime_platform[0].cpu_architecture == "ARM64"
    error_message = "The task definition says what it runs on."
  }
  assert {
    condition     = !aws_ecs_service.main.network_configuration[0].assign_public_ip && length(aws_ecs_service.main.network_configuration[0].security_groups) == 1
    error_message = "A task has an address of its own, not a public one, and a group of its own."
  }
  assert {
    condition     = alltrue([for mapping in output.containers[1].portMappings : mapping.hostPort == mapping.containerPort])
    error_message = "The port is the container's."
  }
  assert {
    condition     = alltrue([for c in output.containers : !contains(keys(c), "dockerSecurityOptions")]) && length(aws_ecs_service.main.ordered_placement_strategy) == 0
    error_message = "What Fargate refuses is not there."
  }
  assert {
    condition     = length(aws_appautoscaling_policy.cpu) == 0
    error_message = "A fixed number is not scaled."
  }
}

run "a_tag_is_refused" {
  command = plan
  variables { image = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/larder:latest" }
  expect_failures = [var.image]
}

run "bridge_on_fargate_is_refused" {
  command = plan
  variables {
    cluster = {
      arn               = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev"
      name              = "larder-dev"
      capacity_provider = "FARGATE"
      launch            = "fargate"
      architecture      = "arm64"
    }
  }
  expect_failures = [var.network_mode]
}
