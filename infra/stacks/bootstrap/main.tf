data "aws_route53_zone" "records" {
  for_each = var.zone_names

  name = each.key
}

module "access" {
  source = "../../modules/access"

  project           = var.project
  first_region      = var.first_region
  state_bucket_arn  = aws_s3_bucket.state.arn
  oidc_provider_arn = var.oidc_provider_arn
  deploy_subjects   = var.deploy_subjects
  plan_subjects     = var.plan_subjects
  renew_subjects    = var.renew_subjects
  zone_ids          = [for zone in data.aws_route53_zone.records : zone.zone_id]
}
