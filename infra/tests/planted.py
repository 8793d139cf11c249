"""Plants one fault after another in a copy of the Terraform, and demands that the tests beside it fail each time.

usage: planted.py [MODULE…]       all, or only those of these folders, such as modules/table

A test that passes whatever is written proves nothing; and one that fails because nothing could be read any more, neither.
"""

import concurrent.futures
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What terraform says when a test does not hold, rather than that it could not read what it was given.
JUDGED = ("Test assertion failed", "Missing expected failure")

# Folder, file, what is there, what takes its place.
FAULTS = [
    ("modules/network", "acls.tf", '[100, "tcp", local.anywhere, 443, 443],\n        [101', '[100, "tcp", local.anywhere, 22, 443],\n        [101'),
    ("modules/network", "acls.tf", 'ingress = [[100, "tcp", var.cidr, 443, 443]]', 'ingress = [[100, "tcp", local.anywhere, 443, 443]]'),
    ("modules/network", "acls.tf", '[100, "tcp", var.cidr, 32768, 60999]', '[100, "tcp", local.anywhere, 1024, 60999]'),
    ("modules/network", "acls.tf", '[900, "icmp"', '[900, "udp"'),
    ("modules/edge", "balancer.tf", 'each.key == "icmp" ? 4 : 0', 'each.key == "icmp" ? -1 : -1'),
    ("modules/network", "flow_logs.tf", "kms_key_id        = var.kms_key_arn", "kms_key_id        = null"),
    ("modules/network", "endpoints.tf", ":table/*", ":*"),
    ("modules/network", "routes.tf", 'var.nat == "per_zone" ? zone : local.zones[0]', "local.zones[0]"),
    ("modules/table", "table.tf", 'attribute_name = "x"', 'attribute_name = "ttl"'),
    ("modules/table", "table.tf", 'hash_key       = "pk"', 'hash_key       = "sk"'),
    ("modules/table", "table.tf", "deletion_protection_enabled = var.deletion_protection", "deletion_protection_enabled = false"),
    ("modules/table", "table.tf", "kms_key_arn = var.kms_key_arn", "kms_key_arn = null"),
    ("modules/table", "table.tf", "enabled                 = true", "enabled                 = false"),
    ("modules/table", "variables.tf", "optional(number, 25)", "optional(number, 26)"),
    ("modules/table", "table.tf", "max(local.read_now, var.capacity.read)", "var.capacity.read"),
    ("modules/table", "policy.tf", '"dynamodb:Scan",', ""),
    ("modules/registry", "repositories.tf", '"IMMUTABLE"', '"MUTABLE"'),
    ("modules/registry", "repositories.tf", "scan_on_push = true", "scan_on_push = false"),
    ("modules/registry", "repositories.tf", '"ecr:BatchGetImage",', '"ecr:BatchGetImage", "ecr:PutImage",'),
    ("modules/cluster", "instances.tf", 'http_tokens                 = "required"', 'http_tokens                 = "optional"'),
    ("modules/cluster", "instances.tf", "http_put_response_hop_limit = 1", "http_put_response_hop_limit = 2"),
    ("modules/cluster", "instances.tf", "encrypted             = true", "encrypted             = false"),
    ("modules/cluster", "instances.tf", '["instance", "volume", "network-interface"]', '["instance"]'),
    ("modules/cluster", "instances.tf", 'managed_draining               = "ENABLED"', 'managed_draining               = "DISABLED"'),
    ("modules/cluster", "instances.tf", "allow-privileged-containers = false", "allow-privileged-containers = true"),
    ("modules/cluster", "iam.tf", 'Resource = aws_ecs_cluster.main.arn', 'Resource = "*"'),
    ("modules/service", "task.tf", '"65532:65532"', '"0:0"'),
    ("modules/service", "task.tf", "readonlyRootFilesystem = true", "readonlyRootFilesystem = false"),
    ("modules/service", "task.tf", 'drop = ["ALL"]', "drop = []"),
    ("modules/service", "task.tf", "initProcessEnabled = true", "initProcessEnabled = false"),
    ("modules/service", "task.tf", '"non-blocking"', '"blocking"'),
    ("modules/service", "task.tf", "local.bridged ? 0 :", "local.bridged ? var.ports[name] :"),
    ("modules/service", "task.tf", 'concat(["CMD"]', 'concat(["CMD-SHELL"]'),
    ("modules/service", "task.tf", 'condition = "SUCCESS"', 'condition = "START"'),
    ("modules/service", "service.tf", "deployment_minimum_healthy_percent = 100", "deployment_minimum_healthy_percent = 50"),
    ("modules/service", "service.tf", "rollback = true\n  }\n\n  dynamic", "rollback = false\n  }\n\n  dynamic"),
    ("modules/service", "service.tf", "enable_execute_command            = false", "enable_execute_command            = true"),
    ("modules/service", "service.tf", 'propagate_tags                    = "SERVICE"', 'propagate_tags                    = "NONE"'),
    ("modules/service", "service.tf", "assign_public_ip = false", "assign_public_ip = true"),
    ("modules/service", "autoscaling.tf", "min_capacity       = var.scale.min", "min_capacity       = 2"),
    ("modules/service", "autoscaling.tf", "count = var.scale.max > var.scale.min ? 1 : 0", "count = 1"),
    ("modules/service", "iam.tf", "Resource = var.secret_arns", 'Resource = ["*"]'),
    ("modules/role", "iam.tf", '"dynamodb:UpdateItem",', '"dynamodb:UpdateItem", "dynamodb:Scan",'),
    ("modules/role", "iam.tf", '"dynamodb:ConditionCheckItem",', ""),
    ("modules/role", "iam.tf", "Resource = var.table.arn", 'Resource = "*"'),
    ("modules/role", "role.tf", "policies    = {}", "policies    = { table = local.table_policy }"),
    ("modules/role", "role.tf", '"srv+https://', '"srv+http://'),
    ("modules/role", "role.tf", '"store.tls.names" = "store.', '"store.tls.names" = "api.'),
    ("modules/role", "role.tf", '"http.tls.client_names" = "api.', '"http.tls.client_names" = "store.'),
    ("modules/role", "role.tf", "tls.store}:key::", "tls.api}:key::"),
    ("modules/role", "role.tf", '"http.tls.client_ca"', '"http.tls.ca"'),
    ("modules/role", "role.tf", "drain_seconds + 5", "drain_seconds"),
    ("modules/role", "variables.tf", 'startswith(key, "shutdown.")', 'startswith(key, "stop.")'),
    ("modules/role", "variables.tf", 'endswith(key, ".listen")', "false"),
    ("modules/role", "variables.tf", 'startswith(key, "store.") &&', 'startswith(key, "store.tls.") &&'),
    ("modules/role", "variables.tf", '["http.tls", "admin.tls"]', '["http.tls"]'),
    ("modules/role", "variables.tf", "> var.balancer_idle_seconds", ">= var.balancer_idle_seconds"),
    ("modules/edge", "balancer.tf", '? {} : var.prober_ranges', "? {} : {}"),
    ("stacks/larder", "variables.tf", '? ["ec2"] : []', "? [] : []"),
    ("modules/edge", "access_logs.tf", "length(local.log_bucket) <= 63", "length(local.log_bucket) <= 65"),
    ("modules/edge", "balancer.tf", "ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-2016-08"),
    ("modules/edge", "balancer.tf", 'type = "redirect"', 'type = "fixed-response"'),
    ("modules/edge", "balancer.tf", '"/healthz?probe=self"', '"/healthz"'),
    ("modules/edge", "balancer.tf", "drop_invalid_header_fields = true", "drop_invalid_header_fields = false"),
    ("modules/edge", "balancer.tf", 'desync_mitigation_mode     = "strictest"', 'desync_mitigation_mode     = "monitor"'),
    ("modules/edge", "balancer.tf", "deregistration_delay          = var.deregistration_seconds", "deregistration_delay          = 300"),
    ("modules/edge", "balancer.tf", "enabled = true", "enabled = false"),
    ("modules/edge", "firewall.tf", '"SizeRestrictions_QUERYSTRING",', ""),
    ("modules/edge", "firewall.tf", '"RestrictedExtensions_URIPATH",', ""),
    ("modules/edge", "firewall.tf", '"GenericLFI_QUERYARGUMENTS",', ""),
    ("modules/edge", "firewall.tf", '"NoUserAgent_HEADER",', '"NoUserAgent_HEADER", "CrossSiteScripting_COOKIE",'),
    ("modules/edge", "firewall.tf", "for_each = local.counted[rule.key]", "for_each = []"),
    ("modules/edge", "firewall.tf", 'name = "authorization"', 'name = "cookie"'),
    ("modules/edge", "domains.tf", '["A", "AAAA"]', '["A"]'),
    ("modules/edge", "access_logs.tf", "restrict_public_buckets = true", "restrict_public_buckets = false"),
    ("modules/edge", "alarms.tf", "(FILL(target, 0) + FILL(balancer, 0))", "(target + balancer)"),
    ("modules/monitoring", "alarms.tf", '["none-healthy"]', "[]"),
    ("modules/monitoring", "alarms.tf", "expression = var.edge.failing.expression", 'expression = "SUM(METRICS())"'),
    ("modules/monitoring", "alarms.tf", '"NumberOfBackupJobsExpired"', '"NumberOfBackupJobsCompleted"'),
    ("modules/monitoring", "alarms.tf", "|| var.backup.copied", "|| true"),
    ("modules/backup", "variables.tf", " && var.daily_retention_days <= var.monthly_retention_days", ""),
    ("modules/backup", "restore.tf", 'Resource = local.tables', 'Resource = "*"'),
    ("modules/backup", "restore.tf", '"${arn}-*"', '"${arn}*"'),
    ("modules/monitoring", "alarms.tf", 'runbook = "LarderLatencyBudgetBurn"', 'runbook = "LarderNoSuchThing"'),
    ("modules/monitoring", "alarms.tf", 'treat_missing_data  = "breaching"', 'treat_missing_data  = "notBreaching"'),
    ("modules/monitoring", "alarms.tf", "-certificate-days", "-certificates-days"),
    ("modules/monitoring", "alarms.tf", "      period = 300\n", ""),
    ("modules/monitoring", "collector.tf", 'job_label_name = "job"', 'job_label_name = "role"'),
    ("modules/monitoring", "topic.tf", "kms_master_key_id = var.kms_key_arn", "kms_master_key_id = null"),
    ("modules/monitoring", "collector.tf", "store = 9081", "store = 8081"),
    ("modules/monitoring", "prometheus.tf", "write = var.table.write_units", "write = 25"),
    ("modules/monitoring", "prometheus.tf", 'dashboard_url: .*/", ""', 'dashboard: .*/", ""'),
    ("modules/backup", "backup.tf", "delete_after = var.daily_retention_days", "delete_after = 1"),
    ("modules/backup", "backup.tf", "force_destroy = var.drop_backups", "force_destroy = true"),
    ("modules/backup", "backup.tf", "kms_key_arn = var.kms_key_arn", "kms_key_arn = null"),
    ("modules/backup", "backup.tf", "Resource = var.kms_key_arn", 'Resource = "*"'),
    ("modules/backup", "backup.tf", "destination_vault_arn = copy_action.value", "destination_vault_arn = aws_backup_vault.main.arn"),
    ("modules/backup", "backup.tf", "Resource = var.copy_to_vault_arn", 'Resource = "*"'),
    ("modules/access", "identity.tf", '"${var.oidc_host}:sub" = subjects', '"${var.oidc_host}:sub" = ["repo:*"]'),
    ("modules/access", "renewal.tf", 'Resource = "${local.secrets}-*/tls-*"', 'Resource = "${local.secrets}-*"'),
    ("modules/access", "policies_edge.tf", '"acm-pca:CreatePermission", ', ""),
    ("modules/access", "renewal.tf", '"ecs:UpdateService"', '["ecs:UpdateService", "ecs:CreateService"]'),
    ("modules/access", "policies_compute.tf", '"iam:PermissionsBoundary" = aws_iam_policy.boundary.arn', '"iam:PermissionsBoundary" = "*"'),
    ("modules/access", "policies_data.tf", '"CreateTable", ', '"CreateTable", "GetItem", '),
    ("modules/access", "policies_data.tf", '"DeleteBackupVault",', '"DeleteBackupVault", "DeleteRecoveryPoint",'),
    ("modules/access", "boundary.tf", '"aps:RemoteWrite",', '"aps:RemoteWrite", "iam:CreateRole",'),
    ("modules/access", "identity.tf", "count = var.oidc_provider_arn == null && var.first_region ? 1 : 0", "count = var.oidc_provider_arn == null ? 1 : 0"),
    ("modules/access", "boundary.tf", "count = var.first_region ? 1 : 0", "count = 1"),
    ("modules/access", "policies.tf", '"${var.project}-*-${local.region}-*"', "local.named"),
    ("modules/service", "iam.tf", "${var.prefix}-${data.aws_region.here.name}-${var.name}", "${var.prefix}-${var.name}"),
    ("modules/cluster", "iam.tf", "${var.name}-${data.aws_region.here.name}-instances", "${var.name}-instances"),
    ("modules/network", "flow_logs.tf", "${var.name}-${data.aws_region.here.name}-flow-logs", "${var.name}-flow-logs"),
    ("modules/backup", "backup.tf", "${var.name}-${data.aws_region.here.name}-backup", "${var.name}-backup"),
    ("modules/monitoring", "dashboard.tf", "${var.name}-${data.aws_region.here.name}", "${var.name}"),
    ("stacks/bootstrap", "state.tf", 'configuration {\n    status = "Enabled"', 'configuration {\n    status = "Suspended"'),
    ("stacks/bootstrap", "state.tf", "block_public_policy     = true", "block_public_policy     = false"),
    ("stacks/larder", "rules.tf", '["api", "store", 8081, 8081],', '["balancer", "store", 8081, 8081],'),
    ("stacks/larder", "rules.tf", '["balancer", "instances", local.host_ports[0], local.host_ports[1]],', ""),
    ("stacks/larder", "main.tf", 'capacity.mode == "provisioned" ? var.table.capacity.read : 0', 'capacity.mode != "" ? var.table.capacity.read : 0'),
    ("stacks/larder", "main.tf", '"admission.max_in_flight", 1024', '"admission.max_inflight", 1024'),
    ("stacks/larder", "key.tf", "enable_key_rotation     = true", "enable_key_rotation     = false"),
    ("stacks/larder", "private_ca.tf", '"${each.key}.${local.prefix}.internal"', "each.key"),
    ("stacks/larder", "private_ca.tf", '"GetCertificate", "IssueCertificate"', '"GetCertificate"'),
    ("stacks/larder", "private_ca.tf", 'key_algorithm             = "EC_prime256v1"', 'key_algorithm             = "RSA_2048"'),
    ("stacks/larder", "secrets.tf", "kms_key_id              = aws_kms_key.main.arn", "kms_key_id              = null"),
    ("stacks/larder", "secrets.tf", "length(self.versions) > 0", "length(self.versions) >= 0"),
    ("stacks/larder", "providers.tf", "owner       = var.owner", 'owner       = "somebody"'),
    ("stacks/larder", "image.tf", "@${data.aws_ecr_image.service.image_digest}", "@sha256:${sha256(var.commit)}"),
]


def prepare(place, folders):
    """A copy in which terraform is ready to test; one folder after the other, since the cache of providers is not made for two at once."""
    shutil.copytree(ROOT / "infra", place / "infra", symlinks=True)
    (place / "helm").symlink_to(ROOT / "helm")
    (place / "docs").symlink_to(ROOT / "docs")
    (place / "scripts").symlink_to(ROOT / "scripts")
    cache = os.environ.setdefault("TF_PLUGIN_CACHE_DIR", str(ROOT / "target/terraform-plugins"))
    pathlib.Path(cache).mkdir(parents=True, exist_ok=True)
    for folder in folders:
        subprocess.run(["terraform", f"-chdir={place / 'infra' / folder}", "init", "-backend=false", "-no-color"], check=True, capture_output=True)


def noticed(ready, fault):
    """Whether the tests fail with the fault planted."""
    folder, name, there, instead = fault
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place, "copy")
        shutil.copytree(ready, copy, symlinks=True)
        file = copy / "infra" / folder / name
        text = file.read_text()
        if there not in text:
            return False, "that text is not there"
        file.write_text(text.replace(there, instead))
        command = ["terraform", f"-chdir={copy / 'infra' / folder}", "test", "-no-color"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        told = run.stdout + run.stderr
        return run.returncode != 0 and any(words in told for words in JUDGED), told[-600:]


def main(folders):
    """Plants all of them, two at a time."""
    faults = [fault for fault in FAULTS if not folders or fault[0] in folders]
    missed, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place, concurrent.futures.ThreadPoolExecutor(2) as pool:
        ready = pathlib.Path(place, "ready")
        prepare(ready, sorted({fault[0] for fault in faults}))
        for fault, (seen, told) in zip(faults, pool.map(functools.partial(noticed, ready), faults), strict=True):
            if not seen:
                missed += 1
                print(f"not noticed: {fault[0]}/{fault[1]}: {fault[2]!r} -> {fault[3]!r}\n{told}", flush=True)
    print(f"planted: {len(faults) - missed} of {len(faults)} faults were noticed, in {time.monotonic() - began:.0f} s")
    sys.exit(1 if missed or not faults else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
