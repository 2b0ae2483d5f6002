# sqlstream in a container: docs/docker.md says how it is used.
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim AS build
ARG EXTRAS=jdbc,kafka
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY sqlstream sqlstream
COPY connectors connectors
COPY catalog catalog
COPY sql-client sql-client
COPY docker docker
RUN docker/install.sh /source /opt/sqlstream /var/cache/sqlstream "${EXTRAS}"

FROM python:${PYTHON_VERSION}-slim
RUN groupadd --system --gid 9999 sqlstream \
 && useradd --system --uid 9999 --gid sqlstream --create-home sqlstream \
 && install --directory --owner=sqlstream --group=sqlstream /data
COPY --from=build /opt/sqlstream /opt/sqlstream
# The kernels of another kind of processor are compiled when they are first called, and kept here.
COPY --from=build --chown=sqlstream:sqlstream /var/cache/sqlstream /var/cache/sqlstream
COPY docker/config.yaml /opt/sqlstream/conf/
COPY docker/docker-entrypoint docker/docker-healthcheck /usr/local/bin/
ENV PATH=/opt/sqlstream/bin:${PATH} \
    SQLSTREAM_CONF_DIR=/opt/sqlstream/conf \
    NUMBA_CACHE_DIR=/var/cache/sqlstream \
    PYTHONUNBUFFERED=1
USER 9999:9999
WORKDIR /data
EXPOSE 6123 8081 8083
HEALTHCHECK --interval=10s --timeout=15s --start-period=30s --retries=3 CMD ["docker-healthcheck"]
ENTRYPOINT ["docker-entrypoint"]
CMD ["help"]
