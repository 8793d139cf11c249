# The way in: TLS only, proved names, a firewall, and header fields that nobody can play with.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_route53_zone" {
    defaults = { zone_id = "Z1" }
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
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-larder-dev" }
  }
  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
      domain_validation_options = [
        { domain_name = "items.example.com", resource_record_name = "_a.items.example.com", resource_record_type = "CNAME", resource_record_value = "a." },
        { domain_name = "items.example.org", resource_record_name = "_b.items.example.org", resource_record_type = "CNAME", resource_record_value = "b." },
      ]
    }
  }
  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1" }
  }
}

variables {
  name                   = "larder-dev"
  vpc_id                 = "vpc-1"
  subnet_ids             = ["subnet-1", "subnet-2", "subnet-3"]
  certificate_arn        = "arn:aws:acm:eu-west-1:123456789012:certificate/imported"
  target_type            = "instance"
  deregistration_seconds = 23
  kms_key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/1"
}

run "tls_only" {
  assert {
    condition     = aws_lb_listener.https.port == 443 && aws_lb_listener.https.protocol == "HTTPS" && aws_lb_listener.https.ssl_policy == "ELBSecurityPolicy-TLS13-1-3-2021-06"
    error_message = "Callers speak TLS 1.3."
  }
  assert {
    condition     = aws_lb_listener.redirect.default_action[0].type == "redirect" && aws_lb_listener.redirect.default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "Port 80 does nothing but send to HTTPS."
  }
  assert {
    condition     = aws_lb_listener.https.certificate_arn == var.certificate_arn
    error_message = "Without a domain, an imported certificate is used."
  }
  assert {
    condition     = aws_lb_target_group.api.protocol == "HTTPS" && aws_lb_target_group.api.health_check[0].protocol == "HTTPS"
    error_message = "It is TLS up to the task."
  }
  assert {
    condition     = startswith(aws_lb_listener.https.routing_http_response_strict_transport_security_header_value, "max-age=31536000")
    error_message = "Browsers remember that it is TLS only."
  }
  assert {
    condition     = startswith(output.url, "https://")
    error_message = "The endpoint is an HTTPS one."
  }
}

run "targets" {
  assert {
    condition     = aws_lb_target_group.api.health_check[0].path == "/healthz?probe=self" && aws_lb_target_group.api.health_check[0].matcher == "200"
    error_message = "The balancer asks whether the process is well, and not whether its store is: ECS kills what fails this."
  }
  assert {
    condition     = tonumber(aws_lb_target_group.api.deregistration_delay) == 23
    error_message = "A task that leaves gets the time to linger and drain."
  }
  assert {
    condition     = aws_lb_target_group.api.load_balancing_algorithm_type == "least_outstanding_requests" && aws_lb_target_group.api.target_type == "instance"
    error_message = "Requests go to the least busy task."
  }
  assert {
    condition     = aws_lb.main.idle_timeout < 75
    error_message = "The balancer closes idle connections before the service does (http.idle is 75 s)."
  }
}

run "hygiene" {
  assert {
    condition     = aws_lb.main.drop_invalid_header_fields && aws_lb.main.desync_mitigation_mode == "strictest"
    error_message = "Ambiguous requests stop at the balancer."
  }
  assert {
    condition     = aws_lb_listener.https.routing_http_response_server_enabled == false
    error_message = "Nobody needs to know what the balancer is."
  }
  assert {
    condition     = aws_lb.main.ip_address_type == "dualstack" && aws_lb.main.enable_deletion_protection
    error_message = "The balancer speaks IPv6 too, and can't be deleted by accident."
  }
  assert {
    condition     = toset([for r in concat(values(aws_vpc_security_group_ingress_rule.https), values(aws_vpc_security_group_ingress_rule.redirect), values(aws_vpc_security_group_ingress_rule.https_ipv6), values(aws_vpc_security_group_ingress_rule.redirect_ipv6)) : r.from_port]) == toset([80, 443])
    error_message = "Only 80 and 443 are open."
  }
  assert {
    condition     = { for name, r in aws_vpc_security_group_ingress_rule.too_big : name => "${r.from_port}/${r.to_port} ${try(coalesce(r.cidr_ipv4, r.cidr_ipv6), "")}" } == { icmp = "3/4 0.0.0.0/0", icmpv6 = "2/0 ::/0" }
    error_message = "Routers on the way may say that a packet is too big."
  }
}

run "access_logs" {
  assert {
    condition     = aws_lb.main.access_logs[0].enabled
    error_message = "Each request is in the access logs."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.logs.block_public_acls && aws_s3_bucket_public_access_block.logs.block_public_policy && aws_s3_bucket_public_access_block.logs.ignore_public_acls && aws_s3_bucket_public_access_block.logs.restrict_public_buckets
    error_message = "The access logs are nobody else's."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.logs.rule[0].expiration[0].days == 30
    error_message = "Access logs end."
  }
  assert {
    condition     = contains([for s in jsondecode(aws_s3_bucket_policy.logs.policy).Statement : s.Effect if s.Sid == "OnlyOverTls"], "Deny")
    error_message = "The bucket is reached over TLS only."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.logs.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Access logs are encrypted, in the one way that balancers can write."
  }
}

run "firewall" {
  assert {
    condition     = toset([for r in aws_wafv2_web_acl.main.rule : r.name]) == toset(["rate", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAmazonIpReputationList"])
    error_message = "One rate rule and three managed groups."
  }
  assert {
    condition     = length(setsubtract(["SizeRestrictions_URIPATH", "SizeRestrictions_QUERYSTRING"], local.counted.AWSManagedRulesCommonRuleSet)) == 0
    error_message = "A long key and a cursor pass, which are longer than 1024 and 2048 bytes of URL."
  }
  assert {
    condition = length(setsubtract(flatten([for rule in ["CrossSiteScripting", "EC2MetaDataSSRF", "RestrictedExtensions"] : ["${rule}_URIPATH", "${rule}_QUERYARGUMENTS"]]),
    local.counted.AWSManagedRulesCommonRuleSet)) == 0
    error_message = "Words that may be in a key pass, in the path and as a bound."
  }
  assert {
    condition     = length(setsubtract(["GenericLFI_QUERYARGUMENTS", "GenericRFI_QUERYARGUMENTS"], local.counted.AWSManagedRulesCommonRuleSet)) == 0
    error_message = "Bounds pass that are no keys."
  }
  # The rules of the group, but for those on bodies.
  assert {
    condition = setsubtract([
      "NoUserAgent_HEADER", "UserAgent_BadBots_HEADER", "SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_URIPATH",
      "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_QUERYARGUMENTS", "GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH",
      "RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS", "GenericRFI_QUERYARGUMENTS", "GenericRFI_URIPATH",
      "CrossSiteScripting_COOKIE", "CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_URIPATH",
      ], local.counted.AWSManagedRulesCommonRuleSet) == toset([
      "UserAgent_BadBots_HEADER", "SizeRestrictions_Cookie_HEADER", "EC2MetaDataSSRF_COOKIE", "GenericLFI_URIPATH", "GenericRFI_URIPATH", "CrossSiteScripting_COOKIE",
    ])
    error_message = "What looks at header fields refuses, and what no key can hold."
  }
  assert {
    condition     = alltrue([for name, rules in local.counted : alltrue([for rule in rules : rule == "NoUserAgent_HEADER" || can(regex("_(BODY|URIPATH|QUERYSTRING|QUERYARGUMENTS)$", rule))])])
    error_message = "Nothing that looks at header fields is counted but that there is none."
  }
  assert {
    condition = alltrue([for r in aws_wafv2_web_acl.main.rule : toset(flatten([for s in r.statement : [for g in s.managed_rule_group_statement : [
    for o in g.rule_action_override : o.name if length(o.action_to_use[0].count) == 1]]])) == toset(lookup(local.counted, r.name, []))])
    error_message = "What is to be counted is."
  }
  assert {
    condition     = aws_wafv2_web_acl_association.main.resource_arn == aws_lb.main.arn
    error_message = "The firewall stands before the balancer."
  }
  assert {
    condition     = aws_wafv2_web_acl_logging_configuration.main.redacted_fields[0].single_header[0].name == "authorization" && alltrue([for r in aws_wafv2_web_acl.main.rule : !r.visibility_config[0].sampled_requests_enabled])
    error_message = "No token gets into the firewall's log or samples."
  }
}

run "domains" {
  variables {
    certificate_arn = null
    domains         = { "items.example.org" = "example.org", "items.example.com" = "example.com" }
  }

  assert {
    condition     = aws_acm_certificate.main[0].domain_name == "items.example.com" && aws_acm_certificate.main[0].subject_alternative_names == toset(["items.example.org"])
    error_message = "One certificate holds all names."
  }
  assert {
    condition     = aws_acm_certificate.main[0].validation_method == "DNS" && length(aws_route53_record.proof) == 2
    error_message = "Each name is proved in its zone, so that renewal needs nobody."
  }
  assert {
    condition     = toset(keys(aws_route53_record.address)) == toset(["items.example.com A", "items.example.com AAAA", "items.example.org A", "items.example.org AAAA"])
    error_message = "Each name has both addresses."
  }
  assert {
    condition     = aws_lb_listener.https.certificate_arn == aws_acm_certificate_validation.main[0].certificate_arn
    error_message = "The listener waits until the certificate is proved."
  }
  assert {
    condition     = output.url == "https://items.example.com"
    error_message = "The first domain is the endpoint."
  }
  assert {
    condition     = alltrue([for record in aws_route53_record.address : record.allow_overwrite != true])
    error_message = "What callers use is not taken from another region unasked."
  }
}

run "only_some_callers" {
  variables {
    callers = { ipv4 = ["192.0.2.0/24"] }
    ipv6    = false
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.https) == ["192.0.2.0/24"] && length(aws_vpc_security_group_ingress_rule.https_ipv6) == 0
    error_message = "Who may call can be narrowed."
  }
  assert {
    condition     = aws_lb.main.ip_address_type == "ipv4"
    error_message = "IPv6 can be left out."
  }
  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.too_big) == ["icmp"]
    error_message = "Without IPv6 nothing is open to it."
  }
}

run "the_prober_may_call" {
  variables {
    callers       = { ipv4 = ["192.0.2.0/24"] }
    prober_ranges = { eu-west-1a = "198.51.100.7/32" }
  }

  assert {
    condition     = { for zone, rule in aws_vpc_security_group_ingress_rule.prober : zone => "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port}" } == { eu-west-1a = "198.51.100.7/32 443-443" }
    error_message = "The prober is let in where only some callers are, on HTTPS alone; refused, it would tell of an outage for ever."
  }
}

run "the_prober_is_one_of_all" {
  variables { prober_ranges = { eu-west-1a = "198.51.100.7/32" } }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.prober) == 0
    error_message = "Where everybody may call, no rule says it twice."
  }
}

run "deployments_are_undone" {
  assert {
    condition     = aws_cloudwatch_metric_alarm.failing.threshold == 2 && output.rollback_alarm_names == ["larder-dev-deployment-failing"]
    error_message = "More than 2 % of failures undo a deployment."
  }
  assert {
    condition     = { for query in aws_cloudwatch_metric_alarm.failing.metric_query : query.id => try(query.metric[0].metric_name, query.expression) } == merge({ share = output.metrics.failing.expression }, output.metrics.failing.metrics)
    error_message = "What undoes a deployment and what wakes somebody is computed alike."
  }
  assert {
    condition     = alltrue([for id in keys(local.failing.metrics) : length(regexall("\\b${id}\\b", local.failing.expression)) == length(regexall("FILL\\(${id}, 0\\)", local.failing.expression))])
    error_message = "A metric that nobody counted is zero: without a task there are no requests, and yet every caller gets 503."
  }
}

run "no_certificate_is_refused" {
  command = plan
  variables { certificate_arn = null }
  expect_failures = [var.certificate_arn]
}

run "a_name_too_long_for_the_region_is_refused" {
  command = plan
  variables { name = "abcdefghijkl-abcdefghijkl" }
  override_data {
    target = data.aws_region.here
    values = { name = "ap-southeast-1" }
  }
  expect_failures = [aws_s3_bucket.logs]
}

run "the_longest_name_for_the_region" {
  command = plan
  variables { name = "abcdefghijkl-abcdefghij" }
  override_data {
    target = data.aws_region.here
    values = { name = "ap-southeast-1" }
  }

  assert {
    condition     = length(aws_s3_bucket.logs.bucket) == 63
    error_message = "What fits is taken."
  }
}

run "a_foreign_zone_is_refused" {
  command = plan
  variables {
    certificate_arn = null
    domains         = { "items.example.com" = "example.org" }
  }
  expect_failures = [var.domains]
}
