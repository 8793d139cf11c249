# The whole: what the modules are told, and who may speak to whom.
mock_provider "aws" {
  source = "./mocks"
}

variables {
  environment     = "dev"
  owner           = "team"
  cost_centre     = "4711"
  commit          = "0123456789abcdef0123456789abcdef01234567"
  certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/imported"
  registry        = { account_id = "111111111111" }
}

run "ec2" {
  override_resource {
    target = aws_secretsmanager_secret.main["pki"]
    values = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/pki-1" }
  }
  override_resource {
    target = aws_secretsmanager_secret.main["operator"]
    values = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/operator-1" }
  }
  override_resource {
    target = aws_secretsmanager_secret.main["prober"]
    values = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/prober-1" }
  }
  override_resource {
    target = aws_secretsmanager_secret.main["api"]
    values = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/api-1" }
  }
  override_resource {
    target = aws_secretsmanager_secret.main["tls-api"]
    values = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/tls-api-1" }
  }
  override_resource {
    target = aws_secretsmanager_secret.main["tls-store"]
    values = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/tls-store-1" }
  }

  assert {
    condition     = output.image == "111111111111.dkr.ecr.eu-west-1.amazonaws.com/larder@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    error_message = "The image is found in the other account, and named by its digest."
  }
  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.flow)) == toset(["balancer-instances-32768", "instances-instances-32768"])
    error_message = "The balancer reaches the tasks' host ports, and the roles each other's."
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.flow : r.referenced_security_group_id != null && r.cidr_ipv4 == null && r.cidr_ipv6 == null])
    error_message = "Inside, every rule names a group."
  }
  assert {
    condition     = toset([for key, r in aws_vpc_security_group_egress_rule.flow : key]) == toset(keys(aws_vpc_security_group_ingress_rule.flow))
    error_message = "Whoever is let in somewhere is let out elsewhere."
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_egress_rule.out : r.from_port == 443 && r.to_port == 443]) && keys(aws_vpc_security_group_egress_rule.out) == ["instances"]
    error_message = "Only HTTPS goes out to addresses that nobody can name."
  }
  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.gateway)) == toset(["instances-dynamodb", "instances-s3"])
    error_message = "The table and the image layers are reached through their endpoints."
  }
  assert {
    condition     = toset(keys(output.services)) == toset(["api", "store"]) && output.ports.api.traffic == 8080
    error_message = "Both roles run."
  }
  assert {
    condition     = output.deregistration_seconds == 23 && alltrue([for containers in values(output.containers) : alltrue([for c in containers : c.stopTimeout == 28])])
    error_message = "Balancer and tasks agree on how a task stops."
  }
  assert {
    condition     = module.monitoring.figures == { "larder:in_flight_limit:requests" = 1024, "larder:dynamodb_provisioned:units_per_second" = { read = 25, write = 25 } }
    error_message = "Alerts compare with the table and the settings that are there."
  }
  assert {
    condition     = aws_kms_key.main.enable_key_rotation
    error_message = "The key rotates."
  }
  assert {
    condition     = alltrue([for s in aws_secretsmanager_secret.main : s.kms_key_id == aws_kms_key.main.arn && s.recovery_window_in_days == 7])
    error_message = "Secrets are encrypted with it, and can be recovered."
  }
  assert {
    condition     = toset(keys(aws_secretsmanager_secret.main)) == toset(["api", "operator", "pki", "prober", "tls-api", "tls-store"])
    error_message = "Each role has a secret of its own."
  }
  assert {
    condition     = alltrue([for role, containers in output.containers : alltrue([for c in containers : alltrue([for s in c.secrets : length(regexall("/(pki|operator|prober)", s.valueFrom)) == 0])])])
    error_message = "No task sees the CA's key, or a token of somebody else."
  }
  assert {
    condition     = local.tags == { project = "larder", environment = "dev", service = "shared", owner = "team", cost-centre = "4711", commit = "0123456789abcdef0123456789abcdef01234567" }
    error_message = "Six tags on everything."
  }
  assert {
    condition     = length(aws_acmpca_certificate_authority.main) == 0
    error_message = "A private CA costs, so that none is there unasked."
  }
}

# Without a domain the balancer's certificate is signed by the CA that lies in a secret, so that there is none yet.
run "secrets_come_before_a_certificate" {
  command = plan
  variables { certificate_arn = null }
  plan_options {
    target = [aws_secretsmanager_secret.main, aws_acm_certificate.role]
  }

  assert {
    condition     = length(aws_secretsmanager_secret.main) == 6
    error_message = "Secrets can be made before anything else is known."
  }
}

run "an_empty_secret_stops_it" {
  command = plan
  override_data {
    target = data.aws_secretsmanager_secret_versions.main["tls-store"]
    values = { versions = [] }
  }
  expect_failures = [data.aws_secretsmanager_secret_versions.main["tls-store"]]
}

run "fargate_with_all_that_there_is" {
  variables {
    launch          = "fargate"
    certificate_arn = null
    domains         = { "items.example.com" = "example.com" }
    collector_tag   = "0.155.0"
    prober          = true
    private_ca      = true
    network         = { nat = "per_zone", interface_endpoints = ["ecr.api", "ecr.dkr"] }
    table           = { capacity = { mode = "on_demand" } }
    settings        = { "admission.max_in_flight" = "512" }
    callers         = { ipv4 = ["192.0.2.0/24"] }
  }

  assert {
    condition = toset(keys(aws_vpc_security_group_ingress_rule.flow)) == toset([
      "balancer-api-8080", "api-store-8081", "collector-api-9080", "collector-store-9081", "collector-prober-9090",
      "api-collector-4317", "store-collector-4317", "api-endpoints-443", "store-endpoints-443", "prober-endpoints-443", "collector-endpoints-443",
    ])
    error_message = "With addresses of their own, each port has its own caller: only the api reaches the store, only the collector the admin ports."
  }
  assert {
    condition     = { for e in output.containers.api[0].environment : e.name => e.value }.APP__TELEMETRY__OTLP__ENDPOINT == "http://collector.larder-dev.internal:4317"
    error_message = "Traces find the collector."
  }
  assert {
    condition     = module.monitoring.figures == { "larder:in_flight_limit:requests" = 512, "larder:dynamodb_provisioned:units_per_second" = { read = 0, write = 0 } }
    error_message = "No share of a capacity that is not there is told, and the limit in flight is that of the settings."
  }
  assert {
    condition     = output.url == "https://items.example.com"
    error_message = "The domain is the endpoint."
  }
  assert {
    condition     = keys(output.task_definitions) == ["api", "collector", "prober", "store"]
    error_message = "A deployment asks of each service whether it runs what was planned."
  }
  assert {
    condition     = contains(keys(output.secrets), "prober") && output.secrets.prober == "larder-dev/prober"
    error_message = "The prober has a token of its own."
  }
  assert {
    condition     = toset(keys(output.private_certificate_arns)) == toset(["api", "store"]) && aws_acm_certificate.role["store"].domain_name == { for e in output.containers.api[0].environment : e.name => e.value }.APP__STORE__TLS__NAMES
    error_message = "The private CA makes a certificate for the store, under the name that the api checks."
  }
  assert {
    condition     = contains(flatten([for c in output.containers.store : [for e in c.environment : e.value if e.name == "APP__HTTP__TLS__CLIENT_NAMES"]]), aws_acm_certificate.role["api"].domain_name)
    error_message = "The private CA makes a certificate for the api, under the name that the store checks."
  }
  assert {
    condition     = strcontains(file("${path.module}/../../../scripts/secrets-ecs"), "--san \"$role.$PREFIX.internal\"") && aws_acm_certificate.role["api"].domain_name == "api.${local.prefix}.internal"
    error_message = "Our own CA writes the same names."
  }
  assert {
    condition     = alltrue([for c in aws_acm_certificate.role : can(regex("^([a-z0-9-]+\\.)+[a-z0-9-]+$", c.domain_name)) && c.key_algorithm == aws_acmpca_certificate_authority.main[0].certificate_authority_configuration[0].key_algorithm])
    error_message = "ACM takes names with a dot, and keys of the CA's own kind."
  }
  assert {
    condition     = aws_acmpca_permission.acm[0].principal == "acm.amazonaws.com" && aws_acmpca_permission.acm[0].actions == toset(["GetCertificate", "IssueCertificate", "ListPermissions"])
    error_message = "ACM may renew what it issued."
  }
}

run "inside_only" {
  command = plan
  variables {
    network = { nat = "none", interface_endpoints = ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager"] }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.out) == 0 && contains(keys(aws_vpc_security_group_egress_rule.flow), "instances-endpoints-443")
    error_message = "Without a way out, no rule names an address."
  }
}

run "no_way_to_start_a_task_is_refused" {
  command = plan
  variables { network = { nat = "none" } }
  expect_failures = [var.network]
}

run "the_collector_inside" {
  command = plan
  variables {
    collector_tag = "0.155.0"
    network       = { nat = "none", interface_endpoints = ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager", "aps-workspaces", "xray", "ec2"] }
  }

  assert {
    condition     = contains(keys(aws_vpc_security_group_egress_rule.flow), "collector-endpoints-443")
    error_message = "Without a way out, the collector reaches what it tells through endpoints."
  }
}

run "a_collector_that_reaches_nobody_is_refused" {
  command = plan
  variables {
    collector_tag = "0.155.0"
    network       = { nat = "none", interface_endpoints = ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager", "aps-workspaces", "xray"] }
  }
  expect_failures = [var.collector_tag]
}

run "a_prober_without_a_domain_is_refused" {
  command = plan
  variables { prober = true }
  expect_failures = [var.prober]
}

run "a_branch_is_refused" {
  command = plan
  variables { commit = "main" }
  expect_failures = [var.commit]
}
