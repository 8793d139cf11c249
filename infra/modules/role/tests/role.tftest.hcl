# The same module makes both roles; what differs is what the role says.
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
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/some:1" }
  }
  mock_resource "aws_service_discovery_service" {
    defaults = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1" }
  }
}

variables {
  role   = "api"
  prefix = "larder-dev"
  cluster = {
    arn               = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev"
    name              = "larder-dev"
    capacity_provider = "larder-dev-instances"
    launch            = "ec2"
    architecture      = "x86_64"
  }
  namespace      = { id = "ns-1", name = "larder-dev.internal" }
  vpc_id         = "vpc-1"
  subnet_ids     = ["subnet-1", "subnet-2", "subnet-3"]
  image          = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/larder@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  repository_arn = "arn:aws:ecr:eu-west-1:111111111111:repository/larder"
  table          = { name = "larder-dev", arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev" }
  secret_arns = {
    tls = {
      api   = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/tls/api-1"
      store = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/tls/store-1"
    }
    api = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:larder-dev/api-1"
  }
  kms_key_arn      = "arn:aws:kms:eu-west-1:123456789012:key/1"
  size             = { cpu = 256, memory = 512 }
  scale            = { min = 2, max = 4 }
  target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/larder-dev-api/1"
  balancer_cidr    = "10.40.0.0/16"
}

run "api" {
  assert {
    condition     = output.containers[0].command == ["--role=api"] && length(output.containers) == 1
    error_message = "The role is chosen by a flag."
  }
  assert {
    condition     = output.ports == { traffic = 8080, admin = 9080 } && toset([for p in output.containers[0].portMappings : p.containerPort]) == toset([8080, 9080])
    error_message = "The ports of the api are 8080 and 9080."
  }
  assert {
    condition     = { for e in output.containers[0].environment : e.name => e.value }.APP__STORE__URL == "srv+https://_store._tcp.larder-dev.internal"
    error_message = "The store is found by its SRV record, and spoken to over TLS."
  }
  assert {
    condition     = { for e in output.containers[0].environment : e.name => e.value }.APP__HTTP__TRUSTED_PROXIES == "10.40.0.0/16"
    error_message = "The api believes the balancer, and nobody else, who asks."
  }
  assert {
    condition     = output.containers[0].healthCheck.command == ["CMD", "/app", "healthcheck", "--probe=started"]
    error_message = "A task is not replaced because its store is lost."
  }
  assert {
    condition     = { for e in output.containers[0].environment : e.name => e.value }.APP__STORE__TLS__NAMES == "store.larder-dev.internal"
    error_message = "The api takes none but the store's certificate."
  }
  assert {
    condition     = length(output.task_policies) == 0
    error_message = "The api may nothing on AWS."
  }
  assert {
    condition     = alltrue([for s in output.containers[0].secrets : !strcontains(s.valueFrom, "tls/store")])
    error_message = "The api never sees the store's key."
  }
  assert {
    condition     = toset([for s in output.containers[0].secrets : s.name]) == toset(["APP__API__SECRET", "APP__AUTH__KEYS", "APP__HTTP__TLS__CERTIFICATE", "APP__HTTP__TLS__KEY", "APP__STORE__TLS__CA", "APP__STORE__TLS__CERTIFICATE", "APP__STORE__TLS__KEY"])
    error_message = "Keys and certificates come from Secrets Manager."
  }
  assert {
    condition     = alltrue([for e in output.containers[0].environment : length(regexall("KEY|SECRET|CERTIFICATE|ANONYMOUS|PLAINTEXT", e.name)) == 0])
    error_message = "No secret is plain, and nothing is let in without one."
  }
  assert {
    condition     = output.containers[0].stopTimeout == 28
    error_message = "Three seconds of lingering, twenty of draining, five more."
  }
}

run "store" {
  variables {
    role = "store"
    size = { cpu = 512, memory = 1024 }
  }

  assert {
    condition     = [for c in output.containers : c.command] == [["bootstrap", "--create", "never"], ["--role=store"]]
    error_message = "The store serves once the table is known to be the right one."
  }
  assert {
    condition     = toset([for p in output.containers[1].portMappings : p.containerPort]) == toset([8081, 9081])
    error_message = "The ports of the store are 8081 and 9081."
  }
  assert {
    condition     = { for e in output.containers[1].environment : e.name => e.value if strcontains(e.name, "DYNAMODB") || e.name == "APP__STORE__BACKEND" } == { APP__STORE__BACKEND = "dynamodb", APP__STORE__DYNAMODB__TABLE = "larder-dev", APP__STORE__DYNAMODB__REGION = "eu-west-1" }
    error_message = "The store is told its table and region."
  }
  assert {
    condition     = { for e in output.containers[1].environment : e.name => e.value }.APP__HTTP__TLS__CLIENT_NAMES == "api.larder-dev.internal" && contains([for s in output.containers[1].secrets : s.name], "APP__HTTP__TLS__CLIENT_CA")
    error_message = "The store lets in none but the api."
  }
  assert {
    condition     = alltrue([for s in output.containers[1].secrets : !strcontains(s.valueFrom, "tls/api") && !strcontains(s.valueFrom, "larder-dev/api")])
    error_message = "The store never sees the api's secrets."
  }
  assert {
    condition     = toset(flatten([for s in output.task_policies.table.Statement : s.Action if strcontains(s.Resource, ":dynamodb:")])) == toset(formatlist("dynamodb:%s", ["BatchGetItem", "ConditionCheckItem", "DeleteItem", "DescribeTable", "DescribeTimeToLive", "GetItem", "PutItem", "Query", "UpdateItem"]))
    error_message = "The store may do what it does, and nothing else: no scan, no table made or deleted."
  }
  assert {
    condition     = alltrue([for s in output.task_policies.table.Statement : s.Resource == "arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev" || s.Resource == "arn:aws:kms:eu-west-1:123456789012:key/1"])
    error_message = "On its one table, with its one key."
  }
}

run "traces_and_more_settings" {
  variables {
    otlp_endpoint = "http://collector.larder-dev.internal:4317"
    settings      = { "log.filter" = "debug", "http.idle" = "2m", "store.dynamodb.attempt_timeout" = "3s" }
    stop          = { linger_seconds = 2.5, drain_seconds = 10 }
  }

  assert {
    condition     = { for e in output.containers[0].environment : e.name => e.value }.APP__TELEMETRY__OTLP__ENDPOINT == "http://collector.larder-dev.internal:4317"
    error_message = "Traces go to the collector."
  }
  assert {
    condition     = { for e in output.containers[0].environment : e.name => e.value }.APP__LOG__FILTER == "debug"
    error_message = "Any setting can be given."
  }
  assert {
    condition     = output.containers[0].stopTimeout == 18 && { for e in output.containers[0].environment : e.name => e.value }.APP__SHUTDOWN__LINGER == "2.5s"
    error_message = "The time to stop follows the settings."
  }
}

run "an_unknown_role_is_refused" {
  command = plan
  variables { role = "all" }
  expect_failures = [var.role]
}

run "an_environment_name_is_refused" {
  command = plan
  variables { settings = { "APP__LOG__FILTER" = "debug" } }
  expect_failures = [var.settings]
}

run "how_a_process_stops_is_said_once" {
  command = plan
  variables { settings = { "shutdown.drain" = "60s" } }
  expect_failures = [var.settings]
}

run "another_port_is_refused" {
  command = plan
  variables { settings = { "http.listen" = "0.0.0.0:8443" } }
  expect_failures = [var.settings]
}

run "another_admin_port_is_refused" {
  command = plan
  variables { settings = { "admin.listen" = "0.0.0.0:9000" } }
  expect_failures = [var.settings]
}

run "another_role_is_refused" {
  command = plan
  variables { settings = { "role" = "all" } }
  expect_failures = [var.settings]
}

run "another_backend_is_refused" {
  command = plan
  variables { settings = { "store.backend" = "embedded" } }
  expect_failures = [var.settings]
}

run "another_table_is_refused" {
  command = plan
  variables { settings = { "store.dynamodb.table" = "another" } }
  expect_failures = [var.settings]
}

run "other_names_of_stores_are_refused" {
  command = plan
  variables { settings = { "store.tls.names" = "another" } }
  expect_failures = [var.settings]
}

run "another_certificate_is_refused" {
  command = plan
  variables { settings = { "http.tls.certificate_file" = "/tmp/mine.pem" } }
  expect_failures = [var.settings]
}

run "tls_of_the_admin_port_is_refused" {
  command = plan
  variables { settings = { "admin.tls.certificate" = "…" } }
  expect_failures = [var.settings]
}

run "keys_in_settings_are_refused" {
  command = plan
  variables { settings = { "auth.keys_file" = "/tmp/keys" } }
  expect_failures = [var.settings]
}

run "a_service_that_closes_first_is_refused" {
  command = plan
  variables { settings = { "http.idle" = "60s" } }
  expect_failures = [var.settings]
}

run "no_time_is_refused" {
  command = plan
  variables { settings = { "http.idle" = "soon" } }
  expect_failures = [var.settings]
}
