module "network" {
  source = "../../modules/network"

  name                     = local.prefix
  cidr                     = var.network.cidr
  ipv6                     = var.network.ipv6
  zones                    = var.network.zones
  nat                      = var.network.nat
  interface_endpoints      = var.network.interface_endpoints
  container_ports          = [8080, 8081, 9080, 9081, 9090, 4317]
  log_retention_days       = var.log_retention_days
  kms_key_arn              = aws_kms_key.main.arn
  permissions_boundary_arn = var.permissions_boundary_arn
}

module "table" {
  source = "../../modules/table"

  name                 = coalesce(var.table.name, local.prefix)
  capacity             = var.table.capacity
  recovery_days        = var.table.recovery_days
  contributor_insights = var.table.contributor_insights
  kms_key_arn          = aws_kms_key.main.arn
  deletion_protection  = var.protect
  item_access_arns     = concat([module.role["store"].task_role_arn], var.table.extra_access_arns)
}

module "cluster" {
  source = "../../modules/cluster"

  name                     = local.prefix
  launch                   = var.launch
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  instances                = var.instances
  ami_parameter            = var.ami_parameter
  insights                 = var.insights
  permissions_boundary_arn = var.permissions_boundary_arn
}

module "edge" {
  source = "../../modules/edge"

  name                   = local.prefix
  vpc_id                 = module.network.vpc_id
  subnet_ids             = module.network.public_subnet_ids
  ipv6                   = var.network.ipv6
  domains                = var.domains
  take_over_records      = var.take_over_records
  certificate_arn        = var.certificate_arn
  target_type            = var.launch == "ec2" ? "instance" : "ip"
  deregistration_seconds = ceil(var.stop.linger_seconds) + var.stop.drain_seconds
  callers                = var.callers
  prober_ranges          = var.prober ? module.network.nat_ranges : {}
  rate_limit             = var.rate_limit
  log_retention_days     = var.log_retention_days
  kms_key_arn            = aws_kms_key.main.arn
  deletion_protection    = var.protect
}

# Both roles are the same thing, told apart by the name of the role.
module "role" {
  source   = "../../modules/role"
  for_each = var.roles

  role           = each.key
  prefix         = local.prefix
  cluster        = module.cluster.cluster
  namespace      = module.cluster.namespace
  vpc_id         = module.network.vpc_id
  subnet_ids     = module.network.private_subnet_ids
  image          = local.image.image
  repository_arn = local.image.repository_arn
  table          = { name = module.table.name, arn = module.table.arn }
  secret_arns = {
    tls = { api = local.secret_arns.tls-api, store = local.secret_arns.tls-store }
    api = local.secret_arns.api
  }
  kms_key_arn              = aws_kms_key.main.arn
  stop                     = var.stop
  size                     = { cpu = each.value.cpu, memory = each.value.memory }
  scale                    = { min = each.value.min, max = each.value.max, cpu_target = each.value.cpu_target }
  target_group_arn         = module.edge.target_group_arn
  balancer_cidr            = var.network.cidr
  balancer_idle_seconds    = module.edge.idle_seconds
  rollback_alarm_names     = module.edge.rollback_alarm_names
  otlp_endpoint            = module.monitoring.otlp_endpoint
  settings                 = var.settings
  log_retention_days       = var.log_retention_days
  wait                     = var.wait
  permissions_boundary_arn = var.permissions_boundary_arn
}

module "monitoring" {
  source = "../../modules/monitoring"

  name            = local.prefix
  cluster_name    = module.cluster.cluster.name
  service_names   = { for role, service in module.role : role => service.service_name }
  edge            = module.edge.metrics
  certificate_arn = module.edge.certificate_arn
  table = {
    name        = module.table.name
    provisioned = var.table.capacity.mode != "on_demand"
    read_units  = var.table.capacity.mode == "provisioned" ? var.table.capacity.read : 0
    write_units = var.table.capacity.mode == "provisioned" ? var.table.capacity.write : 0
  }
  backup   = one([for backup in module.backup : { vault = backup.vault_name, copied = var.backup.copy_to_vault_arn != null }])
  insights = var.insights != "disabled"
  tasks = {
    cluster                  = module.cluster.cluster
    namespace                = module.cluster.namespace
    vpc_id                   = module.network.vpc_id
    subnet_ids               = module.network.private_subnet_ids
    wait                     = var.wait
    permissions_boundary_arn = var.permissions_boundary_arn
  }
  prober             = var.prober ? merge(local.image, { url = module.edge.url, token_secret_arn = local.secret_arns.prober }) : null
  collector          = local.collector
  alertmanager       = var.alertmanager
  limits             = var.alarm_limits
  emails             = var.alarm_emails
  runbooks_url       = var.runbooks_url
  grafana_url        = var.grafana_url
  max_in_flight      = tonumber(lookup(var.settings, "admission.max_in_flight", 1024))
  log_retention_days = var.log_retention_days
  kms_key_arn        = aws_kms_key.main.arn
}

module "backup" {
  source = "../../modules/backup"
  count  = var.backup.enabled ? 1 : 0

  name                     = local.prefix
  resource_arns            = [module.table.arn]
  kms_key_arn              = aws_kms_key.main.arn
  daily_retention_days     = var.backup.daily_retention_days
  monthly_retention_days   = var.backup.monthly_retention_days
  lock                     = var.backup.lock
  copy_to_vault_arn        = var.backup.copy_to_vault_arn
  drop_backups             = var.drop_backups
  permissions_boundary_arn = var.permissions_boundary_arn
}
