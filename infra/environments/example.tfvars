# An environment: copy this to NAME.tfvars, then `just deploy-ecs NAME`. What is left out has the defaults of
# stacks/larder/variables.tf. Project, environment, commit and region come from the script.

owner       = "platform@example.com"
cost_centre = "4711"

# Names under which the API is reached, and the Route 53 zone of each. Without any, the balancer's own name is used, with
# a certificate that `app pki` made.
domains = { "items.example.com" = "example.com" }

# What it costs, from the cheapest on: infra/README.md has the table.
launch  = "ec2"           # or "fargate"
network = { nat = "one" } # or "none" (with interface endpoints), "per_zone"
table   = { capacity = { mode = "provisioned", read = 25, write = 25 } }

roles = {
  api   = { cpu = 256, memory = 512, min = 2, max = 6 }
  store = { cpu = 512, memory = 1024, min = 2, max = 6 }
}

# Walk the happy paths all the time; tell somebody.
prober       = true
alarm_emails = ["on-call@example.com"]
runbooks_url = "https://github.com/example/larder/blob/main/docs/runbooks"
