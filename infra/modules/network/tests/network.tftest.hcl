# What the network promises: three zones, three tiers, no way in but the named ones.
mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1b", "eu-west-1a", "eu-west-1c", "eu-west-1d"] }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_vpc" {
    defaults = { ipv6_cidr_block = "2001:db8:0:100::/56" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/larder-dev/flow" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/larder-dev-flow-logs" }
  }
}

variables {
  name            = "larder-dev"
  kms_key_arn     = "arn:aws:kms:eu-west-1:123456789012:key/1"
  container_ports = [8080, 8081]
}

run "three_zones_and_tiers" {
  assert {
    condition     = length(aws_subnet.public) == 3 && length(aws_subnet.private) == 3 && length(aws_subnet.data) == 3
    error_message = "Each tier has a subnet in each of three zones."
  }
  assert {
    condition     = keys(aws_subnet.public) == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    error_message = "The zones are taken in the order of their names, so that they stay the same."
  }
  assert {
    condition     = length(distinct([for s in concat(values(aws_subnet.public), values(aws_subnet.private), values(aws_subnet.data)) : s.cidr_block])) == 9
    error_message = "No two subnets share a range."
  }
  assert {
    condition     = alltrue([for s in concat(values(aws_subnet.public), values(aws_subnet.private), values(aws_subnet.data)) : s.map_public_ip_on_launch != true])
    error_message = "Nothing gets a public address by itself."
  }
  assert {
    condition     = aws_vpc.main.enable_dns_hostnames && aws_vpc.main.enable_dns_support
    error_message = "SRV records in a private zone need DNS in the VPC."
  }
  assert {
    condition     = aws_vpc.main.assign_generated_ipv6_cidr_block && alltrue([for s in aws_subnet.public : s.ipv6_cidr_block != null])
    error_message = "The balancer needs IPv6 in the public tier for its AAAA records."
  }
}

run "nothing_is_left_at_its_default" {
  assert {
    condition     = length(aws_default_security_group.none.ingress) == 0 && length(aws_default_security_group.none.egress) == 0
    error_message = "The default security group has no rules."
  }
  assert {
    condition     = length(aws_default_network_acl.none.ingress) == 0 && length(aws_default_network_acl.none.egress) == 0
    error_message = "The default network ACL lets nothing through."
  }
  assert {
    condition     = toset(keys(aws_network_acl.tier)) == toset(["public", "private", "data"]) && alltrue([for acl in aws_network_acl.tier : length(acl.subnet_ids) == 3])
    error_message = "Each tier has an ACL of its own over all its subnets."
  }
}

run "acls_pass_what_is_needed_and_no_more" {
  assert {
    condition = toset([for rule in aws_network_acl_rule.allow : rule.from_port
    if rule.network_acl_id == aws_network_acl.tier["public"].id && !rule.egress && try(rule.from_port < 1024, false)]) == toset([443, 80])
    error_message = "Of the low ports, only 443 and 80 come into the public tier."
  }
  assert {
    condition     = aws_network_acl_rule.allow["public-ingress-101"].ipv6_cidr_block == "::/0" && aws_network_acl_rule.allow["public-egress-101"].ipv6_cidr_block == "::/0"
    error_message = "IPv6 callers get in, and their answers out."
  }
  assert {
    condition = alltrue([for key, rule in aws_network_acl_rule.allow : rule.cidr_block == "10.40.0.0/16" || (rule.from_port == 32768 && rule.to_port == 60999)
    if startswith(key, "private-ingress") && rule.protocol == "tcp"])
    error_message = "From outside the VPC only answers come into the private tier."
  }
  assert {
    condition     = alltrue([for port in [8080, 8081] : anytrue([for key, rule in aws_network_acl_rule.allow : rule.from_port == port && rule.to_port == port if startswith(key, "private-ingress")])])
    error_message = "The ports of tasks with an address of their own are reachable inside the VPC."
  }
  assert {
    condition     = aws_network_acl_rule.allow["private-ingress-100"].cidr_block == "10.40.0.0/16"
    error_message = "The balancer and the other role reach dynamic host ports."
  }
  assert {
    condition     = alltrue([for key, rule in aws_network_acl_rule.allow : rule.cidr_block == "10.40.0.0/16" if startswith(key, "data-")])
    error_message = "The data tier talks with the VPC only."
  }
  assert {
    condition     = [for key, rule in aws_network_acl_rule.allow : rule.from_port if startswith(key, "data-ingress") && rule.protocol == "tcp"] == [443]
    error_message = "Only HTTPS goes into the data tier."
  }
  assert {
    condition     = [for key, rule in aws_network_acl_rule.allow : rule.from_port if startswith(key, "private-egress") && rule.cidr_block == "0.0.0.0/0" && rule.protocol == "tcp"] == [443]
    error_message = "Only HTTPS leaves the VPC from the private tier."
  }
  assert {
    condition = { for key, rule in aws_network_acl_rule.allow : key => "${rule.protocol} ${rule.icmp_type}/${rule.icmp_code} ${try(coalesce(rule.cidr_block, rule.ipv6_cidr_block), "")}" if rule.protocol != "tcp" } == {
      public-ingress-900  = "icmp 3/4 0.0.0.0/0", public-egress-900 = "icmp 3/4 0.0.0.0/0", public-ingress-901 = "58 2/0 ::/0", public-egress-901 = "58 2/0 ::/0"
      private-ingress-900 = "icmp 3/4 0.0.0.0/0", private-egress-900 = "icmp 3/4 0.0.0.0/0", data-ingress-900 = "icmp 3/4 10.40.0.0/16", data-egress-900 = "icmp 3/4 10.40.0.0/16"
    }
    error_message = "Whoever sends packets that are too big for the way hears of it, and nothing else of ICMP passes."
  }
}

run "nat_one" {
  assert {
    condition     = keys(aws_nat_gateway.main) == ["eu-west-1a"] && length(aws_route.nat) == 3
    error_message = "One NAT gateway serves all zones."
  }
}

run "nat_per_zone" {
  variables { nat = "per_zone" }

  assert {
    condition     = length(aws_nat_gateway.main) == 3 && alltrue([for zone, route in aws_route.nat : route.nat_gateway_id == aws_nat_gateway.main[zone].id])
    error_message = "Each zone goes out through a gateway of its own."
  }
  assert {
    condition     = output.nat_ranges == { for zone, address in aws_eip.nat : zone => "${address.public_ip}/32" } && length(output.nat_ranges) == 3
    error_message = "Whoever has to let in what goes out knows from where it comes."
  }
}

run "nat_none" {
  variables {
    nat                 = "none"
    ipv6                = false
    interface_endpoints = ["ecr.api", "ecr.dkr", "logs"]
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 0 && length(aws_route.nat) == 0 && length(aws_eip.nat) == 0
    error_message = "Without NAT there is no way out of the private tier."
  }
  assert {
    condition     = !contains(keys(aws_network_acl_rule.allow), "public-ingress-130") && !contains(keys(aws_network_acl_rule.allow), "public-egress-110")
    error_message = "Without NAT the public tier's ACL is narrower."
  }
  assert {
    condition     = length(aws_vpc_endpoint.interface) == 3 && alltrue([for e in aws_vpc_endpoint.interface : e.private_dns_enabled])
    error_message = "The endpoints that were asked for are there, under the services' own names."
  }
  assert {
    condition     = output.endpoint_security_group_id != null
    error_message = "Whoever calls the endpoints needs their security group."
  }
  assert {
    condition     = length([for rule in aws_network_acl_rule.allow : rule if rule.ipv6_cidr_block != null]) == 0 && length(aws_route.out_ipv6) == 0
    error_message = "Without IPv6 nothing is open to it."
  }
}

run "gateways_and_flow_logs" {
  assert {
    condition     = aws_vpc_endpoint.dynamodb.vpc_endpoint_type == "Gateway" && length(aws_vpc_endpoint.dynamodb.route_table_ids) == 3
    error_message = "DynamoDB is reached through a gateway endpoint from each private subnet."
  }
  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway"
    error_message = "Image layers come through a gateway endpoint."
  }
  assert {
    condition     = endswith(jsondecode(aws_vpc_endpoint.dynamodb.policy).Statement[0].Resource, ":123456789012:table/*")
    error_message = "Only tables of this account can be reached."
  }
  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && output.endpoint_security_group_id == null
    error_message = "Interface endpoints cost, so that none is there unasked."
  }
  assert {
    condition     = aws_flow_log.main.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.retention_in_days == 30 && aws_cloudwatch_log_group.flow.kms_key_id == var.kms_key_arn
    error_message = "Flow logs hold all traffic, end, and are encrypted."
  }
  assert {
    condition     = aws_iam_role.flow.name == "larder-dev-eu-west-1-flow-logs"
    error_message = "The same environment in another region has a role of its own."
  }
}

run "a_wrong_way_out_is_refused" {
  command = plan
  variables { nat = "two" }
  expect_failures = [var.nat]
}

run "a_small_range_is_refused" {
  command = plan
  variables { cidr = "10.0.0.0/24" }
  expect_failures = [var.cidr]
}

run "one_zone_is_refused" {
  command = plan
  variables { zones = 1 }
  expect_failures = [var.zones]
}
