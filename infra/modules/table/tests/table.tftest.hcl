# The schema that `app bootstrap` checks, the three ways to pay, and what keeps the data safe.
mock_provider "aws" {
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev" }
  }
}

variables {
  name        = "larder-dev"
  kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
}

run "the_schema" {
  assert {
    condition     = aws_dynamodb_table.main.hash_key == "pk" && aws_dynamodb_table.main.range_key == "sk"
    error_message = "The key is (pk, sk)."
  }
  assert {
    condition     = { for a in aws_dynamodb_table.main.attribute : a.name => a.type } == { pk = "S", sk = "S" }
    error_message = "Both parts of the key are strings, and nothing else is declared."
  }
  assert {
    condition     = aws_dynamodb_table.main.ttl[0].enabled && aws_dynamodb_table.main.ttl[0].attribute_name == "x"
    error_message = "x is the time to live."
  }
  assert {
    condition     = aws_dynamodb_table.main.stream_enabled != true
    error_message = "A stream would keep a provisioned table from splitting a hot collection."
  }
}

run "safe_and_free_by_default" {
  assert {
    condition     = aws_dynamodb_table.main.billing_mode == "PROVISIONED" && aws_dynamodb_table.main.read_capacity == 25 && aws_dynamodb_table.main.write_capacity == 25
    error_message = "The default stays within the free tier: 25 and 25."
  }
  assert {
    condition     = aws_dynamodb_table.main.server_side_encryption[0].enabled && aws_dynamodb_table.main.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table is encrypted with our own key."
  }
  assert {
    condition     = aws_dynamodb_table.main.point_in_time_recovery[0].enabled && aws_dynamodb_table.main.point_in_time_recovery[0].recovery_period_in_days == 35
    error_message = "Any second of the last 35 days can be restored."
  }
  assert {
    condition     = aws_dynamodb_table.main.deletion_protection_enabled
    error_message = "The table can't be deleted by accident."
  }
  assert {
    condition     = length(aws_appautoscaling_target.units) == 0 && length(aws_dynamodb_contributor_insights.main) == 0 && length(aws_dynamodb_resource_policy.items) == 0
    error_message = "Nothing is there that nobody asked for."
  }
}

run "autoscaled" {
  variables { capacity = { mode = "autoscaled", read = 10, write = 5, max_read = 200, max_write = 100 } }

  assert {
    condition     = aws_dynamodb_table.main.billing_mode == "PROVISIONED" && aws_dynamodb_table.main.read_capacity == 10 && aws_dynamodb_table.main.write_capacity == 5
    error_message = "A new autoscaled table begins at its smallest capacity."
  }
  assert {
    condition     = aws_appautoscaling_target.units["Read"].max_capacity == 200 && aws_appautoscaling_target.units["Write"].min_capacity == 5
    error_message = "The autoscaler keeps to the range."
  }
  assert {
    condition     = aws_appautoscaling_policy.units["Write"].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "DynamoDBWriteCapacityUtilization"
    error_message = "Writes follow the utilisation of writes."
  }
}

run "autoscaled_and_moved" {
  command = plan
  variables { capacity = { mode = "autoscaled", read = 10, write = 5, max_read = 200, max_write = 100 } }

  override_data {
    target = data.aws_dynamodb_tables.all[0]
    values = { names = ["larder-dev"] }
  }
  override_data {
    target = data.aws_dynamodb_table.now[0]
    values = { read_capacity = 80, write_capacity = 400 }
  }
  assert {
    condition     = aws_dynamodb_table.main.read_capacity == 80
    error_message = "What the autoscaler decided stays."
  }
  assert {
    condition     = aws_dynamodb_table.main.write_capacity == 100
    error_message = "But not beyond the range."
  }
}

run "on_demand" {
  variables { capacity = { mode = "on_demand", max_read = 1000, max_write = 500 } }

  assert {
    condition     = aws_dynamodb_table.main.billing_mode == "PAY_PER_REQUEST" && length(aws_appautoscaling_target.units) == 0
    error_message = "Paid by the request, nothing is scaled."
  }
  assert {
    condition     = aws_dynamodb_table.main.on_demand_throughput[0].max_read_request_units == 1000 && aws_dynamodb_table.main.on_demand_throughput[0].max_write_request_units == 500
    error_message = "A bound keeps a mistake from costing a fortune."
  }
}

run "only_named_roles_touch_items" {
  variables {
    item_access_arns     = ["arn:aws:iam::123456789012:role/larder-dev-store"]
    contributor_insights = true
  }

  assert {
    condition     = jsondecode(aws_dynamodb_resource_policy.items[0].policy).Statement[0].Effect == "Deny" && jsondecode(aws_dynamodb_resource_policy.items[0].policy).Statement[0].Condition.ArnNotEquals["aws:PrincipalArn"] == ["arn:aws:iam::123456789012:role/larder-dev-store"]
    error_message = "Everybody but the store is kept from the items."
  }
  assert {
    condition     = alltrue([for action in ["GetItem", "Scan", "Query", "PutItem", "PartiQLSelect"] : contains(jsondecode(aws_dynamodb_resource_policy.items[0].policy).Statement[0].Action, "dynamodb:${action}")])
    error_message = "Every way to an item is closed."
  }
  assert {
    condition     = length(aws_dynamodb_contributor_insights.main) == 1
    error_message = "The hottest keys are told when asked for."
  }
}

run "a_wrong_mode_is_refused" {
  command = plan
  variables { capacity = { mode = "free" } }
  expect_failures = [var.capacity]
}

run "a_range_upside_down_is_refused" {
  command = plan
  variables { capacity = { mode = "autoscaled", read = 500 } }
  expect_failures = [var.capacity]
}
