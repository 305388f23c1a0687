# The switchyard command in a small image: built with Swift's official image, run with the libraries of Debian's and nothing else, by
# a user without rights.
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

FROM ${DEBIAN_IMAGE} AS root
# Versions are those of the image's Debian: pinned, they would be gone with the next security update.
# hadolint ignore=DL3008
RUN apt-get -q update \
    && apt-get -q install -y --no-install-recommends ca-certificates libcurl4 libdnnl2 libglpk40 libgomp1 libpq5 libsqlite3-0 libssl3 tzdata \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/switchyard /usr/local/bin/switchyard
COPY Config/models.yaml Config/simulation.yaml deploy/compose/switchyard.yaml deploy/compose/replicas.yaml /etc/switchyard/
COPY Config/routers/stack /etc/switchyard/routers/stack
COPY Config/plan /etc/switchyard/plan
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# As built in, but with the simulated backends in a container of their own. The rest is gathered that the program needs at run
# time: its libraries and their loader, certificates, time zones. No shell, no package manager, nothing else to keep patched.
RUN sed -i 's#http://127.0.0.1:8090/#http://backends:8090/#' /etc/switchyard/models.yaml \
    && sed -i 's#127.0.0.1:8090#0.0.0.0:8090#' /etc/switchyard/simulation.yaml \
    && sed -i 's#Config/plan/#/etc/switchyard/plan/#' /etc/switchyard/plan/config.yaml \
    && mkdir -p /gathered/state \
    && ldd /usr/local/bin/switchyard | grep -o '/[^ ]*' | sort -u | xargs cp --parents --dereference -t /gathered \
    && cp --parents --archive /usr/local/bin/switchyard /etc/switchyard /etc/ssl/certs/ca-certificates.crt /usr/share/zoneinfo \
        /etc/nsswitch.conf -t /gathered

FROM scratch
COPY --from=root /gathered /
COPY --from=root --chown=10001:10001 /gathered/state /var/lib/switchyard
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PATH=/usr/local/bin
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /var/lib/switchyard
VOLUME /var/lib/switchyard
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["switchyard", "check", "--live"]
ENTRYPOINT ["switchyard"]
CMD ["serve", "--config", "/etc/switchyard/switchyard.yaml", "--models", "/etc/switchyard/models.yaml"]
