resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "The public way in; where it may go is said where the tasks are made."
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-balancer" }
}

# The only rules that name addresses instead of groups: this is the one thing that the outside may reach.
resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each = toset(var.callers.ipv4)

  security_group_id = aws_security_group.balancer.id
  description       = "HTTPS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.key
}

resource "aws_vpc_security_group_ingress_rule" "https_ipv6" {
  for_each = var.ipv6 ? toset(var.callers.ipv6) : toset([])

  security_group_id = aws_security_group.balancer.id
  description       = "HTTPS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv6         = each.key
}

# The prober walks in from outside as everybody does, from the addresses of NAT. Where everybody may, that is said already.
resource "aws_vpc_security_group_ingress_rule" "prober" {
  for_each = contains(var.callers.ipv4, "0.0.0.0/0") ? {} : var.prober_ranges

  security_group_id = aws_security_group.balancer.id
  description       = "HTTPS, from the prober"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_ingress_rule" "redirect" {
  for_each = toset(var.callers.ipv4)

  security_group_id = aws_security_group.balancer.id
  description       = "Redirected to HTTPS"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = each.key
}

resource "aws_vpc_security_group_ingress_rule" "redirect_ipv6" {
  for_each = var.ipv6 ? toset(var.callers.ipv6) : toset([])

  security_group_id = aws_security_group.balancer.id
  description       = "Redirected to HTTPS"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv6         = each.key
}

# Any router on the way to a caller may say that a packet is too big for it: type 3 and code 4, or type 2 of ICMPv6.
resource "aws_vpc_security_group_ingress_rule" "too_big" {
  for_each = var.ipv6 ? toset(["icmp", "icmpv6"]) : toset(["icmp"])

  security_group_id = aws_security_group.balancer.id
  description       = "Packet too big"
  ip_protocol       = each.key
  from_port         = each.key == "icmp" ? 3 : 2
  to_port           = each.key == "icmp" ? 4 : 0
  cidr_ipv4         = each.key == "icmp" ? "0.0.0.0/0" : null
  cidr_ipv6         = each.key == "icmp" ? null : "::/0"
}

resource "aws_lb" "main" {
  name               = var.name
  load_balancer_type = "application"
  ip_address_type    = var.ipv6 ? "dualstack" : "ipv4"
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.balancer.id]

  # Shorter than the service's own http.idle (75 s), so that the balancer is always the one that closes. A connection that
  # the service closes just when the balancer takes it up again is a 502.
  idle_timeout               = 60
  enable_http2               = true
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  preserve_host_header       = true
  xff_header_processing_mode = "append"
  enable_deletion_protection = var.deletion_protection

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_target_group" "api" {
  name_prefix                   = "api-"
  port                          = var.port
  protocol                      = "HTTPS"
  target_type                   = var.target_type
  vpc_id                        = var.vpc_id
  deregistration_delay          = var.deregistration_seconds
  load_balancing_algorithm_type = "least_outstanding_requests"

  # ECS replaces a task that fails this, so that it asks for the process alone: an api that has lost its store would be
  # none the better for being replaced, and all of them would go at once. It answers 503 by itself meanwhile.
  health_check {
    path                = "/healthz?probe=self"
    protocol            = "HTTPS"
    matcher             = "200"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { service = "api" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-3-2021-06"
  certificate_arn   = local.certificate_arn

  routing_http_response_server_enabled                         = false
  routing_http_response_strict_transport_security_header_value = "max-age=31536000; includeSubDomains"
  routing_http_response_x_content_type_options_header_value    = "nosniff"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}
