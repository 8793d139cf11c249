data "aws_region" "here" {}

data "aws_caller_identity" "me" {}

data "aws_partition" "here" {}

# Free, and keeps the table's traffic off the NAT gateway. Only tables of this account can be reached through it.
resource "aws_vpc_endpoint" "dynamodb" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${data.aws_region.here.name}.dynamodb"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TablesOfThisAccount"
      Effect    = "Allow"
      Principal = "*"
      Action    = "dynamodb:*"
      Resource  = "arn:${data.aws_partition.here.partition}:dynamodb:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}:table/*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = data.aws_caller_identity.me.account_id } }
    }]
  })

  tags = { Name = "${var.name}-dynamodb" }
}

# Image layers lie in buckets of AWS, so that this one can't be narrowed to the account.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${data.aws_region.here.name}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]

  tags = { Name = "${var.name}-s3" }
}

resource "aws_security_group" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Doors to AWS services; who may come in is said where the callers are made."
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${data.aws_region.here.name}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  security_group_ids  = aws_security_group.endpoints[*].id
  subnet_ids          = [for subnet in aws_subnet.data : subnet.id]

  tags = { Name = "${var.name}-${each.key}" }
}

# The ranges behind the gateway endpoints, for security groups.
data "aws_ec2_managed_prefix_list" "gateway" {
  for_each = toset(["dynamodb", "s3"])

  name = "com.amazonaws.${data.aws_region.here.name}.${each.key}"
}
