"""What the emulator's accounts hold: what its services have in their registers and do not call deleted.

The emulator's own list of everything has whatever there ever was.
"""

import collections

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.common_models import BaseModel

# AWS, too, shows some things for a while after they are gone, and says so.
GONE = ("deleted", "DELETED", "INACTIVE", "PendingDeletion", "terminated")
# What is there without anybody having made it, and a log.
GIVEN = {"iam AccountSummary", "iam AWSManagedPolicy", "route53 DelegationSet", "servicediscovery Operation", "ssm Parameter"}


def gone(thing, networks):
    """Whether it is marked as deleted, or was part of a network that is; AWS takes that with it."""
    said = vars(thing)
    network = said.get("vpc_id") or getattr(said.get("subnet"), "vpc_id", None)
    marked = said.get("deletion_date") is not None or any(said.get(name) in GONE for name in ("state", "status", "key_state"))
    return marked or bool(network) and network not in networks


def given(thing):
    """Whether nobody made it; a service's own key has an alias that says so."""
    return kind(thing) in GIVEN or kind(thing) == "kms Key" and any(alias.startswith("alias/aws/") for alias in thing.aliases)


def kind(thing):
    """Its service and its type."""
    return f"{type(thing).__module__.split('.')[1]} {type(thing).__name__}"


def things(value):
    """Those in a register, however it is ordered."""
    if isinstance(value, BaseModel) and not isinstance(value, BaseBackend):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from things(inner)
    elif isinstance(value, (list, tuple, set)):
        for inner in value:
            yield from things(inner)


def held():
    """How many of each kind there are, in all accounts and regions."""
    backends = [found for service in BackendDict._instances for account in service.values() for found in account.values()]
    found = {id(thing): thing for backend in backends for thing in things(vars(backend))}
    networks = {thing.id for thing in found.values() if kind(thing) == "ec2 VPC"}
    return collections.Counter(kind(thing) for thing in found.values() if not gone(thing, networks) and not given(thing))
