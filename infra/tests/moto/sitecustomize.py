"""A few answers of moto 5.2 that Terraform's AWS provider stumbles over, put right before the server starts.

Python loads a module of this name by itself: PYTHONPATH=infra/tests/moto moto_server
What the account holds can be asked for as well, at /moto-api/held.
"""

import collections
import functools
import json
import threading

try:
    from held import held
    from moto.acm.models import CertBundle
    from moto.acm.responses import AWSCertificateManagerResponse
    from moto.acmpca.responses import ACMPCAResponse
    from moto.autoscaling.responses import AutoScalingResponse
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.ec2.models.subnets import Subnet
    from moto.ecs.models import Service
    from moto.iam.access_control import PermissionResult
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication
    from moto.s3.models import FakeBucket
    from werkzeug.test import run_wsgi_app
except ImportError:
    AutoScalingResponse = DomainDispatcherApplication = FakeBucket = SecurityGroupRule = Subnet = Service = None
    ACMPCAResponse = AWSCertificateManagerResponse = CertBundle = None


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


def with_description(self, *args, original=SecurityGroupRule and SecurityGroupRule.__init__, **kwargs):
    """A rule that names a group or a prefix list has a description as one that names addresses has."""
    original(self, *args, **kwargs)
    prefixes = kwargs.get("prefix_list_id") or (args[7] if len(args) > 7 else None) or {}
    self.told = prefixes.get("Description")


def description(self):
    """Wherever it was said."""
    return self.ip_range.get("Description") or self.source_group.get("Description") or self.told


def with_lifetime(self, original=AutoScalingResponse and AutoScalingResponse.create_auto_scaling_group):
    """A group keeps the greatest age of its instances."""
    answer = original(self)
    group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
    group.max_instance_lifetime = self._get_int_param("MaxInstanceLifetime")
    return answer


def with_instances(self, original=AutoScalingResponse and AutoScalingResponse.delete_auto_scaling_group):
    """A group that is deleted by force takes its instances with it."""
    group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
    instances = [state.instance.id for state in group.instance_states] if group and self._get_bool_param("ForceDelete") else []
    answer = original(self)
    if instances:
        self.autoscaling_backend.ec2_backend.terminate_instances(instances)
    return answer


def unjudged(self, action, resource):
    """Policies of buckets are not judged: moto overlooks conditions, and would refuse what is refused without TLS only."""
    return PermissionResult.NEUTRAL


def versioned(self):
    """A bucket whose versions end keeps those that it has: without this, the last state and its lock can't be deleted."""
    return self.versioning_status in ("Enabled", "Suspended")


def request_certificate(self, original=AWSCertificateManagerResponse and AWSCertificateManagerResponse.request_certificate):
    """A certificate keeps the kind of key that was asked for."""
    answer = original(self)
    self.acm_backend.get_certificate(answer.result["CertificateArn"]).asked = self._get_param("KeyAlgorithm")
    return answer


def describe(self, original=CertBundle and CertBundle.describe):
    """And says it."""
    told = original(self)
    told["Certificate"]["KeyAlgorithm"] = getattr(self, "asked", None) or told["Certificate"]["KeyAlgorithm"]
    return told


permissions = collections.defaultdict(list)


def create_permission(self):
    """What a private CA lets another service do; moto has no such thing."""
    asked = json.loads(self.body)
    permissions[asked["CertificateAuthorityArn"]].append({**asked, "SourceAccount": asked.get("SourceAccount", self.current_account), "CreatedAt": 0})
    return "{}"


def list_permissions(self):
    return json.dumps({"Permissions": permissions[json.loads(self.body)["CertificateAuthorityArn"]]})


def delete_permission(self):
    permissions.pop(json.loads(self.body)["CertificateAuthorityArn"], None)
    return "{}"


answers, turn = collections.OrderedDict(), threading.Lock()


def answer(app, environ):
    """What a call is told; and once more, where that was cut short, and the call is tried again under its old id.

    A rule of a security group, which has no token of its own, would be there already.
    """
    call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
    if call in answers:
        return answers[call]
    body, status, fields = run_wsgi_app(app, environ, buffered=True)
    told = status, list(fields), b"".join(body)
    if call and status.startswith("2"):
        answers[call] = told
        while len(answers) > 1000:
            answers.popitem(last=False)
    return told


def one_by_one(self, environ, start_response, original=DomainDispatcherApplication and DomainDispatcherApplication.__call__):
    """One call after another: moto looks at a condition, and then writes, and another call may write in between."""
    with turn:
        if environ["PATH_INFO"] == "/moto-api/held":
            told = "200 OK", [("Content-Type", "application/json")], json.dumps(held()).encode()
        else:
            told = answer(functools.partial(original, self), environ)
    status, fields, body = told
    start_response(status, fields)
    return [body]


if Service:
    DomainDispatcherApplication.__call__ = one_by_one
    Service.__init__ = without_network
    ACMPCAResponse.create_permission = create_permission
    ACMPCAResponse.list_permissions = list_permissions
    ACMPCAResponse.delete_permission = delete_permission
    AWSCertificateManagerResponse.request_certificate = request_certificate
    CertBundle.describe = describe
    AutoScalingResponse.create_auto_scaling_group = with_lifetime
    AutoScalingResponse.delete_auto_scaling_group = with_instances
    FakeBucket.get_permission = unjudged
    FakeBucket.is_versioned = property(versioned)
    SecurityGroupRule.__init__ = with_description
    SecurityGroupRule.description = property(description)
    Subnet.get_filter_value = filter_value
    Subnet.ipv6_cidr_block_association_set = property(ipv6_ranges)
