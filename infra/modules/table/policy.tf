# Administrators with dynamodb:* are many, those who should read documents are few. This names them; describing,
# backing up and deleting stay with the account's own policies.
resource "aws_dynamodb_resource_policy" "items" {
  count = length(var.item_access_arns) > 0 ? 1 : 0

  resource_arn = aws_dynamodb_table.main.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ItemsOnlyForNamedRoles"
      Effect    = "Deny"
      Principal = "*"
      Action = [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
      ]
      Resource  = aws_dynamodb_table.main.arn
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = var.item_access_arns } }
    }]
  })
}
