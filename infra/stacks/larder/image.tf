# The image is found, not written in: the commit names its tag, and what runs is the digest behind it.
data "aws_caller_identity" "me" {}

data "aws_region" "here" {}

data "aws_partition" "here" {}

data "aws_ecr_image" "service" {
  registry_id     = local.registry_id
  repository_name = var.registry.repository
  image_tag       = var.commit
}

data "aws_ecr_image" "collector" {
  count = var.collector_tag == null ? 0 : 1

  registry_id     = local.registry_id
  repository_name = "mirror/collector"
  image_tag       = var.collector_tag
}

locals {
  registry_id = coalesce(var.registry.account_id, data.aws_caller_identity.me.account_id)
  registry    = "${local.registry_id}.dkr.ecr.${data.aws_region.here.name}.${data.aws_partition.here.dns_suffix}"
  arn_prefix  = "arn:${data.aws_partition.here.partition}:ecr:${data.aws_region.here.name}:${local.registry_id}:repository"

  image = {
    image          = "${local.registry}/${var.registry.repository}@${data.aws_ecr_image.service.image_digest}"
    repository_arn = "${local.arn_prefix}/${var.registry.repository}"
  }
  collector = var.collector_tag == null ? null : {
    image          = "${local.registry}/mirror/collector@${data.aws_ecr_image.collector[0].image_digest}"
    repository_arn = "${local.arn_prefix}/mirror/collector"
  }
}
