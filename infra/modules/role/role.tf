data "aws_region" "here" {}

locals {
  # What a role is: its ports, what it is told, what it is trusted with.
  roles = {
    api = {
      ports = { traffic = 8080, admin = 9080 }
      settings = {
        "store.url"       = "srv+https://${local.store_record}.${var.namespace.name}"
        "store.tls.names" = "store.${var.namespace.name}"
        # The security group lets in nobody but the balancer, so that nobody else can say it.
        "http.trusted_proxies" = var.balancer_cidr
      }
      secrets = {
        "http.tls.certificate"  = "${var.secret_arns.tls.api}:certificate::"
        "http.tls.key"          = "${var.secret_arns.tls.api}:key::"
        "store.tls.ca"          = "${var.secret_arns.tls.api}:ca::"
        "store.tls.certificate" = "${var.secret_arns.tls.api}:certificate::"
        "store.tls.key"         = "${var.secret_arns.tls.api}:key::"
        "api.secret"            = "${var.secret_arns.api}:secret::"
        "auth.keys"             = "${var.secret_arns.api}:keys::"
      }
      secret_arns = [var.secret_arns.tls.api, var.secret_arns.api]
      init        = null
      policies    = {}
    }
    store = {
      ports = { traffic = 8081, admin = 9081 }
      settings = {
        "store.backend"         = "dynamodb"
        "store.dynamodb.table"  = var.table.name
        "store.dynamodb.region" = data.aws_region.here.name
        "http.tls.client_names" = "api.${var.namespace.name}"
      }
      secrets = {
        "http.tls.certificate" = "${var.secret_arns.tls.store}:certificate::"
        "http.tls.key"         = "${var.secret_arns.tls.store}:key::"
        "http.tls.client_ca"   = "${var.secret_arns.tls.store}:ca::"
      }
      secret_arns = [var.secret_arns.tls.store]
      # The table is Terraform's; this checks that it is the right one, before anything is served from it.
      init     = ["bootstrap", "--create", "never"]
      policies = { table = local.table_policy }
    }
  }

  mine         = local.roles[var.role]
  store_record = "_store._tcp"

  shared = merge({
    # For the subcommands that run beside the service: bootstrap and healthcheck.
    "role"            = var.role
    "http.listen"     = "0.0.0.0:${local.mine.ports.traffic}"
    "admin.listen"    = "0.0.0.0:${local.mine.ports.admin}"
    "shutdown.linger" = "${var.stop.linger_seconds}s"
    "shutdown.drain"  = "${var.stop.drain_seconds}s"
    "log.format"      = "json"
    }, var.otlp_endpoint == null ? {} : {
    "telemetry.otlp.endpoint" = var.otlp_endpoint
    "telemetry.xray_ids"      = "true"
  })

  settings = merge(local.shared, local.mine.settings, var.settings)
}

module "service" {
  source = "../service"

  prefix       = var.prefix
  name         = var.role
  cluster      = var.cluster
  network_mode = var.cluster.launch == "ec2" ? "bridge" : "awsvpc"
  vpc_id       = var.vpc_id
  subnet_ids   = var.subnet_ids

  image          = var.image
  repository_arn = var.repository_arn
  command        = ["--role=${var.role}"]
  init_command   = local.mine.init
  environment    = { for key, value in local.settings : "APP__${upper(replace(key, ".", "__"))}" => value }
  secrets        = { for key, value in local.mine.secrets : "APP__${upper(replace(key, ".", "__"))}" => value }
  secret_arns    = local.mine.secret_arns
  kms_key_arn    = var.kms_key_arn
  ports          = local.mine.ports
  # ECS replaces a task for the answer, so it must not depend on what is outside; nor does the balancer's check, for which
  # ECS replaces tasks as well. An api that has lost its store stays, and recovers by itself.
  health_command = ["/app", "healthcheck", "--probe=started"]

  size  = var.size
  scale = var.scale
  # As `app contract` has it: five seconds more, for closing the data.
  stop_timeout_seconds = ceil(var.stop.linger_seconds) + var.stop.drain_seconds + 5

  load_balancer = var.role == "api" ? { target_group_arn = var.target_group_arn, port = "traffic" } : null
  discovery     = var.role == "store" ? { namespace_id = var.namespace.id, record = local.store_record, port = "traffic" } : null

  task_policies            = local.mine.policies
  rollback_alarm_names     = var.rollback_alarm_names
  log_retention_days       = var.log_retention_days
  wait                     = var.wait
  permissions_boundary_arn = var.permissions_boundary_arn
}
