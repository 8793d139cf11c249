"""Runs the scripts of ECS against an account that is made up: what they write, and above all what they leave alone.

usage: scripts.py [CASE…]       all, or only those of these names

`account/` holds what stands in for the AWS CLI and the service's binary; nothing else is called.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAND_INS = ROOT / "infra/tests/account"
SECRETS = ("pki", "tls-api", "tls-store", "api", "prober", "operator")


class Account:
    """An account, as far as the scripts see one."""

    def __init__(self, folder):
        self.folder, self.root = pathlib.Path(folder), ROOT
        self.write(secrets={f"larder-dev/{name}": [] for name in SECRETS}, faults={}, services={}, metrics={}, certificates={}, pending=2, now=1000)
        self.write(cluster="larder-dev", revision=0, rollouts=[])

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

    def checkout(self, settings):
        """A checkout with the settings of an environment, in which to deploy from."""
        place = self.folder / "checkout"
        shutil.copytree(ROOT / "scripts", place / "scripts")
        (place / "infra/environments").mkdir(parents=True)
        (place / "infra/environments/dev.tfvars").write_text(settings)
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "All of it"]):
            subprocess.run(["git", "-C", place, "-c", "user.name=x", "-c", "user.email=x@example.org", *command], check=True)
        self.root = place

    def run(self, *command, code=0, **environment):
        """Runs a script of ours; returns what it said and the calls that it made."""
        calls = self.folder / "calls"
        calls.write_text("")
        told = subprocess.run(
            [self.root / "scripts" / command[0], *command[1:]],
            env={
                **os.environ,
                "PATH": f"{STAND_INS}:{os.environ['PATH']}",
                "MADE_UP": str(self.folder),
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


def rolled(calls):
    """The services that got new tasks."""
    return [call.split()[2] for call in calls if "update-service" in call]


def running(account):
    """An account with its secrets, and tasks that read them."""
    account.run("secrets-ecs", "dev", "make")
    account.write(services={"api": account.state["now"], "store": account.state["now"]})


def certificates_are_renewed_in_time(account):
    """Nothing happens before it is time; then both roles get a certificate of the CA that they trust, and new tasks."""
    running(account)
    before = {role: account.value(f"tls-{role}") for role in ("api", "store")}
    said, calls = account.run("renew-ecs", "dev")
    demand(not written(calls) and not rolled(calls), f"too early: {said}")
    demand(account.state["metrics"] == {"Larder larder-dev-certificate-days": "89"}, f"it tells of {account.state['metrics']}")
    _, calls = account.run("renew-ecs", "dev", LATE="1")
    demand(sorted(written(calls)) == ["tls-api", "tls-store"], f"new: {written(calls)}")
    demand(rolled(calls) == ["store", "api"], f"new tasks: {rolled(calls)}")
    for role, had in before.items():
        now = account.value(f"tls-{role}")
        demand(now["certificate"] != had["certificate"] and now["key"] != had["key"], f"{role} has the certificate of before")
        demand(now["ca"] == had["ca"], f"{role} trusts somebody else")
    said, calls = account.run("renew-ecs", "dev")
    demand(not written(calls) and not rolled(calls), f"once more: {said}")


def make_renews_too(account):
    """A deployment has certificates with time left, before it makes tasks."""
    running(account)
    _, calls = account.run("secrets-ecs", "dev", "make", LATE="1")
    demand(sorted(written(calls)) == ["tls-api", "tls-store"] and not rolled(calls), f"it did {calls}")


def what_broke_off_is_made_up_for(account):
    """Tasks that did not become stable get the new certificate the next time; and until then nothing is told as if they had it."""
    running(account)
    account.write(faults={"ecs update-service": "ThrottlingException"})
    _, calls = account.run("renew-ecs", "dev", code=254, LATE="1")
    demand(len(written(calls)) == 2 and not account.state["metrics"], f"it did {calls}, and told {account.state['metrics']}")
    account.write(faults={})
    _, calls = account.run("renew-ecs", "dev")
    demand(not written(calls) and rolled(calls) == ["store", "api"], f"it did {calls}")
    demand(account.state["metrics"], "nothing was told")


def a_renewal_keeps_whom_a_role_trusts(account):
    """Where the CA is another one, the tasks of before are trusted all the same."""
    running(account)
    had = account.value("tls-store")["ca"]
    state = account.state
    state["secrets"]["larder-dev/pki"] = []
    account.write(secrets=state["secrets"])
    account.run("secrets-ecs", "dev", "make", LATE="1")
    new = account.value("pki")["ca.pem"]
    demand(had != new and account.value("tls-store")["ca"] == had + new, "the store trusts not both")


NO_DOMAIN = 'owner = "team"\ndomains = {} # none\n'
UNATTENDED = {"YES": "1", "SKIP_CHECK": "1"}


def without_a_domain(account):
    """From nothing to an endpoint whose certificate is our own; and once more without a change."""
    account.write(secrets={})
    account.checkout(NO_DOMAIN)
    said, _ = account.run("deploy-ecs", "dev", **UNATTENDED)
    (arn,) = account.state["certificates"]
    demand(account.state["deployed"]["certificate"] == arn, f"the balancer has {account.state['deployed']}")
    demand("smoke: well" in said, f"it says {said}")
    demand(account.state["certificates"][arn]["chain"] == account.value("pki")["ca.pem"], "somebody else signed it")
    account.write(pending=0)
    before = account.state["certificates"]
    _, calls = account.run("deploy-ecs", "dev", **UNATTENDED)
    demand(not written(calls) and not rolled(calls) and account.state["certificates"] == before, f"the second time it did {calls}")


def the_endpoints_certificate_is_renewed(account):
    """In the last third of its time, under the ARN that the balancer knows; by a deployment and by the daily run."""
    running(account)
    arn = account.run("secrets-ecs", "dev", "certificate")[0].splitlines()[0]
    for command in (["secrets-ecs", "dev", "certificate"], ["secrets-ecs", "dev", "make"], ["renew-ecs", "dev"]):
        had = account.state["certificates"]
        account.run(*command)
        demand(account.state["certificates"] == had, f"{command}: too early")
        account.run("secrets-ecs", "dev", "certificate", FORCE="1", DAYS="20")
        late = account.state["certificates"][arn]
        account.run(*command)
        (now,) = account.state["certificates"].values()
        demand(list(account.state["certificates"]) == [arn] and now["certificate"] != late["certificate"], f"{command}: it is the one of before")
    pki = account.value("pki")
    account.run("secrets-ecs", "dev", "certificate", FORCE="1")
    demand(account.value("pki") == pki, "a new certificate of the balancer made a new CA")
    account.write(faults={"acm list-certificates": "ThrottlingException"})
    account.run("secrets-ecs", "dev", "certificate", code=254)
    demand(len(account.state["certificates"]) == 1, "a second one was imported")


def a_certificate_of_ones_own_is_left_alone(account):
    """Whoever names a certificate gets that one; and whoever names domains needs none."""
    for settings in ('certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/mine"\n', 'domains = { "a.example.com" = "example.com" }\n'):
        with tempfile.TemporaryDirectory() as folder:
            other = Account(folder)
            other.checkout(settings)
            said, _ = other.run("deploy-ecs", "dev", **UNATTENDED)
            demand(not other.state["certificates"] and "smoke: well" in said, f"with {settings} it imported {other.state['certificates']}")
            wanted = settings.split('"')[1] if "arn" in settings else None
            demand(other.state["deployed"]["certificate"] == wanted, f"the balancer has {other.state['deployed']}")


def private(account):
    """Certificates of both roles in ACM, as a private CA signs them."""
    found = {}
    for role in ("api", "store"):
        place = account.folder / "private"
        place.mkdir(exist_ok=True)
        for name in ("ca", role):
            command = [STAND_INS / "app", "pki", *(("init",) if name == "ca" else ("issue", "--force")), "--dir", place, "--name", name]
            subprocess.run(command, check=True, capture_output=True, env={**os.environ, "MADE_UP": str(account.folder)})
        certificate, key, chain = ((place / name).read_text() for name in (f"{role}.pem", f"{role}.key", "ca.pem"))
        arn = f"arn:aws:acm:eu-west-1:123456789012:certificate/private-{role}"
        found[arn] = {"name": f"{role}.larder-dev.internal", "certificate": certificate, "key": key, "chain": chain}
    account.write(certificates=found)
    return found


def certificates_of_a_private_ca(account):
    """A deployment takes them where the settings ask for them; the daily round takes what ACM renewed; and they can be left again."""
    account.write(secrets={})
    account.checkout('private_ca = true\ndomains = { "a.example.com" = "example.com" }\n')
    first = private(account)
    account.run("deploy-ecs", "dev", **UNATTENDED)
    for arn, found in first.items():
        held = account.value("tls-" + arn.rsplit("-", 1)[1])
        demand(held["certificate"].strip() == found["certificate"].strip() and held["ca"].strip() == found["chain"].strip(), f"{arn} was not taken")
        demand(held["key"].startswith("-----BEGIN PRIVATE KEY-----"), f"the key is sealed: {held['key'][:40]}")
    _, calls = account.run("renew-ecs", "dev")
    demand(not written(calls) and not rolled(calls), f"before ACM renewed anything: {calls}")
    second = private(account)
    _, calls = account.run("renew-ecs", "dev")
    demand(sorted(written(calls)) == ["tls-api", "tls-store"] and rolled(calls) == ["store", "api"], f"afterwards: {calls}")
    for arn, found in second.items():
        held = account.value("tls-" + arn.rsplit("-", 1)[1])
        demand(held["certificate"].strip() == found["certificate"].strip(), f"{arn} is the one of before")
    said, _ = account.run("secrets-ecs", "dev", "rotate-ca", code=64)
    demand("AWS Private CA" in said, f"it says {said}")
    account.write(certificates={})
    account.run("deploy-ecs", "dev", **UNATTENDED)
    held, own = account.value("tls-api"), account.value("pki")["ca.pem"]
    demand("arn" not in held and held["ca"].endswith(own) and held["ca"] != own, "without it, both CAs are trusted, and ours signs")


def a_plan_writes_nothing(account):
    """Whoever may only look sees what would change in what runs: no image, no secret, no certificate, no lock."""
    account.write(secrets={})
    account.checkout(NO_DOMAIN)
    said, _ = account.run("deploy-ecs", "dev", code=1, PLAN_ONLY="1", SKIP_CHECK="1")
    demand("there is no image to plan with" in said, f"of nothing it says {said}")
    account.run("deploy-ecs", "dev", **UNATTENDED)
    (account.root / "changed").write_text("not committed: another version")
    before = account.state
    _, calls = account.run("deploy-ecs", "dev", PLAN_ONLY="1", SKIP_CHECK="1", LATE="1")
    aws = {" ".join(call.split()[:2]) for call in calls if not call.startswith("terraform ")}
    demand(aws == {"sts get-caller-identity"}, f"it called {aws}")
    plans = [call for call in calls if call.startswith("terraform plan")]
    demand(len(plans) == 1 and "-lock=false" in plans[0] and "-out" not in plans[0], f"it planned {plans}")
    demand(f"commit={before['deployed']['commit']}" in plans[0], "it planned with another image")
    demand(f"certificate_arn={before['deployed']['certificate']}" in plans[0], "it planned with another certificate")


def what_was_undone_is_no_deployment(account):
    """ECS may go back to what ran before while Terraform waits or afterwards; the services are stable then, and yet it failed."""
    account.checkout(NO_DOMAIN)
    account.write(secrets={})
    account.run("deploy-ecs", "dev", **UNATTENDED)
    for rollouts in ([[1, "COMPLETED"]], [[3, "COMPLETED"], [2, "IN_PROGRESS"]], [[4, "IN_PROGRESS"], [3, "IN_PROGRESS"]], [[5, "FAILED"]]):
        account.write(rollouts=rollouts)
        said, _ = account.run("deploy-ecs", "dev", code=1, PAUSE="0", **UNATTENDED)
        demand("undid the deployment" in said and "circuit breaker: as told" in said, f"of {rollouts} it says {said}")
        demand("smoke: well" not in said, f"with {rollouts} it tried what ran before")
        demand(not account.state["rollouts"], f"it did not look at {account.state['rollouts']}")
    account.write(rollouts=[[6, "IN_PROGRESS"]])
    said, _ = account.run("deploy-ecs", "dev", PAUSE="0", **UNATTENDED)
    demand("smoke: well" in said, f"of one that takes its time it says {said}")
    account.write(rollouts=[[7, "IN_PROGRESS"]] * 1000)
    said, _ = account.run("deploy-ecs", "dev", code=1, PAUSE="0", **UNATTENDED)
    demand("has not ended" in said, f"of one that never ends it says {said}")


def files_reach_the_container(account):
    """Wherever `mktemp` makes its folders, the container in which the binary runs sees them."""
    account.checkout(NO_DOMAIN)
    account.write(secrets={})
    place = account.folder / "elsewhere"
    place.mkdir()
    for there in ({}, {"TMPDIR": str(place)}):
        said, _ = account.run("deploy-ecs", "dev", APP="", **there, **UNATTENDED)
        demand("smoke: well" in said, f"with {there} it says {said}")
        account.run("renew-ecs", "dev", APP="", LATE="1", **there)


def it_goes_back_in_a_project_of_another_name(account):
    """What ran before is looked for where it is deployed."""
    account.checkout(NO_DOMAIN)
    before = subprocess.run(["git", "-C", account.root, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    account.write(cluster="shop-dev", deployed={"commit": before}, faults={"sts get-caller-identity": "ExpiredToken"})
    said, _ = account.run("deploy", "ecs", "dev", code=254, PROJECT="shop", TMPDIR=str(account.folder))
    demand(f"back to {before}" in said, f"it says {said}")


def backups_outlive_the_table(account):
    """They go, and the key that opens them, only when that is said; and then the table's name is asked for as well."""
    account.checkout(NO_DOMAIN)
    account.write(secrets={})
    account.run("deploy-ecs", "dev", **UNATTENDED)
    for flags in ([], ["--with-table"]):
        _, calls = account.run("destroy-ecs", "dev", *flags, YES="1", TABLE="larder-dev")
        (destroyed,) = [call.split() for call in calls if call.startswith("terraform destroy")]
        targets = {word.removeprefix("-target=") for word in destroyed if word.startswith("-target=")}
        demand(targets and not targets & {"module.backup", "aws_kms_key.main"}, f"{flags} destroys {targets or 'everything'}")
        demand(("module.table" in targets) == bool(flags), f"{flags} destroys {targets}")
        demand(not any("drop_backups" in call for call in calls), f"{flags} lets the backups go")
    for flags in (["--with-table"], ["--with-backups"]):
        said, calls = account.run("destroy-ecs", "dev", *flags, code=1, YES="1", TABLE="another")
        demand("nothing was destroyed" in said and not any("destroy" in call or "apply" in call for call in calls), f"{flags} did {calls}")
    _, calls = account.run("destroy-ecs", "dev", "--with-backups", TABLE="larder-dev")
    (applied,) = [call for call in calls if call.startswith("terraform apply")]
    (destroyed,) = [call for call in calls if call.startswith("terraform destroy")]
    demand("drop_backups=true" in applied and "drop_backups=true" in destroyed and "-target" not in destroyed, f"it did {calls}")
    _, calls = account.run("destroy-ecs", "dev", "--with-everything", code=64, YES="1", TABLE="larder-dev")
    demand(not calls, f"told something else it did {calls}")


POINT = "arn:aws:backup:eu-west-1:123456789012:recovery-point:1"
TAGS = [{"Key": "project", "Value": "larder"}]


def complete(table):
    """Whether a table has what a restore leaves out."""
    said = table.get("time-to-live-specification"), table.get("point-in-time-recovery-specification"), "deletion-protection-enabled" in table
    return said == ("Enabled=true,AttributeName=x", "PointInTimeRecoveryEnabled=true", True) and bool(table["tags"])


def a_table_is_restored(account):
    """Of its recovery, or of a backup in a vault: either is as complete as the old one."""
    account.write(tables={"larder-dev": {"tags": TAGS}}, jobs=["PENDING", "RUNNING", "COMPLETED"])
    for more, origin in (([], "recovery"), (["2026-11-26T01:00:00Z"], "recovery"), (["--from-vault", POINT], POINT)):
        said, _ = account.run("restore-table", "larder-dev", "larder-dev-restored", *more, PAUSE="0")
        table = account.state["tables"]["larder-dev-restored"]
        demand(table["of"] == origin and complete(table) and table["tags"] == TAGS, f"with {more} it is {table}")
        demand("is ready" in said, f"with {more} it says {said}")
    asked = account.state["restore"]
    demand(asked["iam-role-arn"].endswith(":role/larder-dev-eu-west-1-restore"), f"it is restored by {asked['iam-role-arn']}")
    demand(table["key"].endswith("/of-alias/larder-dev") and "encryptionType=KMS" in asked["metadata"], f"its key is {table['key']}")
    # What was restored once has another name, and the environment is still the same.
    account.write(jobs=["COMPLETED"])
    account.run("restore-table", "larder-dev-restored", "larder-dev-again", "--from-vault", POINT, PAUSE="0")
    demand(account.state["restore"]["iam-role-arn"].endswith(":role/larder-dev-eu-west-1-restore"), "another environment's role was asked for")


def a_table_that_is_gone_is_restored(account):
    """A backup outlives its table: the new one has that one's name, and the tags of the backup."""
    account.write(tables={}, jobs=["COMPLETED"])
    account.run("restore-table", "larder-dev", "larder-dev", "--from-vault", POINT, PAUSE="0")
    table = account.state["tables"]["larder-dev"]
    demand(complete(table) and table["tags"][0]["Value"] == "of the backup", f"it is {table}")
    account.write(tables={}, jobs=["COMPLETED"])
    account.run("restore-table", "larder-dev", "larder-dev-restored", "--from-vault", POINT, PAUSE="0")
    demand(complete(account.state["tables"]["larder-dev-restored"]), "under another name it is not complete")


def a_restore_that_fails_is_said(account):
    """With what AWS says of it; and nothing is done to a table that is not there."""
    for jobs in (["RUNNING", "FAILED"], ["ABORTED"]):
        account.write(tables={"larder-dev": {"tags": TAGS}}, jobs=jobs)
        said, calls = account.run("restore-table", "larder-dev", "larder-dev-restored", "--from-vault", POINT, code=1, PAUSE="0")
        demand("the role may not" in said and not any("update" in call for call in calls), f"of {jobs} it says {said} and did {calls}")
    for fault in ("iam get-role", "kms describe-key", "backup start-restore-job", "backup describe-restore-job"):
        account.write(faults={fault: "AccessDeniedException"}, jobs=["COMPLETED"])
        said, _ = account.run("restore-table", "larder-dev", "larder-dev-restored", "--from-vault", POINT, code=254, PAUSE="0")
        demand("AccessDeniedException" in said, f"of {fault} it says {said}")
    account.write(faults={}, tables={})
    said, _ = account.run("restore-table", "larder-dev", "larder-dev-restored", code=254, PAUSE="0")
    demand("ResourceNotFoundException" in said, f"without a table it says {said}")


CASES = [
    what_is_missing_is_made,
    a_call_that_fails_is_no_missing_value,
    a_secret_that_is_not_there_is_missing,
    certificates_are_renewed_in_time,
    make_renews_too,
    what_broke_off_is_made_up_for,
    a_renewal_keeps_whom_a_role_trusts,
    without_a_domain,
    the_endpoints_certificate_is_renewed,
    a_certificate_of_ones_own_is_left_alone,
    certificates_of_a_private_ca,
    a_plan_writes_nothing,
    what_was_undone_is_no_deployment,
    files_reach_the_container,
    it_goes_back_in_a_project_of_another_name,
    backups_outlive_the_table,
    a_table_is_restored,
    a_table_that_is_gone_is_restored,
    a_restore_that_fails_is_said,
]


def main(names):
    """Each case in an account of its own."""
    failed = 0
    for case in CASES:
        if names and case.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Account(folder))
            except Exception as error:
                failed += 1
                print(f"{case.__name__}: {error!r}" if not isinstance(error, AssertionError) else f"{case.__name__}: {error}")
    print(f"scripts of ECS: {len(names or CASES) - failed} cases hold, {failed} do not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
