locals {
  # Each action that the store calls, on its one table, and no other. Transactions need the rights of their parts.
  table_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Items"
        Effect = "Allow"
        Action = [
          "dynamodb:BatchGetItem",
          "dynamodb:ConditionCheckItem",
          "dynamodb:DeleteItem",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ]
        Resource = var.table.arn
      },
      {
        Sid      = "CheckTheTable"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"]
        Resource = var.table.arn
      },
      {
        Sid       = "ReadWhatIsEncrypted"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = var.kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${data.aws_region.here.name}.amazonaws.com" } }
      },
    ]
  })
}
