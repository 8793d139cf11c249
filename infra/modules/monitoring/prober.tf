# Walks every kind of operation as callers do, through the public endpoint: its lines feed the alarm, its metrics the
# collector.
module "prober" {
  source = "../service"
  count  = var.prober == null ? 0 : 1

  prefix       = var.name
  name         = "prober"
  cluster      = var.tasks.cluster
  network_mode = var.tasks.cluster.launch == "ec2" ? "bridge" : "awsvpc"
  vpc_id       = var.tasks.vpc_id
  subnet_ids   = var.tasks.subnet_ids

  image          = var.prober.image
  repository_arn = var.prober.repository_arn
  command        = ["smoke", "--url", var.prober.url, "--every", "30s", "--json", "--metrics-listen", "0.0.0.0:9090"]
  secrets        = { LARDER_TOKEN = "${var.prober.token_secret_arn}:token::" }
  secret_arns    = [var.prober.token_secret_arn]
  kms_key_arn    = var.kms_key_arn
  ports          = { metrics = 9090 }

  # The smallest that there is: Fargate begins at 256.
  size                 = var.tasks.cluster.launch == "ec2" ? { cpu = 128, memory = 128 } : { cpu = 256, memory = 512 }
  scale                = { min = 1, max = 1 }
  stop_timeout_seconds = 30

  log_retention_days       = var.log_retention_days
  wait                     = var.tasks.wait
  permissions_boundary_arn = var.tasks.permissions_boundary_arn
}
