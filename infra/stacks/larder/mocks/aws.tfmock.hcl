# What AWS says in tests: of what is looked up, and of what is made.
mock_data "aws_availability_zones" {
  defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
}
mock_data "aws_region" {
  defaults = { name = "eu-west-1" }
}
mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}
mock_data "aws_partition" {
  defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
}
mock_data "aws_ecr_image" {
  defaults = { image_digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
}
mock_data "aws_secretsmanager_secret_versions" {
  defaults = {
    arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:some-1"
    versions = [{ version_id = "1" }]
  }
}
mock_data "aws_iam_policy_document" {
  defaults = { json = "{}" }
}
mock_data "aws_default_tags" {
  defaults = { tags = { project = "larder" } }
}
mock_data "aws_route53_zone" {
  defaults = { zone_id = "Z1" }
}
mock_resource "aws_vpc" {
  defaults = { ipv6_cidr_block = "2001:db8:0:100::/56" }
}
mock_resource "aws_eip" {
  defaults = { public_ip = "198.51.100.7" }
}
mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1" }
}
mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/larder-dev/some" }
}
mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/some" }
}
mock_resource "aws_iam_instance_profile" {
  defaults = { arn = "arn:aws:iam::123456789012:instance-profile/some" }
}
mock_resource "aws_dynamodb_table" {
  defaults = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/larder-dev" }
}
mock_resource "aws_ecs_cluster" {
  defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/larder-dev" }
}
mock_resource "aws_ecs_task_definition" {
  defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/some:1" }
}
mock_resource "aws_autoscaling_group" {
  defaults = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/some" }
}
mock_resource "aws_launch_template" {
  defaults = { id = "lt-1", latest_version = 1 }
}
mock_resource "aws_lb" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/larder-dev/1"
    arn_suffix = "app/larder-dev/1"
    dns_name   = "larder-dev-1.eu-west-1.elb.amazonaws.com"
  }
}
mock_resource "aws_lb_target_group" {
  defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/api-1/1" }
}
mock_resource "aws_wafv2_web_acl" {
  defaults = { arn = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/larder-dev/1" }
}
mock_resource "aws_acm_certificate" {
  defaults = {
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
    domain_validation_options = [
      { domain_name = "items.example.com", resource_record_name = "_a.items.example.com", resource_record_type = "CNAME", resource_record_value = "a." },
    ]
  }
}
mock_resource "aws_acm_certificate_validation" {
  defaults = { certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1" }
}
mock_resource "aws_acmpca_certificate_authority" {
  defaults = { arn = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1" }
}
mock_resource "aws_acmpca_certificate_authority_certificate" {
  defaults = { certificate_authority_arn = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1" }
}
mock_resource "aws_service_discovery_service" {
  defaults = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1" }
}
mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:larder-dev-alarms" }
}
mock_resource "aws_backup_vault" {
  defaults = { arn = "arn:aws:backup:eu-west-1:123456789012:backup-vault:larder-dev" }
}
mock_resource "aws_prometheus_workspace" {
  defaults = { id = "ws-1", arn = "arn:aws:aps:eu-west-1:123456789012:workspace/ws-1", prometheus_endpoint = "https://aps/" }
}
