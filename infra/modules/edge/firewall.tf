locals {
  # Documents, keys, bounds of a range and cursors are the caller's own text, and never the name of a file or an address
  # here. What looks into them for words or counts their bytes is counted and lets pass; what looks at header fields refuses,
  # and so does what no key can hold: a key has no segment that is empty or `..`, and thus neither `../../` nor `://`.
  counted = {
    AWSManagedRulesCommonRuleSet = [
      "CrossSiteScripting_BODY",
      "EC2MetaDataSSRF_BODY",
      "GenericLFI_BODY",
      "GenericRFI_BODY",
      "SizeRestrictions_BODY",
      # A key of 1024 bytes is three times as long when it is escaped; a cursor alone may have 2048 characters.
      "SizeRestrictions_QUERYSTRING",
      "SizeRestrictions_URIPATH",
      # `app.ini`, `latest/meta-data` and `<script>` are keys, and bounds; of bounds more is true than of keys.
      "CrossSiteScripting_QUERYARGUMENTS",
      "CrossSiteScripting_URIPATH",
      "EC2MetaDataSSRF_QUERYARGUMENTS",
      "EC2MetaDataSSRF_URIPATH",
      "GenericLFI_QUERYARGUMENTS",
      "GenericRFI_QUERYARGUMENTS",
      "RestrictedExtensions_QUERYARGUMENTS",
      "RestrictedExtensions_URIPATH",
      # Programs call this API, some of them without a User-Agent.
      "NoUserAgent_HEADER",
    ]
    AWSManagedRulesKnownBadInputsRuleSet = [
      "JavaDeserializationRCE_BODY",
      "Log4JRCE_BODY",
      # `WEB-INF/web.xml` is a key too.
      "ExploitablePaths_URIPATH",
    ]
    AWSManagedRulesAmazonIpReputationList = []
  }

  managed = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
  ]
}

resource "aws_wafv2_web_acl" "main" {
  name        = var.name
  description = "What is refused before it reaches the balancer"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "rate"
    priority = 0

    action {
      block {
        custom_response {
          response_code = 429
        }
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.rate_limit
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-rate"
      sampled_requests_enabled   = false
    }
  }

  dynamic "rule" {
    for_each = { for position, name in local.managed : name => position + 1 }

    content {
      name     = rule.key
      priority = rule.value

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          name        = rule.key
          vendor_name = "AWS"

          dynamic "rule_action_override" {
            for_each = local.counted[rule.key]

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-${rule.key}"
        # Samples would hold Authorization.
        sampled_requests_enabled = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "main" {
  resource_arn = aws_lb.main.arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

# The name has to begin like this.
resource "aws_cloudwatch_log_group" "firewall" {
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  resource_arn            = aws_wafv2_web_acl.main.arn
  log_destination_configs = [aws_cloudwatch_log_group.firewall.arn]

  redacted_fields {
    single_header {
      name = "authorization"
    }
  }

  # What was let through is in the access logs.
  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}
