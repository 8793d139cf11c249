"""Runs the scripts of ECS against an account that is made up: what they write, and above all what they leave alone.

usage: scripts.py [CASE…]       all, or only those of these names

`account/` holds what stands in for the AWS CLI and the service's binary; nothing else is called.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAND_INS = ROOT / "infra/tests/account"
SECRETS = ("pki", "tls-api", "tls-store", "api", "prober", "operator")


class Account:
    """An account, as far as the scripts see one."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.write(secrets={f"larder-dev/{name}": [] for name in SECRETS}, faults={})

    def write(self, **changes):
        """Changes what it holds."""
        file = self.folder / "state.json"
        file.write_text(json.dumps({**(self.state if file.exists() else {}), **changes}))

    @property
    def state(self):
        """What it holds."""
        return json.loads((self.folder / "state.json").read_text())

    def value(self, name):
        """The newest value of a secret."""
        return json.loads(self.state["secrets"][f"larder-dev/{name}"][-1]["value"])

    def run(self, *command, code=0, **environment):
        """Runs a script of ours; returns what it said and the calls that it made."""
        calls = self.folder / "calls"
        calls.write_text("")
        told = subprocess.run(
            [ROOT / "scripts" / command[0], *command[1:]],
            env={
                **os.environ,
                "PATH": f"{STAND_INS}:{os.environ['PATH']}",
                "ACCOUNT": str(self.folder),
                "APP": str(STAND_INS / "app"),
                "AWS_REGION": "eu-west-1",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said = told.stdout + told.stderr
        demand(told.returncode == code, f"{' '.join(command)} ended with {told.returncode} instead of {code}: {said}")
        return said, calls.read_text().splitlines()


def demand(holds, otherwise):
    """A case fails with these words unless it holds."""
    if not holds:
        raise AssertionError(otherwise)


def written(calls):
    """The secrets that got a value."""
    return [call.split()[2].removeprefix("larder-dev/") for call in calls if "put-secret-value" in call]


def what_is_missing_is_made(account):
    """Every secret gets a value, once."""
    _, calls = account.run("secrets-ecs", "dev", "make")
    demand(sorted(written(calls)) == sorted(SECRETS), f"made: {written(calls)}")
    demand(set(account.value("tls-api")) == {"certificate", "key", "ca"}, "a role has its certificate, its key and its CA")
    _, calls = account.run("secrets-ecs", "dev", "make")
    demand(not written(calls), f"the second time: {written(calls)}")


def a_call_that_fails_is_no_missing_value(account):
    """Whatever AWS refuses or is too busy for, and whichever call it is, no key is made anew."""
    account.run("secrets-ecs", "dev", "make")
    for name in ("pki", "tls-store", "api"):
        for error in ("AccessDeniedException", "ThrottlingException", "InternalServiceError"):
            account.write(faults={f"secretsmanager list-secret-version-ids larder-dev/{name}": error})
            for command in ("make",) if name != "pki" else ("make", "rotate-tls", "rotate-ca"):
                said, calls = account.run("secrets-ecs", "dev", command, code=1)
                demand(error in said, f"{command}: it does not say {error}: {said}")
                demand(not written(calls), f"{command}: {error} had {written(calls)} made anew")


def a_secret_that_is_not_there_is_missing(account):
    """Before Terraform made the secrets, each counts as missing; what can't be written is said."""
    account.write(secrets={})
    said, _ = account.run("secrets-ecs", "dev", "make", code=254)
    demand("ResourceNotFoundException" in said, f"it says {said}")


CASES = [what_is_missing_is_made, a_call_that_fails_is_no_missing_value, a_secret_that_is_not_there_is_missing]


def main(names):
    """Each case in an account of its own."""
    failed = 0
    for case in CASES:
        if names and case.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Account(folder))
            except AssertionError as error:
                failed += 1
                print(f"{case.__name__}: {error}")
    print(f"scripts of ECS: {len(names or CASES) - failed} cases hold, {failed} do not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
