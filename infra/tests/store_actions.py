"""Demands that the store's role allows just what the store calls: no action missing, none too many.

usage: store_actions.py

What is called is read in the source: the calls of the SDK, and the parts of transactions, which need rights of their own.
What is allowed is read in infra/modules/role/iam.tf, whose tests hold it to be all that the role has.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Each operation of the SDK that there could be, and the actions that IAM asks for.
OPERATIONS = {
    "batch_get_item": {"BatchGetItem"},
    "batch_write_item": {"BatchWriteItem"},
    "create_table": {"CreateTable"},
    "delete_item": {"DeleteItem"},
    "delete_table": {"DeleteTable"},
    "describe_continuous_backups": {"DescribeContinuousBackups"},
    "describe_limits": {"DescribeLimits"},
    "describe_table": {"DescribeTable"},
    "describe_time_to_live": {"DescribeTimeToLive"},
    "execute_statement": {"PartiQLSelect"},
    "get_item": {"GetItem"},
    "list_tables": {"ListTables"},
    "list_tags_of_resource": {"ListTagsOfResource"},
    "put_item": {"PutItem"},
    "query": {"Query"},
    "scan": {"Scan"},
    "tag_resource": {"TagResource"},
    "transact_get_items": {"GetItem"},
    "transact_write_items": set(),
    "update_continuous_backups": {"UpdateContinuousBackups"},
    "update_item": {"UpdateItem"},
    "update_table": {"UpdateTable"},
    "update_time_to_live": {"UpdateTimeToLive"},
}
# The parts of a TransactWriteItems, by the type of the SDK.
PARTS = {"ConditionCheck": "ConditionCheckItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
# Called only where `app bootstrap` makes the table itself; on AWS it is told `--create never`.
ELSEWHERE = {"CreateTable", "UpdateContinuousBackups", "UpdateTimeToLive", "TagResource"}


def called():
    """Each action that the source can call."""
    actions = set()
    for file in (ROOT / "src").rglob("*.rs"):
        text = file.read_text()
        if "aws_sdk_dynamodb" not in text and "store/dynamo" not in str(file):
            continue
        for name in re.findall(r"\.(\w+)\(\)", text):
            actions |= OPERATIONS.get(name, set())
        for part, action in PARTS.items():
            if re.search(rf"\b{part}::builder\(\)", text):
                actions.add(action)
    return actions - ELSEWHERE


def allowed():
    """Each action on the table that the role allows."""
    text = (ROOT / "infra/modules/role/iam.tf").read_text()
    return set(re.findall(r'"dynamodb:(\w+)"', text))


def main():
    """Compares."""
    calls, rights = called(), allowed()
    for action in sorted(calls - rights):
        print(f"the store calls dynamodb:{action}, which its role does not allow")
    for action in sorted(rights - calls):
        print(f"the store's role allows dynamodb:{action}, which nothing calls")
    print(f"store: {len(calls & rights)} actions, called and allowed alike")
    sys.exit(1 if calls != rights else 0)


if __name__ == "__main__":
    main()
