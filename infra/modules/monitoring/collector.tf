locals {
  otlp_port     = 4317
  otlp_endpoint = "http://collector.${var.tasks.namespace.name}:${local.otlp_port}"

  # What is scraped: task definitions of these names, on these container ports. Bridged tasks have some host port, which
  # the observer asks ECS for.
  scraped = merge({ api = 9080, store = 9081 }, var.prober == null ? {} : { prober = 9090 })
  jobs    = { api = "larder-api", store = "larder-store", prober = "larder-smoke" }

  collector = {
    extensions = {
      health_check = { endpoint = "0.0.0.0:13133" }
      sigv4auth    = { region = data.aws_region.here.name, service = "aps" }
      ecs_observer = {
        cluster_name     = var.cluster_name
        cluster_region   = data.aws_region.here.name
        refresh_interval = "15s"
        # The one place that a container without a writable file system can write to.
        result_file = "/dev/shm/targets.yaml"
        # Under its own name for it, `prometheus_job`, each target would have the job of the scrape configuration below.
        job_label_name = "job"
        task_definitions = [for name, port in local.scraped : {
          job_name      = local.jobs[name]
          arn_pattern   = "^.*:task-definition/${var.name}-${name}:[0-9]+$"
          metrics_path  = "/metrics"
          metrics_ports = [port]
        }]
      }
    }
    receivers = {
      otlp = { protocols = { grpc = { endpoint = "0.0.0.0:${local.otlp_port}" } } }
      prometheus = { config = { scrape_configs = [{
        job_name        = "ecs"
        scrape_interval = "30s"
        file_sd_configs = [{ files = ["/dev/shm/targets.yaml"], refresh_interval = "15s" }]
      }] } }
    }
    processors = {
      memory_limiter = { check_interval = "1s", limit_percentage = 75, spike_limit_percentage = 20 }
      batch          = { timeout = "5s" }
      resource       = { attributes = [{ key = "deployment.environment", value = var.name, action = "upsert" }] }
    }
    exporters = {
      prometheusremotewrite = {
        endpoint = "${join("", aws_prometheus_workspace.main[*].prometheus_endpoint)}api/v1/remote_write"
        auth     = { authenticator = "sigv4auth" }
      }
      awsxray = { region = data.aws_region.here.name }
    }
    service = {
      extensions = ["health_check", "sigv4auth", "ecs_observer"]
      pipelines = {
        metrics = { receivers = ["prometheus"], processors = ["memory_limiter", "batch"], exporters = ["prometheusremotewrite"] }
        traces  = { receivers = ["otlp"], processors = ["memory_limiter", "resource", "batch"], exporters = ["awsxray"] }
      }
      telemetry = { logs = { encoding = "json" } }
    }
  }
}

# An address of its own, on instances too: roles find it by an A record, since OTLP clients know no SRV.
module "collector" {
  source = "../service"
  count  = var.collector == null ? 0 : 1

  prefix       = var.name
  name         = "collector"
  cluster      = var.tasks.cluster
  network_mode = "awsvpc"
  vpc_id       = var.tasks.vpc_id
  subnet_ids   = var.tasks.subnet_ids

  image          = var.collector.image
  repository_arn = var.collector.repository_arn
  command        = ["--config=env:COLLECTOR_CONFIG"]
  environment    = { COLLECTOR_CONFIG = yamlencode(local.collector) }
  kms_key_arn    = var.kms_key_arn
  ports          = { otlp = local.otlp_port, health = 13133 }

  # One: two would scrape everything twice.
  size                 = { cpu = 256, memory = 512 }
  scale                = { min = 1, max = 1 }
  stop_timeout_seconds = 30

  discovery = { namespace_id = var.tasks.namespace.id, record = "collector", port = "otlp", type = "A" }

  task_policies = { telemetry = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteMetrics"
        Effect   = "Allow"
        Action   = ["aps:RemoteWrite"]
        Resource = aws_prometheus_workspace.main[0].arn
      },
      {
        Sid      = "WriteTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
      },
      {
        Sid       = "FindTasks"
        Effect    = "Allow"
        Action    = ["ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListServices", "ecs:ListTasks"]
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = var.tasks.cluster.arn } }
      },
      {
        Sid      = "FindAddresses"
        Effect   = "Allow"
        Action   = ["ec2:DescribeInstances", "ecs:DescribeTaskDefinition"]
        Resource = "*"
      },
    ]
  }) }

  log_retention_days       = var.log_retention_days
  wait                     = var.tasks.wait
  permissions_boundary_arn = var.tasks.permissions_boundary_arn
}
