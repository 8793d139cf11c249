data "aws_region" "here" {}

data "aws_caller_identity" "me" {}

data "aws_partition" "here" {}

locals {
  full_name = "${var.prefix}-${var.name}"
  tags      = { service = var.name }
  bridged   = var.network_mode == "bridge"

  # What holds for every container: not root, nothing to write to, no capabilities, a process that reaps, logs that never
  # hold up the service.
  hardened = {
    image                  = var.image
    user                   = "65532:65532"
    privileged             = false
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    environment            = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]
    secrets                = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    mountPoints            = []
    volumesFrom            = []
    systemControls         = []
    stopTimeout            = var.stop_timeout_seconds
    ulimits                = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
    # Fargate sets this by itself and refuses the option.
    dockerSecurityOptions = var.cluster.launch == "ec2" ? ["no-new-privileges"] : null
  }

  logs = { for container in ["main", "init"] : container => {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.main.name
      awslogs-region        = data.aws_region.here.name
      awslogs-stream-prefix = container
      mode                  = "non-blocking"
      max-buffer-size       = "8m"
    }
  } }

  init = var.init_command == null ? [] : [merge(local.hardened, {
    name             = "init"
    essential        = false
    command          = var.init_command
    portMappings     = []
    logConfiguration = local.logs.init
  })]

  main = merge(local.hardened, {
    name      = var.name
    essential = true
    command   = var.command
    portMappings = [for name in sort(keys(var.ports)) : {
      name          = name
      containerPort = var.ports[name]
      hostPort      = local.bridged ? 0 : var.ports[name]
      protocol      = "tcp"
    }]
    dependsOn        = [for container in local.init : { containerName = container.name, condition = "SUCCESS" }]
    logConfiguration = local.logs.main
    # A minute of failures before a task is replaced: a slow dependency is not cured by a restart.
    healthCheck = var.health_command == null ? null : {
      command     = concat(["CMD"], var.health_command)
      interval    = 10
      timeout     = 5
      retries     = 6
      startPeriod = 30
    }
  })
  # A key without a value would come back as a difference.
  containers = [for container in concat(local.init, [local.main]) : { for key, value in container : key => value if value != null }]
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/${var.prefix}/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = local.tags
}

resource "aws_ecs_task_definition" "main" {
  family                   = local.full_name
  requires_compatibilities = [upper(var.cluster.launch)]
  network_mode             = var.network_mode
  cpu                      = var.size.cpu
  memory                   = var.size.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode(local.containers)

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = upper(var.cluster.architecture)
  }

  tags = local.tags
}
