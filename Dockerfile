# The switchyard command in a small image: built with Swift's official image, run on Debian's, by a user without rights.
#
#   docker build -t switchyard .
#   docker run --rm switchyard version
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
# Versions are those of the image's Debian: pinned, they would be gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get -q update \
    && apt-get -q install -y --no-install-recommends libcurl4-openssl-dev libdnnl-dev libglpk-dev libpq-dev libsqlite3-dev libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# Packages in a layer of their own: they change less often than the sources.
COPY Package.swift ./
RUN swift package resolve
COPY Config Config
COPY Migrations Migrations
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product switchyard \
    && install -D -s .build/release/switchyard /out/switchyard

FROM ${DEBIAN_IMAGE}
# Versions are those of the image's Debian: pinned, they would be gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get -q update \
    && apt-get -q install -y --no-install-recommends ca-certificates libcurl4 libdnnl2 libglpk40 libgomp1 libpq5 libsqlite3-0 libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 /var/lib/switchyard
COPY --from=build /out/switchyard /usr/local/bin/switchyard
COPY Config/models.yaml Config/simulation.yaml deploy/compose/switchyard.yaml deploy/compose/replicas.yaml /etc/switchyard/
COPY Config/routers/stack /etc/switchyard/routers/stack
# As built in, but with the simulated backends in a container of their own.
RUN sed -i 's#http://127.0.0.1:8090/#http://backends:8090/#' /etc/switchyard/models.yaml \
    && sed -i 's#127.0.0.1:8090#0.0.0.0:8090#' /etc/switchyard/simulation.yaml
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/switchyard
VOLUME /var/lib/switchyard
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["switchyard", "check", "--live"]
ENTRYPOINT ["switchyard"]
CMD ["serve", "--config", "/etc/switchyard/switchyard.yaml", "--models", "/etc/switchyard/models.yaml"]
