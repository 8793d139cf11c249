# The plans that scripts/infra-cost computes the table of costs from; each run is a column.
mock_provider "aws" {
  source = "./mocks"
}

variables {
  environment     = "dev"
  owner           = "team"
  cost_centre     = "4711"
  commit          = "0123456789abcdef0123456789abcdef01234567"
  certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/imported"
}

run "smallest" {
  command = plan
  variables {
    instances = { type = "t3a.medium", min = 1 }
    network   = { zones = 2 }
    roles     = { api = { min = 1 }, store = { min = 1 } }
    insights  = "disabled"
    backup    = { enabled = false }
  }
}

run "default" {
  command = plan
}

run "fargate" {
  command = plan
  variables { launch = "fargate" }
}

run "inside_only" {
  command = plan
  variables {
    network = { nat = "none", interface_endpoints = ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "secretsmanager"] }
  }
}

run "everything" {
  command = plan
  variables {
    instances       = { type = "c7a.large", min = 3 }
    network         = { nat = "per_zone" }
    roles           = { api = { cpu = 1024, memory = 1024, min = 3 }, store = { cpu = 1024, memory = 2048, min = 3 } }
    table           = { capacity = { mode = "autoscaled", read = 100, write = 50 } }
    certificate_arn = null
    domains         = { "items.example.com" = "example.com" }
    collector_tag   = "0.155.0"
    prober          = true
  }
}
