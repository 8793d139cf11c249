# Of those policies: what looks after it.
locals {
  watch = [
    {
      Sid    = "Logs"
      Effect = "Allow"
      Action = formatlist("logs:%s", [
        "AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteMetricFilter", "DeleteRetentionPolicy", "DisassociateKmsKey",
        "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource",
      ])
      Resource = "${local.arn}:logs:${local.region}:${local.account}:log-group:*${var.project}-*"
    },
    {
      Sid    = "Alarms"
      Effect = "Allow"
      Action = formatlist("cloudwatch:%s", [
        "DeleteAlarms", "DeleteDashboards", "PutCompositeAlarm", "PutDashboard", "PutMetricAlarm", "TagResource", "UntagResource",
      ])
      Resource = [
        "${local.arn}:cloudwatch:${local.region}:${local.account}:alarm:${local.named}",
        "${local.arn}:cloudwatch::${local.account}:dashboard/${local.named}",
      ]
    },
    local.told,
    {
      Sid    = "Topics"
      Effect = "Allow"
      Action = formatlist("sns:%s", [
        "CreateTopic", "DeleteTopic", "SetSubscriptionAttributes", "SetTopicAttributes", "Subscribe", "TagResource", "Unsubscribe", "UntagResource",
      ])
      Resource = "${local.arn}:sns:${local.region}:${local.account}:${local.named}"
    },
    {
      Sid    = "Prometheus"
      Effect = "Allow"
      Action = formatlist("aps:%s", [
        "CreateAlertManagerDefinition", "CreateLoggingConfiguration", "CreateRuleGroupsNamespace", "CreateWorkspace",
        "DeleteAlertManagerDefinition", "DeleteLoggingConfiguration", "DeleteRuleGroupsNamespace", "DeleteWorkspace",
        "PutAlertManagerDefinition", "PutRuleGroupsNamespace", "TagResource", "UntagResource", "UpdateLoggingConfiguration", "UpdateWorkspaceAlias",
      ])
      Resource  = "*"
      Condition = local.here
    },
  ]
}
