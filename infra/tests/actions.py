"""The AWS actions that Terraform's provider called, by its debug log, as IAM names them.

usage: actions.py LOG                    prints them, one a line
       actions.py LOG POLICY.json…       demands that the policies allow each of them

LOG is what TF_LOG_PROVIDER=debug writes to TF_LOG_PATH. Only names are compared: no resource, no condition.
"""

import fnmatch
import json
import pathlib
import re
import sys

# What the SDK calls a service, where IAM calls it otherwise.
SERVICES = {
    "acm pca": "acm-pca",
    "amp": "aps",
    "application auto scaling": "application-autoscaling",
    "auto scaling": "autoscaling",
    "cloudwatch logs": "logs",
    "elastic load balancing v2": "elasticloadbalancing",
    "resource groups tagging api": "tag",
    "route 53": "route53",
    "secrets manager": "secretsmanager",
}
# The API's operations and IAM's actions are two lists, in S3 above all.
ACTIONS = {
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}


def called(log):
    """Each action in the log."""
    found = set()
    for line in log.splitlines():
        method = re.search(r"rpc\.method=(\w+)", line)
        service = re.search(r'rpc\.service=(?:"([^"]+)"|(\w+))', line)
        if method and service:
            name = (service[1] or service[2]).lower()
            action = f"{SERVICES.get(name, name.replace(' ', ''))}:{method[1]}"
            found.add(ACTIONS.get(action, action))
    return found


def allowed(policy):
    """The patterns that a policy allows."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            actions = statement["Action"]
            yield from [actions] if isinstance(actions, str) else actions


def main(log, policies):
    """Prints or compares."""
    actions = called(pathlib.Path(log).read_text())
    if not policies:
        print("\n".join(sorted(actions)))
        return
    patterns = [pattern.lower() for path in policies for pattern in allowed(json.loads(pathlib.Path(path).read_text()))]
    refused = sorted(action for action in actions if not any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in patterns))
    print(f"deployer: {len(actions) - len(refused)} of {len(actions)} actions that Terraform calls are allowed")
    if refused or len(actions) < 50:
        sys.exit("\n".join(f"refused: {action}" for action in refused) or "too few actions: is this the log of a plan or an apply?")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
