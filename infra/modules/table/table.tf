locals {
  provisioned = var.capacity.mode != "on_demand"
  autoscaled  = var.capacity.mode == "autoscaled"
}

# Where the autoscaler has moved the capacity, a plan must not move it back. Terraform can't ignore a change in one mode
# and not in another, and a second resource would make a change of mode a new table; so what is there now is looked up.
data "aws_dynamodb_tables" "all" {
  count = local.autoscaled ? 1 : 0
}

data "aws_dynamodb_table" "now" {
  count = local.autoscaled && contains(try(data.aws_dynamodb_tables.all[0].names, []), var.name) ? 1 : 0

  name = var.name
}

locals {
  # A table that was paid by the request until now has no units.
  read_now  = try(data.aws_dynamodb_table.now[0].read_capacity, 0)
  write_now = try(data.aws_dynamodb_table.now[0].write_capacity, 0)

  read  = local.autoscaled ? min(max(local.read_now, var.capacity.read), var.capacity.max_read) : var.capacity.read
  write = local.autoscaled ? min(max(local.write_now, var.capacity.write), var.capacity.max_write) : var.capacity.write
}

# What `app bootstrap` checks: the key is (pk, sk), both strings, and x is the time to live.
resource "aws_dynamodb_table" "main" {
  name           = var.name
  billing_mode   = local.provisioned ? "PROVISIONED" : "PAY_PER_REQUEST"
  read_capacity  = local.provisioned ? local.read : null
  write_capacity = local.provisioned ? local.write : null
  hash_key       = "pk"
  range_key      = "sk"
  table_class    = "STANDARD"

  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  ttl {
    attribute_name = "x"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  dynamic "on_demand_throughput" {
    for_each = local.provisioned ? [] : [var.capacity]

    content {
      max_read_request_units  = on_demand_throughput.value.max_read
      max_write_request_units = on_demand_throughput.value.max_write
    }
  }

  tags = { service = "store" }
}

resource "aws_dynamodb_contributor_insights" "main" {
  count = var.contributor_insights ? 1 : 0

  table_name = aws_dynamodb_table.main.name
}
