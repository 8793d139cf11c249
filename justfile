# `just` lists the recipes, `just check` runs all that a change is judged by.

set shell := ["bash", "-euo", "pipefail", "-c"]

venv := "target/venv"

[private]
default:
    @just --list --unsorted

# Start it in containers: dynamodb (both roles on DynamoDB Local), embedded (one process), or observe (the roles, with Prometheus, Grafana, Jaeger)
[group('run')]
up profile="dynamodb":
    scripts/compose up {{ profile }}

# Stop what `just up` started; the data stays
[group('run')]
down:
    scripts/compose down

# Stop what `just up` started, and remove its data
[group('run')]
clean:
    scripts/compose clean

# Follow the logs of what `just up` started
[group('run')]
logs:
    scripts/compose logs

# Drive every kind of operation against what `just up` started, or against a URL
[group('run')]
smoke url="":
    {{ if url == "" { "scripts/compose smoke" } else { "cargo run --release -- smoke --url " + url } }}

# Serve everything in one process without a container, data under ./data
[group('run')]
run *flags:
    cargo run --release -- --role=all {{ flags }}

# Speed, as ratios against yardsticks in the same run: all parts, or those that are named (needs wrk; etcd and Java for some rows)
[group('run')]
bench *parts:
    cargo bench --locked --bench http -- {{ parts }}

# Measure what this machine can do, and write it to docs/capacity.json: nothing else should run then (needs wrk)
[group('run')]
capacity:
    cargo bench --locked --bench http -- --capacity docs/capacity.json

# Speed against another commit, both built and run here: fails where a fifth is lost (needs wrk)
[group('check')]
bench-compare *base:
    scripts/bench-compare {{ base }}

# Print the OpenAPI document of a running system
[group('run')]
openapi url="http://127.0.0.1:8080":
    @curl -fsS {{ url }}/openapi.json | python3 -m json.tool

# Everything that a change is judged by
[group('check')]
check: test others

# Everything but the tests, in two lanes side by side
[group('check')]
others: build
    scripts/lanes running still

# Those of `others` that start the program, which comes first where both want a processor
[private]
running: dynamodb-local docs-page docs-api smoke-here schemathesis pentest observe otel

# Those of `others` that only look
[private]
still: fmt-check lint doc deny advisories unused secrets scripts dockerfile yaml spelling links markdown workflows deployments docs chart chart-parity infra planted-faults rules

# Unit and integration tests
[group('check')]
test *flags:
    cargo test {{ flags }}

# Format
[group('check')]
fmt:
    cargo fmt
    cargo fmt --manifest-path fuzz/Cargo.toml

# Is it formatted?
[group('check')]
fmt-check:
    cargo fmt --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check

# Compiler and clippy warnings are errors
[group('check')]
lint:
    cargo clippy --all-targets --locked -- -D warnings

# The documentation of the code builds without a warning
[group('check')]
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --locked

# The contract and the model once more, on Amazon's DynamoDB Local (left out where there is no Java)
[group('check')]
dynamodb-local:
    scripts/dynamodb-local scripts/dynamodb-local-tests

# Licences, sources and versions of the dependencies
[group('check')]
deny:
    cargo deny --log-level error check bans licenses sources

# Known vulnerabilities in the dependencies (needs their database from GitHub)
[group('check')]
advisories:
    scripts/advisories

# Dependencies that nobody uses
[group('check')]
unused:
    cargo machete

# The shell scripts are sound (left out where there is no shellcheck)
[group('check')]
scripts:
    scripts/shellcheck

# /docs in headless Chromium: all operations, and no request to elsewhere
[group('check')]
docs-page: build
    scripts/with-service scripts/docs-page

# The commands of README.md, docs/api.md and the guides do what the pages say, or the pages say why they can't be run
[group('check')]
docs-api: build
    for page in README.md docs/api.md docs/guides/*.md; do scripts/with-service scripts/docs-api "$page"; done

# Every kind of operation, against a service of its own
[group('check')]
smoke-here: build
    scripts/with-service sh -c 'target/debug/app smoke --url $URL'

# Rules, their tests, dashboards and runbooks, each by itself and against the others
[group('check')]
rules:
    scripts/rules

# A real Prometheus over running processes: every expression has data, alerts come and go (left out without it)
[group('check')]
observe: build
    scripts/observe

# Traces as a foreign collector gets them, over gRPC and HTTP, are what was sent (left out without one)
[group('check')]
otel: build
    scripts/otel

# The Dockerfile follows the rules of its trade
[group('check')]
dockerfile:
    scripts/lint dockerfile

# YAML is well formed and looks the same everywhere
[group('check')]
yaml:
    scripts/lint yaml

# The documentation as a site, under target/book (left out where there is no mdbook)
[group('check')]
docs:
    scripts/docs

# Words that are misspelt
[group('check')]
spelling:
    scripts/lint spelling

# Secrets in any file of any commit
[group('check')]
secrets:
    scripts/lint secrets

# Secrets in what is about to be committed
[group('check')]
secrets-staged:
    scripts/lint staged

# Links in Markdown lead to files and headings that are there
[group('check')]
links:
    scripts/lint links

# Markdown is well formed
[group('check')]
markdown:
    scripts/lint markdown

# The workflows of CI: sound, safe, and nothing in them but recipes and pinned actions
[group('check')]
workflows:
    scripts/lint workflows

# The environments under deploy/ render with this chart, and deployments go as they should (against stand-ins)
[group('check')]
deployments:
    scripts/lint deployments
    scripts/deploy-test

# Every check fails for what it is there for: plants a leaked key, a vulnerable dependency, a bad tag…
[group('check')]
planted-faults *faults:
    scripts/planted-faults {{ faults }}

# Lines that the tests reach, as a page under target/coverage (needs cargo-llvm-cov)
[group('check')]
coverage:
    cargo llvm-cov --locked --html --output-dir target/coverage

# The model tests with many more cases than in each run
[group('check')]
model-long cases="2000":
    PROPTEST_CASES={{ cases }} cargo test --test it -- model

# Whatever reads bytes that others wrote, on inputs that grow by what they reach: so many seconds for each target
[group('check')]
fuzz seconds="60" *targets:
    scripts/fuzz {{ seconds }} {{ targets }}

# The release binary built twice, in two folders, is the same byte for byte
[group('check')]
reproducible:
    scripts/reproducible

# Whatever a check left out because something was missing is a failure (for CI: LEFT_OUT names the file)
[private]
nothing-left-out:
    @[[ ! -s "${LEFT_OUT:-/dev/null}" ]] || { echo "left out:"; cat "$LEFT_OUT"; exit 1; }

[private]
gathered:
    scripts/gathered

# The image is small, has no shell and no root, and starts fast
[group('check')]
image-check:
    scripts/image check

# compose.yaml from up to down, with a role stopped and the store killed under load
[group('check')]
compose-test *profiles:
    scripts/compose-test {{ profiles }}

# Property-based tests of the running service against its own OpenAPI document
[group('check')]
schemathesis: build
    scripts/with-service scripts/schemathesis

# The Helm chart: schema, rendered sets of values against Kubernetes's schemas, rules
[group('check')]
chart:
    scripts/chart

# What the chart gives each role is what the program says of itself, and the program takes it
[group('check')]
chart-parity: build
    scripts/chart parity

# The chart on a real cluster (KUBECONFIG), from install to uninstall, with an image that its nodes have (IMAGE)
[group('check')]
chart-cluster *steps:
    scripts/chart-cluster {{ steps }}

# Build the image larder:dev
[group('build')]
image:
    scripts/image build

# Known vulnerabilities in the image (needs trivy and its database)
[group('build')]
image-scan:
    trivy image --exit-code 1 --ignore-unfixed --severity HIGH,CRITICAL --scanners vuln,secret "${LARDER_IMAGE:-larder:dev}"

# The image as a file, and back
[private]
image-save:
    docker save "${LARDER_IMAGE:-larder:dev}" | gzip >target/image.tar.gz

[private]
image-load:
    gunzip --stdout target/image.tar.gz | docker load

# A cluster in containers, with the image on its node
[private]
kind-up:
    kind create cluster --name larder --wait 3m
    kind load docker-image "${LARDER_IMAGE:-larder:dev}" --name larder

[private]
image-push:
    docker push "$LARDER_IMAGE"

# A step of a release, as the workflow takes them: version, image-push, image-index, image-sign, chart, binary, publish, verify
[group('deploy')]
release step:
    scripts/release {{ step }}

# Put DIGEST into a Kubernetes cluster: install or upgrade, smoke test, back if that fails
[group('deploy')]
deploy-k8s:
    scripts/deploy k8s

# To ECS, and back to what ran before if the smoke test fails
[group('deploy')]
rollout-ecs environment:
    scripts/deploy ecs {{ environment }}

# Let one environment run what another one runs: `just promote staging production`
[group('deploy')]
promote from to:
    scripts/deploy promote {{ from }} {{ to }}

# A deployment of its own for the branch PREVIEW
[group('deploy')]
preview-up:
    scripts/deploy preview-up

# Remove the deployment of the branch PREVIEW
[group('deploy')]
preview-down:
    scripts/deploy preview-down

# Terraform under infra/, and its scripts: format, validity, tests with a mocked provider (left out where there is no terraform)
[group('check')]
infra *directories:
    python3 infra/tests/store_actions.py
    python3 infra/tests/failing.py
    python3 infra/tests/scripts.py
    scripts/infra {{ directories }}

# Each of those tests can fail: faults planted in the Terraform, one after another (half an hour; folders such as modules/table)
[group('check')]
infra-planted *folders:
    python3 infra/tests/planted.py {{ folders }}

# Attack a system of its own with authentication on: malformed HTTP, doors without a key, Schemathesis with one
[group('check')]
pentest: build
    scripts/pentest

# Terraform applied to an emulator of AWS, and the tasks that it registered run on Docker (wants EMULATOR_URL; see infra/README.md)
[group('check')]
infra-apply:
    scripts/infra-apply

# What an environment on AWS costs a month, by mode
[group('deploy')]
infra-cost:
    scripts/infra-cost

# An AWS account from nothing to a TLS endpoint that answers: infra/environments/ENVIRONMENT.tfvars
[group('deploy')]
deploy-ecs environment:
    scripts/deploy-ecs {{ environment }}

# Renew certificates of an environment on ECS in time, and give its roles new tasks then: to be run every day
[group('deploy')]
renew-ecs *environment:
    scripts/renew-ecs {{ environment }}

# Undo that, but for the data; --with-table drops the table too, and asks for its name
[group('deploy')]
destroy-ecs environment *flags:
    scripts/destroy-ecs {{ environment }} {{ flags }}

# With the tests: what `cargo test` has compiled is not compiled once more with fewer features
[private]
build:
    cargo build --locked --tests

# The tools that the checks use, at the versions that they were tried with
[group('tools')]
tools:
    scripts/tools

# What the checks of the chart need as well
[group('tools')]
chart-tools:
    scripts/tools chart

# What the benchmark needs: wrk and etcd, of Debian or Ubuntu
[group('tools')]
bench-tools:
    scripts/tools bench
