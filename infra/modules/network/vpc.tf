data "aws_availability_zones" "all" {
  state = "available"

  # Local zones have neither a NAT gateway nor every instance type.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(sort(data.aws_availability_zones.all.names), 0, var.zones)
  index = { for position, zone in local.zones : zone => position }
}

resource "aws_vpc" "main" {
  cidr_block                       = var.cidr
  assign_generated_ipv6_cidr_block = var.ipv6
  enable_dns_hostnames             = true
  enable_dns_support               = true

  tags = { Name = var.name }
}

# Nothing may use these two by accident: both are emptied.
resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${var.name}-unused" }
}

resource "aws_default_network_acl" "none" {
  default_network_acl_id = aws_vpc.main.default_network_acl_id

  tags = { Name = "${var.name}-unused" }

  # A subnet without an ACL of its own would appear here; each has one.
  lifecycle {
    ignore_changes = [subnet_ids]
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = { Name = var.name }
}
