# `just` lists the recipes, `just check` runs all that a change is judged by.

set shell := ["bash", "-euo", "pipefail", "-c"]

venv := "target/venv"

[private]
default:
    @just --list --unsorted

# Start it in a container, one process with its data on a volume
[group('run')]
up profile="embedded":
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

# Speed, as ratios against yardsticks in the same run (needs wrk; etcd for one row)
[group('run')]
bench:
    cargo bench --bench http

# Print the OpenAPI document of a running system
[group('run')]
openapi url="http://127.0.0.1:8080":
    @curl -fsS {{ url }}/openapi.json | python3 -m json.tool

# Everything that a change is judged by
[group('check')]
check: test others

# Everything but the tests
[group('check')]
others: fmt-check lint doc deny advisories unused scripts dockerfile yaml docs-page docs-api smoke-here schemathesis chart infra

# Unit and integration tests
[group('check')]
test *flags:
    cargo test {{ flags }}

# Format
[group('check')]
fmt:
    cargo fmt

# Is it formatted?
[group('check')]
fmt-check:
    cargo fmt --check

# Compiler and clippy warnings are errors
[group('check')]
lint:
    cargo clippy --all-targets --locked -- -D warnings

# The documentation of the code builds without a warning
[group('check')]
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --locked

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

# The examples of README.md and docs/api.md do what the pages say they do
[group('check')]
docs-api: build
    scripts/with-service scripts/docs-api README.md
    scripts/with-service scripts/docs-api docs/api.md

# Every kind of operation, against a service of its own
[group('check')]
smoke-here: build
    scripts/with-service sh -c 'target/debug/app smoke --url $URL'

# The Dockerfile follows the rules of its trade
[group('check')]
dockerfile:
    scripts/lint dockerfile

# YAML is well formed and looks the same everywhere
[group('check')]
yaml:
    scripts/lint yaml

# The image is small, has no shell and no root, and starts fast
[group('check')]
image-check:
    scripts/image check

# compose.yaml from up to down, with the store killed under load
[group('check')]
compose-test:
    scripts/compose-test

# Property-based tests of the running service against its own OpenAPI document
[group('check')]
schemathesis: build
    scripts/with-service scripts/schemathesis

# The Helm chart: schema, rendered sets of values against Kubernetes's schemas, rules
[group('check')]
chart:
    scripts/chart

# Build the image larder:dev
[group('build')]
image:
    scripts/image build

# Terraform under infra/: format, validity, tests with a mocked provider (left out where there is no terraform)
[group('check')]
infra *directories:
    scripts/infra {{ directories }}

[private]
build:
    cargo build --locked

# The tools that the checks use, at the versions that they were tried with
[group('tools')]
tools:
    scripts/tools
