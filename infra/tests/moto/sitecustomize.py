"""Three answers of moto 5.2 that Terraform's AWS provider stumbles over, put right before the server starts.

Python loads a module of this name by itself: PYTHONPATH=infra/tests/moto moto_server
"""

try:
    from moto.ec2.models.subnets import Subnet
    from moto.ecs.models import Service
except ImportError:
    Subnet = Service = None


def without_network(self, *args, original=Service and Service.__init__, **kwargs):
    """A bridged service has no network configuration; an empty one makes the provider panic."""
    original(self, *args, **kwargs)
    self.network_configuration = self.network_configuration or None


def filter_value(self, name, method=None, original=Subnet and Subnet.get_filter_value):
    """The provider waits for the IPv6 range of a new subnet by the id of its association."""
    if name == "ipv6-cidr-block-association.association-id":
        return list(self.ipv6_cidr_block_associations)
    return original(self, name, method)


def ipv6_ranges(self):
    """The state of a range is a word, not an object."""
    return [
        {
            "ipv6CidrBlock": found["ipv6CidrBlock"],
            "associationId": found["associationId"],
            "ipv6CidrBlockState": found["ipv6CidrBlockState"],
        }
        for found in self.ipv6_cidr_block_associations.values()
        if found["ipv6CidrBlockState"]["State"] == "associated"
    ]


if Service:
    Service.__init__ = without_network
    Subnet.get_filter_value = filter_value
    Subnet.ipv6_cidr_block_association_set = property(ipv6_ranges)
