# Who may speak to whom: all of it, in one table. Each flow becomes a rule at both ends, and both ends are groups.
locals {
  ec2      = var.launch == "ec2"
  observed = var.collector_tag != null

  # Bridged tasks share the group of their instances, and Docker picks their ports from Linux's range.
  host_ports = [32768, 60999]

  groups = merge(
    { balancer = module.edge.security_group_id },
    local.ec2 ? { instances = module.cluster.instance_security_group_id } : {
      api                   = module.role["api"].security_group_id
      store                 = module.role["store"].security_group_id
    },
    !local.ec2 && var.prober ? { prober = module.monitoring.security_group_ids.prober } : {},
    local.observed ? { collector = module.monitoring.security_group_ids.collector } : {},
    length(var.network.interface_endpoints) > 0 ? { endpoints = module.network.endpoint_security_group_id } : {},
  )

  # From, to, first port, last port.
  flows = { for flow in concat(
    local.ec2 ? [
      ["balancer", "instances", local.host_ports[0], local.host_ports[1]],
      ["instances", "instances", local.host_ports[0], local.host_ports[1]],
      ["collector", "instances", local.host_ports[0], local.host_ports[1]],
      ["instances", "collector", 4317, 4317],
      ] : [
      ["balancer", "api", 8080, 8080],
      ["api", "store", 8081, 8081],
      ["collector", "api", 9080, 9080],
      ["collector", "store", 9081, 9081],
      ["collector", "prober", 9090, 9090],
      ["api", "collector", 4317, 4317],
      ["store", "collector", 4317, 4317],
    ],
    [for group in local.callers : [group, "endpoints", 443, 443]],
    ) : "${flow[0]}-${flow[1]}-${flow[2]}" => { from = flow[0], to = flow[1], first = flow[2], last = flow[3] }
    if contains(keys(local.groups), flow[0]) && contains(keys(local.groups), flow[1])
  }

  # Who calls AWS.
  callers = ["instances", "api", "store", "prober", "collector"]
  out     = [for group in local.callers : group if contains(keys(local.groups), group)]
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each = local.flows

  security_group_id            = local.groups[each.value.to]
  referenced_security_group_id = local.groups[each.value.from]
  description                  = "From ${each.value.from}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.first
  to_port                      = each.value.last
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each = local.flows

  security_group_id            = local.groups[each.value.from]
  referenced_security_group_id = local.groups[each.value.to]
  description                  = "To ${each.value.to}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.first
  to_port                      = each.value.last
}

# The table and image layers, through the gateway endpoints.
resource "aws_vpc_security_group_egress_rule" "gateway" {
  for_each = merge([for service in ["dynamodb", "s3"] : { for group in local.out : "${group}-${service}" => { group = group, service = service } }]...)

  security_group_id = local.groups[each.value.group]
  prefix_list_id    = module.network.gateway_prefix_list_ids[each.value.service]
  description       = "To ${each.value.service}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# What has no endpoint inside has addresses that nobody can name: only where there is a way out at all.
resource "aws_vpc_security_group_egress_rule" "out" {
  for_each = var.network.nat == "none" ? toset([]) : toset(local.out)

  security_group_id = local.groups[each.key]
  cidr_ipv4         = "0.0.0.0/0"
  description       = "To AWS through NAT"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
