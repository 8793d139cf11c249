data "aws_ssm_parameter" "ami" {
  count = local.ec2 ? 1 : 0

  name = coalesce(var.ami_parameter, {
    bottlerocket = "/aws/service/bottlerocket/aws-ecs-2/${var.instances.architecture}/latest/image_id"
    al2023       = "/aws/service/ecs/optimized-ami/amazon-linux-2023${var.instances.architecture == "arm64" ? "/arm64" : ""}/recommended/image_id"
  }[var.instances.system])
}

data "aws_default_tags" "all" {}

locals {
  tags = merge(data.aws_default_tags.all.tags, { Name = "${var.name}-instance", service = "cluster" })

  user_data = {
    bottlerocket = <<-TOML
      [settings.ecs]
      cluster = "${var.name}"
      allow-privileged-containers = false
      awsvpc-block-imds = true
      enable-spot-instance-draining = true
      image-pull-behavior = "prefer-cached"
      logging-drivers = ["awslogs", "json-file", "none"]
    TOML
    al2023       = <<-SH
      #!/bin/sh
      cat >>/etc/ecs/ecs.config <<'CONFIG'
      ECS_CLUSTER=${var.name}
      ECS_AWSVPC_BLOCK_IMDS=true
      ECS_DISABLE_PRIVILEGED=true
      ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
      ECS_IMAGE_PULL_BEHAVIOR=prefer-cached
      CONFIG
    SH
  }[var.instances.system]
}

resource "aws_security_group" "instances" {
  count = local.ec2 ? 1 : 0

  name        = "${var.name}-instances"
  description = "Instances, and the bridged tasks on them; the rules are made where both ends are known."
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-instances" }
}

# A bridged container is two hops away from the metadata service, so that a hop limit of one keeps the instance's own
# role out of its reach.
resource "aws_launch_template" "instances" {
  count = local.ec2 ? 1 : 0

  name                   = "${var.name}-instances"
  image_id               = data.aws_ssm_parameter.ami[0].insecure_value
  instance_type          = var.instances.type
  user_data              = base64encode(local.user_data)
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.instances[0].arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = aws_security_group.instances[*].id
  }

  # Bottlerocket keeps images and logs on a second volume.
  block_device_mappings {
    device_name = var.instances.system == "bottlerocket" ? "/dev/xvdb" : "/dev/xvda"

    ebs {
      volume_size           = var.instances.volume_gib
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = local.tags
    }
  }
}

resource "aws_autoscaling_group" "instances" {
  count = local.ec2 ? 1 : 0

  name                      = "${var.name}-instances"
  min_size                  = var.instances.min
  max_size                  = var.instances.max
  vpc_zone_identifier       = var.subnet_ids
  wait_for_capacity_timeout = "0"
  protect_from_scale_in     = true
  max_instance_lifetime     = 30 * 24 * 60 * 60
  # Instances are protected from scaling in, which would keep Terraform from destroying the group as well.
  force_delete = true

  launch_template {
    id      = aws_launch_template.instances[0].id
    version = aws_launch_template.instances[0].latest_version
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 200
      scale_in_protected_instances = "Refresh"
    }
  }

  dynamic "tag" {
    for_each = merge(local.tags, { AmazonECSManaged = "true" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  # ECS moves the number of instances.
  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "instances" {
  count = local.ec2 ? 1 : 0

  name = "${var.name}-instances"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.instances[0].arn
    managed_termination_protection = "ENABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = 90
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 2
      instance_warmup_period    = 60
    }
  }
}
