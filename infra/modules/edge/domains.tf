locals {
  domains         = sort(keys(var.domains))
  own             = length(local.domains) > 0
  certificate_arn = local.own ? aws_acm_certificate_validation.main[0].certificate_arn : var.certificate_arn
}

data "aws_route53_zone" "main" {
  for_each = toset(values(var.domains))

  name         = each.key
  private_zone = false
}

# One certificate for all names, proved by a record in each name's own zone, and renewed by ACM for as long as these stay.
resource "aws_acm_certificate" "main" {
  count = local.own ? 1 : 0

  domain_name               = local.domains[0]
  subject_alternative_names = slice(local.domains, 1, length(local.domains))
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  proofs = { for option in flatten(aws_acm_certificate.main[*].domain_validation_options) : option.domain_name => option... }
}

resource "aws_route53_record" "proof" {
  for_each = var.domains

  zone_id         = data.aws_route53_zone.main[each.value].zone_id
  name            = local.proofs[each.key][0].resource_record_name
  type            = local.proofs[each.key][0].resource_record_type
  records         = [local.proofs[each.key][0].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "main" {
  count = local.own ? 1 : 0

  certificate_arn         = aws_acm_certificate.main[0].arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_route53_record" "address" {
  for_each = merge([for type in(var.ipv6 ? ["A", "AAAA"] : ["A"]) : { for domain, zone in var.domains : "${domain} ${type}" => { domain = domain, zone = zone, type = type } }]...)

  zone_id = data.aws_route53_zone.main[each.value.zone].zone_id
  name    = each.value.domain
  type    = each.value.type

  allow_overwrite = var.take_over_records

  alias {
    name                   = aws_lb.main.dns_name
    zone_id                = aws_lb.main.zone_id
    evaluate_target_health = true
  }
}
