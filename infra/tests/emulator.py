"""What an AWS account has before the first apply, put into an emulator; and what is left in it at the end.

usage: emulator.py image REPOSITORY TAG    registers an image; prints its digest
       emulator.py zone NAME               makes a hosted zone
       emulator.py zones-gone              deletes all of them
       emulator.py bucket                  waits for a bucket with versions; prints its name
       emulator.py secret NAME JSON        gives a secret a value
       emulator.py held [REGION…]          prints how much of what the account holds, in these regions as well
       emulator.py left FILE               lists what it holds more than then; exit code 1 if that is anything

The emulator is where AWS_ENDPOINT_URL says. Nothing but Python is needed: it checks no signatures.
"""

import hashlib
import json
import os
import pathlib
import re
import sys
import time
import urllib.request

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
REGION = os.environ.get("AWS_REGION", "us-east-1")


def call(service, body, headers=None, path="/", method="POST", region=REGION):
    """One request to the emulator, under a signature that names the service and proves nothing."""
    scope = f"test/20260101/{region}/{service}/aws4_request"
    fields = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    request = urllib.request.Request(ENDPOINT + path, data=body, headers={**fields, **(headers or {})}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def ask(service, target, **arguments):
    """One operation of a service that speaks JSON."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    return json.loads(call(service, json.dumps(arguments).encode(), headers) or b"{}")


def image(repository, tag):
    """Registers an image under a tag, as a push would."""
    config = "sha256:" + hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": config},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 1, "digest": config}],
    }
    told = ask(
        "ecr",
        "AmazonEC2ContainerRegistry_V20150921.PutImage",
        repositoryName=repository,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=kind,
        imageTag=tag,
    )
    return told["image"]["imageId"]["imageDigest"]


def zone(name):
    """Makes a public hosted zone."""
    body = f"""<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
      <Name>{name}</Name><CallerReference>{name}</CallerReference></CreateHostedZoneRequest>"""
    call("route53", body.encode(), {"Content-Type": "text/xml"}, "/2013-04-01/hostedzone")


def zones_gone():
    """Deletes every hosted zone."""
    listed = call("route53", None, path="/2013-04-01/hostedzone", method="GET").decode()
    for found in re.findall(r"<Id>/hostedzone/(\w+)</Id>", listed):
        call("route53", None, path=f"/2013-04-01/hostedzone/{found}", method="DELETE")


def bucket(patience=60):
    """The first bucket that keeps versions, once there is one."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        for name in re.findall(r"<Name>([^<]+)</Name>", call("s3", None, method="GET").decode()):
            if b">Enabled<" in call("s3", None, path=f"/{name}?versioning", method="GET"):
                return name
        time.sleep(0.5)
    sys.exit(f"there is no bucket with versions after {patience} s")


def secret(name, value):
    """Gives a secret a value."""
    ask("secretsmanager", "secretsmanager.PutSecretValue", SecretId=name, SecretString=value)


def held(regions=()):
    """How many of each kind the account holds."""
    # The default VPC of a region comes into being when it is first looked at.
    for region in (REGION, *regions):
        call("ec2", b"Action=DescribeVpcs&Version=2016-11-15", {"Content-Type": "application/x-www-form-urlencoded"}, region=region)
    with urllib.request.urlopen(ENDPOINT + "/moto-api/held", timeout=60) as answer:
        return json.load(answer)


def left(before):
    """What the account holds more than before."""
    return {kind: count for kind, count in held().items() if count > before.get(kind, 0)}


def main(arguments):
    """Does what the first argument says."""
    match arguments:
        case ["image", repository, tag]:
            print(image(repository, tag))
        case ["zone", name]:
            zone(name)
        case ["zones-gone"]:
            zones_gone()
        case ["bucket"]:
            print(bucket())
        case ["secret", name, value]:
            secret(name, value)
        case ["held", *regions]:
            print(json.dumps(held(regions)))
        case ["left", before]:
            rest = left(json.loads(pathlib.Path(before).read_text()))
            for kind, count in rest.items():
                print(f"left over: {count} {kind}")
            sys.exit(1 if rest else 0)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
