# Certificates between the roles from AWS Private CA, by one variable. ACM makes and renews them; scripts/secrets-ecs
# takes them from there instead of making its own.
resource "aws_acmpca_certificate_authority" "main" {
  count = var.private_ca ? 1 : 0

  type                            = "ROOT"
  permanent_deletion_time_in_days = 7

  certificate_authority_configuration {
    key_algorithm     = "EC_prime256v1"
    signing_algorithm = "SHA256WITHECDSA"

    subject {
      common_name = local.prefix
    }
  }
}

resource "aws_acmpca_certificate" "root" {
  count = var.private_ca ? 1 : 0

  certificate_authority_arn   = aws_acmpca_certificate_authority.main[0].arn
  certificate_signing_request = aws_acmpca_certificate_authority.main[0].certificate_signing_request
  signing_algorithm           = "SHA256WITHECDSA"
  template_arn                = "arn:${data.aws_partition.here.partition}:acm-pca:::template/RootCACertificate/V1"

  validity {
    type  = "YEARS"
    value = 10
  }
}

resource "aws_acmpca_certificate_authority_certificate" "main" {
  count = var.private_ca ? 1 : 0

  certificate_authority_arn = aws_acmpca_certificate_authority.main[0].arn
  certificate               = aws_acmpca_certificate.root[0].certificate
  certificate_chain         = aws_acmpca_certificate.root[0].certificate_chain
}

# ACM renews what it issued only where the CA says that it may.
resource "aws_acmpca_permission" "acm" {
  count = var.private_ca ? 1 : 0

  certificate_authority_arn = aws_acmpca_certificate_authority.main[0].arn
  principal                 = "acm.amazonaws.com"
  actions                   = ["GetCertificate", "IssueCertificate", "ListPermissions"]
}

# Whose certificates these are is said by name, in the namespace of the tasks: ACM demands a dot. The key has to be of the
# CA's own kind.
resource "aws_acm_certificate" "role" {
  for_each = var.private_ca ? toset(["api", "store"]) : toset([])

  domain_name               = "${each.key}.${local.prefix}.internal"
  key_algorithm             = "EC_prime256v1"
  certificate_authority_arn = aws_acmpca_certificate_authority_certificate.main[0].certificate_authority_arn

  tags = { service = each.key }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_acmpca_permission.acm]
}
