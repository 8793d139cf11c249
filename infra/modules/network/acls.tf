# An ACL per tier, written as tables: number, protocol, range, first port, last port; of ICMP type and code. What is not named is refused.
# ACLs keep no state, so each way out has its way back on the ports from which connections are opened: 1024 and above
# for callers, balancer and NAT, 32768 to 60999 for Linux.
locals {
  anywhere      = "0.0.0.0/0"
  anywhere_ipv6 = "::/0"

  acls = {
    public = {
      subnets = [for subnet in aws_subnet.public : subnet.id]
      ingress = concat([
        [100, "tcp", local.anywhere, 443, 443],
        [101, "tcp", local.anywhere_ipv6, 443, 443],
        [110, "tcp", local.anywhere, 80, 80],
        [111, "tcp", local.anywhere_ipv6, 80, 80],
        # Answers of the tasks to the balancer.
        [120, "tcp", var.cidr, 1024, 65535],
        ], var.nat == "none" ? [] : [
        # Answers to what goes out through NAT; and what goes in there from the private tier.
        [130, "tcp", local.anywhere, 1024, 65535],
      ])
      egress = concat([
        # Answers to callers.
        [100, "tcp", local.anywhere, 1024, 65535],
        [101, "tcp", local.anywhere_ipv6, 1024, 65535],
        ], var.nat == "none" ? [] : [
        [110, "tcp", local.anywhere, 443, 443],
      ])
    }
    private = {
      subnets = [for subnet in aws_subnet.private : subnet.id]
      ingress = concat([
        # Host ports of bridged tasks, from the balancer and from the other role; answers of the data tier.
        [100, "tcp", var.cidr, 32768, 60999],
        # Answers through NAT and through the gateway endpoints, whose addresses are public ones.
        [110, "tcp", local.anywhere, 32768, 60999],
        ], [for position, port in sort([for port in var.container_ports : format("%05d", port)]) :
        [200 + position, "tcp", var.cidr, tonumber(port), tonumber(port)]
      ])
      egress = [
        [100, "tcp", local.anywhere, 443, 443],
        # Answers to the balancer, and the other role's ports.
        [110, "tcp", var.cidr, 1024, 65535],
      ]
    }
    data = {
      subnets = [for subnet in aws_subnet.data : subnet.id]
      ingress = [[100, "tcp", var.cidr, 443, 443]]
      egress  = [[100, "tcp", var.cidr, 1024, 65535]]
    }
  }

  # That a packet is too big for the way is said by ICMP, type 3 and code 4, or type 2 of ICMPv6 (protocol 58): routers on the
  # way say it, wherever they are. Who does not hear it sends the same packet again until the connection breaks.
  too_big = { for tier in keys(local.acls) : tier => concat(
    [[900, "icmp", tier == "data" ? var.cidr : local.anywhere, 3, 4]],
    tier == "public" ? [[901, "58", local.anywhere_ipv6, 2, 0]] : [],
  ) }

  acl_rules = merge([for tier, acl in local.acls : merge([for way in ["ingress", "egress"] : {
    for rule in concat(acl[way], local.too_big[tier]) : "${tier}-${way}-${rule[0]}" => { tier = tier, egress = way == "egress", rule = rule } if var.ipv6 || rule[2] != local.anywhere_ipv6
  }]...)]...)
}

resource "aws_network_acl" "tier" {
  for_each = local.acls

  vpc_id     = aws_vpc.main.id
  subnet_ids = each.value.subnets

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_network_acl_rule" "allow" {
  for_each = local.acl_rules

  network_acl_id  = aws_network_acl.tier[each.value.tier].id
  egress          = each.value.egress
  rule_action     = "allow"
  rule_number     = each.value.rule[0]
  protocol        = each.value.rule[1]
  cidr_block      = strcontains(each.value.rule[2], ":") ? null : each.value.rule[2]
  ipv6_cidr_block = strcontains(each.value.rule[2], ":") ? each.value.rule[2] : null
  from_port       = each.value.rule[1] == "tcp" ? each.value.rule[3] : null
  to_port         = each.value.rule[1] == "tcp" ? each.value.rule[4] : null
  icmp_type       = each.value.rule[1] == "tcp" ? null : each.value.rule[3]
  icmp_code       = each.value.rule[1] == "tcp" ? null : each.value.rule[4]
}
