# syntax=docker/dockerfile:1.20@sha256:26147acbda4f14c5add9946e2fd2ed543fc402884fd75146bd342a7f6271dc1d
# One image for both roles: `docker run larder --role=api`. Nothing is in it but the binary and what it links against.

FROM rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS dependencies
WORKDIR /src
# The same bytes wherever and whenever it is built: no path of the builder in the binary, and no time (.cargo/config.toml).
ENV CARGO_INCREMENTAL=0 SOURCE_DATE_EPOCH=0 RUSTFLAGS="--remap-path-prefix=/src=larder --remap-path-prefix=/usr/local/cargo=cargo"

# The dependencies alone, over an empty program: this layer is built again only when one of them changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src benches/http tests/it \
    && touch src/lib.rs benches/http/main.rs tests/it/main.rs \
    && echo 'fn main() {}' >src/main.rs \
    && cargo build --release --locked --bin app

FROM dependencies AS build
# Cargo goes by the time of a file, and ours may be older than the empty one.
COPY src src
ARG REVISION=unknown
RUN find src -name '*.rs' -exec touch {} + \
    && APP_COMMIT="$REVISION" cargo build --release --locked --bin app \
    && install -D -m 0755 target/release/app /out/app \
    && install -d -m 0770 /out/volumes/larder \
    && mkdir -p /out/etc/tls

FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
ARG VERSION=dev REVISION=unknown SOURCE=unknown CREATED=unknown
LABEL org.opencontainers.image.title="larder" \
      org.opencontainers.image.description="An HTTP item store on DynamoDB or on a disk of its own" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot"
COPY --link LICENSE /LICENSE
COPY --from=build /out/etc /etc/larder
# The folder of the data. A volume that is mounted over it for the first time takes over its owner and its mode.
COPY --from=build --chown=65532:65532 /out/volumes /var/lib
COPY --from=build /out/app /app
ENV APP__STORE__EMBEDDED__PATH=/var/lib/larder
USER 65532:65532
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
# For the api role and for --role=all. A deployment of the store role says `/app healthcheck --role=store` instead.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 CMD ["/app", "healthcheck", "--role=api"]
ENTRYPOINT ["/app"]
