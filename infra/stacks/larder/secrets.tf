# The secrets are made here, their values never: scripts/secrets-ecs makes and rotates them, so that no key is in a plan
# or in the state.
locals {
  secrets = {
    tls-api   = "Certificate, key and CA of the api role"
    tls-store = "Certificate, key and CA of the store role"
    api       = "Key of cursors and write ids, and the API keys"
    prober    = "Token with which the happy paths are walked"
    operator  = "Token with which everything may be done; no task reads it"
    pki       = "The CA between the roles, with its key; no task reads it"
  }
}

resource "aws_secretsmanager_secret" "main" {
  for_each = local.secrets

  name                    = "${local.prefix}/${each.key}"
  description             = each.value
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = var.protect ? 7 : 0
}

# A task whose secret is empty can't start. Rather than let a deployment find out, this stops before one is made.
data "aws_secretsmanager_secret_versions" "main" {
  for_each = aws_secretsmanager_secret.main

  secret_id = each.value.id

  lifecycle {
    postcondition {
      condition     = length(self.versions) > 0
      error_message = "The secret ${each.value.name} has no value yet: scripts/secrets-ecs makes it."
    }
  }
}

locals {
  # Through the check above, so that nothing uses a secret before it was made.
  secret_arns = { for name, secret in aws_secretsmanager_secret.main : name => secret.arn
  if length(data.aws_secretsmanager_secret_versions.main[name].versions) > 0 }
}
